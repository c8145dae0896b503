using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>
/// Emits, for every class, the one method that carries it over the wire: a codec that reads gives each property
/// its value, one that writes takes it.
/// </summary>
internal static class WireEmitter
{
    public static string Emit(Service service)
    {
        var types = new Types(service);
        var source = new Source(
            "System", "System.Collections.Generic", "Baker.Sdk.Wire", service.Namespace, $"{service.Namespace}.Model",
            "static Baker.Sdk.Wire.ShapeCodec");
        source.Line("namespace Baker.Sdk.Wire.Generated;");
        source.Line($"internal static class {service.Client}Wire {{");
        foreach (var (name, shape) in Classes.Of(service))
        {
            source.Line($"  public static void On{name}(ShapeCodec c, {Qualified(service, name)} v) {{");
            foreach (var member in shape?.Members(name) ?? Enumerable.Empty<Member>())
            {
                source.Line($"    v.{member.Property} = {types.Carry(member)};");
            }

            foreach (var member in shape?.Excluded(name) ?? Enumerable.Empty<Member>())
            {
                source.Line($"    c.Text(\"{member.Wire}\", null);");
            }

            source.Line("  }");
        }

        foreach (var each in service.Operations.Where(each => each.WrappedShape is not null))
        {
            source.Line(
                $"  public static void On{each.Response}(ShapeCodec c, {each.Response} v) => On{each.WrappedShape}(c, "
                    + $"v.{each.WrappedProperty} ??= new {Qualified(service, each.WrappedShape!)}());");
        }

        source.Line("}");
        return source.ToString();
    }

    private static string Qualified(Service service, string name) => $"{service.Namespace}.Model.{name}";
}
