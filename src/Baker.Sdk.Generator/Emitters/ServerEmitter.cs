using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Emits the table of a service's operations for the server.</summary>
internal static class ServerEmitter
{
    public static string Emit(Service service)
    {
        var source = new Source("Baker.LocalCloud.Protocol", "Baker.Sdk.Wire.Generated", $"{service.Namespace}.Model");
        source.Line("namespace Baker.LocalCloud.Protocol;");
        source.Line($"internal static class {service.Client}Server {{");
        source.Line(
            $"  public static readonly ServiceModel Model = new(\"{service.Prefix}\", \"{service.Protocol}\", "
                + $"\"{service.XmlNamespace}\", \"{service.Target}\", \"{service.JsonVersion}\", [");
        foreach (var each in service.Operations)
        {
            source.Line(
                $"    new Operation<{each.Request}, {each.Response}>(\"{each.Name}\", \"{Wrapper(each)}\", "
                    + $"\"{Required(service, each)}\", {service.Client}Wire.On{each.Request}, {service.Client}Wire.On{each.Response}),");
        }

        source.Line("  ]);");
        source.Line("}");
        return source.ToString();
    }

    // A dash where the response has no members at all: EC2 then answers <return>true</return>.
    private static string Wrapper(Operation operation) => operation.Output is null ? "-" : operation.Wrapper;

    /// <summary>The members, as a request names them, that a request must have.</summary>
    private static string Required(Service service, Operation operation) =>
        operation.Input is null
            ? ""
            : string.Join(" ", service.Shape(operation.Input).Required.Select(name => Wire(service, operation, name)));

    private static string Wire(Service service, Operation operation, string name) =>
        service.Shape(operation.Input!).Members(operation.Request).First(member => member.Name == name).Wire;
}
