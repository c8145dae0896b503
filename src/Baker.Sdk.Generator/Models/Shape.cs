namespace Baker.Sdk.Generator.Models;

/// <summary>One shape of a model.</summary>
internal sealed class Shape
{
    private readonly JsonObject _data;
    private readonly Service _service;

    public Shape(Service service, string name, JsonObject data)
    {
        _service = service;
        Name = name;
        _data = data;
    }

    public string Name { get; }

    public string Type => _data.Text("type")!;

    public bool IsEnum => _data.Has("enum");

    public IReadOnlyList<string> Values => _data.Texts("enum");

    public IReadOnlyList<string> Required => _data.Texts("required");

    public bool IsException => _data.Flag("exception");

    public bool IsFlattened => _data.Flag("flattened");

    /// <summary>The code that stands for this exception on the wire.</summary>
    public string ErrorCode => _data.Object("error")?.Text("code") ?? Name;

    public JsonObject? Element => _data.Object("member") ?? _data.Object("value");

    public JsonObject? Key => _data.Object("key");

    /// <summary>The members as they appear in a class of the given name.</summary>
    public IEnumerable<Member> Members(string owner)
    {
        var members = _data.Object("members");
        return members is null
            ? Enumerable.Empty<Member>()
            : members.Names.Where(name => !_service.Excluded(owner, name)).Select(name => new Member(_service, owner, name, members.Object(name)!));
    }
}
