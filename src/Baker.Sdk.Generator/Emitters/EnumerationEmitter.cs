using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Emits a ConstantClass for every enumeration of the model.</summary>
internal static class EnumerationEmitter
{
    public static string Emit(Service service)
    {
        var source = new Source("Amazon.Runtime");
        source.Line($"namespace {service.Namespace} {{");
        foreach (var shape in service.Shapes.Where(each => each.IsEnum))
        {
            var name = Naming.Capital(shape.Name);
            source.Line($"public sealed partial class {name} : ConstantClass {{");
            var taken = new HashSet<string> { name, "Value", "FindValue" };
            foreach (var value in shape.Values)
            {
                var constant = Naming.Constant(value);
                while (!taken.Add(constant))
                {
                    constant += "_";
                }

                source.Line($"  public static readonly {name} {constant} = new {name}(\"{value}\");");
            }

            source.Line($"  public {name}(string value) : base(value) {{ }}");
            source.Line($"  public static {name} FindValue(string value) => FindValue<{name}>(value);");
            source.Line($"  public static implicit operator {name}(string value) => FindValue(value);");
            source.Line("}");
        }

        source.Line("}");
        return source.ToString();
    }
}
