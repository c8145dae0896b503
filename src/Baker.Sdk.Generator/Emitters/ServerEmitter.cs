using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Emits the table of a service's operations for the server.</summary>
internal static class ServerEmitter
{
    public static string Emit(Service service)
    {
        var source = new Source("Baker.LocalCloud.Protocol", "Baker.Sdk.Wire.Generated", $"{service.Namespace}.Model");
        source.Line("namespace Baker.LocalCloud.Protocol.Generated;");
        source.Line($"internal static class {service.Client}Server {{");
        source.Line($"  public static ServiceCodec Create() => new(new ServiceProtocol(\"{service.Name}\", \"{service.Protocol}\", \"{service.Version}\", \"{service.XmlNamespace}\", \"{service.Target}\", \"{service.JsonVersion}\"), [");
        foreach (var each in service.Operations)
        {
            source.Line($"    new Operation<{each.Request}, {each.Response}>(\"{each.Name}\", \"{each.Wrapper}\", {service.Client}Wire.On{each.Request}, {service.Client}Wire.On{each.Response}),");
        }

        source.Line("  ]);");
        source.Line("}");
        return source.ToString();
    }
}
