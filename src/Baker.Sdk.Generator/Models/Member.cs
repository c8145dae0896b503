namespace Baker.Sdk.Generator.Models;

/// <summary>One member of a structure: its property and its names on the wire.</summary>
internal sealed class Member
{
    public Member(Service service, string owner, string name, JsonObject data)
    {
        Name = name;
        Property = service.Renamed(owner, name) ?? Naming.Capital(name);
        Shape = data.Text("shape")!;
        Wire = data.Text("locationName") ?? name;
        if (data.Text("queryName") is { } query)
        {
            Wire += "|" + query;
        }

        IsToken = data.Flag("idempotencyToken");
    }

    /// <summary>The model's name of it.</summary>
    public string Name { get; }

    public string Property { get; }

    public string Shape { get; }

    /// <summary>The element's name; a request parameter that is called something else comes after a bar.</summary>
    public string Wire { get; }

    public bool IsToken { get; }
}
