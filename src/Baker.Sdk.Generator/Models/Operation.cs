namespace Baker.Sdk.Generator.Models;

/// <summary>One operation of a service.</summary>
internal sealed class Operation
{
    public Operation(Service service, string name, JsonObject data)
    {
        Name = name;
        Input = data.Object("input")?.Text("shape");
        Output = data.Object("output")?.Text("shape");
        Wrapper = data.Object("output")?.Text("resultWrapper") ?? "";
        Pages = data.Object("pages");
        if (service.WrapResult(name) is { } wrap)
        {
            WrappedShape = wrap.Split(' ')[0];
            WrappedProperty = wrap.Split(' ')[1];
        }
    }

    public string Name { get; }

    public string Request => Name + "Request";

    public string Response => Name + "Response";

    public string? Input { get; }

    public string? Output { get; }

    /// <summary>The element around a query response's members, or nothing.</summary>
    public string Wrapper { get; }

    public JsonObject? Pages { get; }

    public string? WrappedShape { get; }

    public string? WrappedProperty { get; }
}
