using System.Globalization;

namespace Baker.Sdk.Wire;

/// <summary>Writes a request as the form parameters of the query protocol.</summary>
internal sealed class QueryWriter(IDictionary<string, string> parameters) : TextWriterCodec
{
    private string _prefix = "";

    public override string? Token(string name, string? value)
    {
        Text(name, value ?? Guid.NewGuid().ToString());
        return value;
    }

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (value is not null)
        {
            Under(name, () => members(this, value));
        }

        return value;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (value is { Count: 0 })
        {
            Write(name, "");
        }

        if (value is { Count: > 0 })
        {
            Under($"{name}.{itemName}", () =>
            {
                for (var i = 0; i < value.Count; i++)
                {
                    item(this, (i + 1).ToString(CultureInfo.InvariantCulture), value[i]);
                }
            });
        }

        return value;
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
        var i = 0;
        foreach (var (key, each) in value ?? [])
        {
            i++;
            Under($"{name}.entry.{i.ToString(CultureInfo.InvariantCulture)}", () =>
            {
                Text(keyName, key);
                item(this, valueName, each);
            });
        }

        return value;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default =>
        throw new NotSupportedException("Only EC2 has such members.");

    protected override void Write(string name, string text) => parameters[_prefix + name] = text;

    private void Under(string name, Action write)
    {
        var before = _prefix;
        _prefix += name + ".";
        write();
        _prefix = before;
    }
}
