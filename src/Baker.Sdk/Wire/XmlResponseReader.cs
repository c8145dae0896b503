namespace Baker.Sdk.Wire;

/// <summary>Reads a response of the query protocol.</summary>
internal sealed class XmlResponseReader(Element root) : TextReaderCodec
{
    private Element _at = root;
    private Element? _item;

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        var made = new T();
        Under(element, () => members(this, made));
        return made;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        var items = new List<T>(element.Children.Count);
        foreach (var child in element.Children)
        {
            _item = child;
            items.Add(item(this, itemName, default)!);
        }

        return items;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item)
        where T : default
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var entry in element.Children)
        {
            _item = entry.Child("value");
            entries[entry.Child("key")?.Text ?? ""] = item(this, "value", default)!;
        }

        return entries;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default =>
        throw new NotSupportedException("Only EC2 has such members.");

    protected override string? Read(string name) => Find(name)?.Text;

    // An item of a list is met by its place, everything else by its name.
    private Element? Find(string name)
    {
        if (_item is { } item)
        {
            _item = null;
            return item;
        }

        return _at.Child(name);
    }

    private void Under(Element element, Action read)
    {
        var before = _at;
        _at = element;
        read();
        _at = before;
    }
}
