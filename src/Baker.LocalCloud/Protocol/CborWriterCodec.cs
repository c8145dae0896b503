using System.Formats.Cbor;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>Writes a response in CBOR (RFC 8949), its maps and lists of indefinite length.</summary>
internal sealed class CborWriterCodec(CborWriter output) : ShapeCodec
{
    private bool _inList;

    /// <summary>Writes one object around what is written in between.</summary>
    public static byte[] Object(Action<CborWriterCodec> write)
    {
        var output = new CborWriter(CborConformanceMode.Lax);
        output.WriteStartMap(null);
        write(new CborWriterCodec(output));
        output.WriteEndMap();
        return output.Encode();
    }

    public override string? Text(string name, string? value)
    {
        if (Named(name, value))
        {
            output.WriteTextString(value!);
        }

        return value;
    }

    public override bool? Boolean(string name, bool? value)
    {
        if (Named(name, value))
        {
            output.WriteBoolean(value!.Value);
        }

        return value;
    }

    public override int? Integer(string name, int? value)
    {
        Long(name, value);
        return value;
    }

    public override long? Long(string name, long? value)
    {
        if (Named(name, value))
        {
            output.WriteInt64(value!.Value);
        }

        return value;
    }

    public override double? Double(string name, double? value)
    {
        if (Named(name, value))
        {
            output.WriteDouble(value!.Value);
        }

        return value;
    }

    public override DateTime? Time(string name, DateTime? value)
    {
        if (Named(name, value))
        {
            output.WriteUnixTimeSeconds(WireText.ToSeconds(value!.Value));
        }

        return value;
    }

    public override MemoryStream? Blob(string name, MemoryStream? value)
    {
        if (Named(name, value))
        {
            output.WriteByteString(value!.ToArray());
        }

        return value;
    }

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (Named(name, value))
        {
            Map(() => members(this, value!));
        }

        return value;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (Named(name, value))
        {
            var before = _inList;
            _inList = true;
            output.WriteStartArray(null);
            value!.ForEach(each => item(this, "", each));
            output.WriteEndArray();
            _inList = before;
        }

        return value;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item)
        where T : default
    {
        if (Named(name, value))
        {
            Map(() =>
            {
                foreach (var (key, each) in value!)
                {
                    item(this, key, each);
                }
            });
        }

        return value;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default =>
        throw new NotSupportedException("No CBOR service has such a member.");

    private bool Named(string name, object? value)
    {
        if (value is not null && !_inList)
        {
            output.WriteTextString(name);
        }

        return value is not null;
    }

    private void Map(Action write)
    {
        var before = _inList;
        _inList = false;
        output.WriteStartMap(null);
        write();
        output.WriteEndMap();
        _inList = before;
    }
}
