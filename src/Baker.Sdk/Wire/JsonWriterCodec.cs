using System.Text.Json;

namespace Baker.Sdk.Wire;

/// <summary>Writes members as JSON.</summary>
internal sealed class JsonWriterCodec(Utf8JsonWriter json) : ShapeCodec
{
    private bool _inArray;

    public override string? Text(string name, string? value)
    {
        if (Named(name, value))
        {
            json.WriteStringValue(value);
        }

        return value;
    }

    public override bool? Boolean(string name, bool? value)
    {
        if (Named(name, value))
        {
            json.WriteBooleanValue(value!.Value);
        }

        return value;
    }

    public override int? Integer(string name, int? value)
    {
        if (Named(name, value))
        {
            json.WriteNumberValue(value!.Value);
        }

        return value;
    }

    public override long? Long(string name, long? value)
    {
        if (Named(name, value))
        {
            json.WriteNumberValue(value!.Value);
        }

        return value;
    }

    public override double? Double(string name, double? value)
    {
        if (Named(name, value))
        {
            json.WriteNumberValue(value!.Value);
        }

        return value;
    }

    public override DateTime? Time(string name, DateTime? value)
    {
        if (Named(name, value))
        {
            json.WriteNumberValue(WireText.ToSeconds(value!.Value));
        }

        return value;
    }

    public override MemoryStream? Blob(string name, MemoryStream? value)
    {
        if (Named(name, value))
        {
            json.WriteBase64StringValue(value!.ToArray());
        }

        return value;
    }

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (Named(name, value))
        {
            json.WriteStartObject();
            Inside(array: false, () => members(this, value!));
            json.WriteEndObject();
        }

        return value;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (Named(name, value))
        {
            json.WriteStartArray();
            Inside(array: true, () => value!.ForEach(each => item(this, "", each)));
            json.WriteEndArray();
        }

        return value;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item)
        where T : default
    {
        if (Named(name, value))
        {
            json.WriteStartObject();
            Inside(array: false, () =>
            {
                foreach (var (key, each) in value!)
                {
                    item(this, key, each);
                }
            });
            json.WriteEndObject();
        }

        return value;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default =>
        throw new NotSupportedException("No JSON service has such a member.");

    private bool Named(string name, object? value)
    {
        if (value is not null && !_inArray)
        {
            json.WritePropertyName(name);
        }

        return value is not null;
    }

    private void Inside(bool array, Action write)
    {
        var before = _inArray;
        _inArray = array;
        write();
        _inArray = before;
    }
}
