namespace Baker.Sdk.Generator.Models;

/// <summary>One service: its trimmed model, and what the official SDK for .NET calls its parts.</summary>
internal sealed class Service
{
    private readonly JsonObject _model;
    private readonly JsonObject _custom;
    private readonly Dictionary<string, Shape> _shapes = new(StringComparer.Ordinal);

    public Service(string name, JsonObject model, JsonObject custom)
    {
        Name = name;
        _model = model;
        _custom = custom;
        var metadata = model.Object("metadata")!;
        Namespace = custom.Text("namespace")!;
        Client = custom.Text("client")!;
        HasPackage = custom.Has("package");
        Protocol = custom.Text("protocol") ?? metadata.Text("protocol")!;
        Version = metadata.Text("apiVersion")!;
        Prefix = metadata.Text("endpointPrefix")!;
        Id = metadata.Text("serviceId")!;
        Target = metadata.Text("targetPrefix") ?? "";
        JsonVersion = metadata.Text("jsonVersion") ?? "";
        XmlNamespace = metadata.Text("xmlNamespace") ?? "";
        foreach (var shapes in new[] { model.Object("shapes"), custom.Object("shapes") }.OfType<JsonObject>())
        {
            shapes.Names.ForEach(shape => _shapes.Add(shape, new Shape(this, shape, shapes.Object(shape)!)));
        }

        Operations = model.Object("operations")!.Names
            .Select(operation => new Operation(this, operation, model.Object("operations")!.Object(operation)!))
            .ToList();
    }

    /// <summary>The model's file name without its ending: "ec2".</summary>
    public string Name { get; }

    public string Namespace { get; }

    /// <summary>The word in the middle of the client's class name: "EC2" of AmazonEC2Client.</summary>
    public string Client { get; }

    /// <summary>Whether the official package is referenced, so that only the server's side is generated.</summary>
    public bool HasPackage { get; }

    /// <summary>"ec2", "query" or "json".</summary>
    public string Protocol { get; }

    public string Version { get; }

    public string Prefix { get; }

    public string Id { get; }

    public string Target { get; }

    public string JsonVersion { get; }

    public string XmlNamespace { get; }

    public IReadOnlyList<Operation> Operations { get; }

    public Shape Shape(string name) => _shapes[name];

    public IEnumerable<Shape> Shapes => _shapes.Values;

    public string? Renamed(string owner, string member) => _custom.Object("rename")?.Text(owner + "." + member);

    /// <summary>Members of a class that the model does not have, or has otherwise.</summary>
    public JsonObject? Added(string owner) => _custom.Object("members")?.Object(owner);

    public bool Excluded(string owner, string member) =>
        (_custom.Object("exclude")?.Text(owner) ?? "").Split(' ').Contains(member);

    /// <summary>"String.Value" where the official SDK shows one member of a shape in the shape's place.</summary>
    public string? Substitute(string shape) => _custom.Object("substitute")?.Text(shape);

    /// <summary>"Reservation Reservation", shape and property, where the response holds its result as one property.</summary>
    public string? WrapResult(string operation) => _custom.Object("wrapResult")?.Text(operation);

    /// <summary>The pairs of classes, "From To", between which the server copies members of the same name.</summary>
    public IEnumerable<(string From, string To)> Copies =>
        (_custom.Object("copy") ?? new JsonObject()).Names.SelectMany(from => _custom.Object("copy")!.Texts(from).Select(to => (from, to)));
}
