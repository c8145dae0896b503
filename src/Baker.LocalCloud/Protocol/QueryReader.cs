using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>Reads the parameters of a query request, or of EC2's variant.</summary>
internal sealed class QueryReader(Parameter root, bool ec2) : TextReaderCodec
{
    private Parameter _at = root;
    private Parameter? _item;

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (Find(name) is not { } found)
        {
            return null;
        }

        var made = new T();
        Under(found, () => members(this, made));
        return made;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (Find(name) is not { } found)
        {
            return null;
        }

        var items = new List<T>();
        foreach (var each in (ec2 ? found : found.Take(itemName) ?? found.Take("member") ?? found).Items())
        {
            _item = each;
            items.Add(item(this, "", default)!);
        }

        return items;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item)
        where T : default => Map(name, value, item, "key", "value");

    public override Dictionary<string, T>? Map<T>(
        string name,
        Dictionary<string, T>? value,
        Func<ShapeCodec, string, T?, T?> item,
        string keyName,
        string valueName)
        where T : default
    {
        if (Find(name) is not { } found)
        {
            return null;
        }

        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var entry in (found.Take("entry") ?? found).Items())
        {
            var key = entry.Take(keyName)?.Text ?? "";
            _item = entry.Take(valueName);
            entries[key] = item(this, valueName, default)!;
        }

        return entries;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        T? read = default;
        if (Find(name) is { } found)
        {
            Under(found, () => read = item(this, inner, default));
        }

        return read;
    }

    protected override string? Read(string name) => Find(name)?.Text;

    protected override Exception Malformed(string name, string text, FormatException cause) => ec2
        ? new WireException("InvalidParameterValue", $"Invalid value '{text}' for {Ec2Name.Parameter(name)}.")
        : new WireException("MalformedInput", $"Invalid value '{text}' for {name}.");

    private Parameter? Find(string name)
    {
        if (_item is { } item)
        {
            _item = null;
            return item;
        }

        return _at.Take(ec2 ? Ec2Name.Parameter(name) : name);
    }

    private void Under(Parameter parameter, Action read)
    {
        var before = _at;
        _at = parameter;
        read();
        _at = before;
    }
}
