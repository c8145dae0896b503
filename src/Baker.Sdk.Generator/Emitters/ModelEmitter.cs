using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Emits the request, response and structure classes of the Model namespace.</summary>
internal static class ModelEmitter
{
    public static string Emit(Service service)
    {
        var types = new Types(service);
        var source = new Source("System", "System.Collections.Generic", "System.IO", "Amazon.Runtime");
        source.Line($"namespace {service.Namespace}.Model {{");
        source.Line($"public abstract partial class Amazon{service.Client}Request : AmazonWebServiceRequest {{ }}");
        foreach (var (name, shape) in Classes.Of(service))
        {
            source.Line($"public partial class {name}{Base(service, name)} {{");
            foreach (var member in shape?.Members(name) ?? Enumerable.Empty<Member>())
            {
                source.Line($"  public {types.Property(member.Shape)} {member.Property} {{ get; set; }}");
            }

            source.Line("}");
        }

        source.Line("}");
        return source.ToString();
    }

    private static string Base(Service service, string name) =>
        service.Operations.Any(each => each.Request == name) ? $" : Amazon{service.Client}Request"
        : service.Operations.Any(each => each.Response == name) ? " : AmazonWebServiceResponse"
        : "";
}
