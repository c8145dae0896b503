using System.Buffers.Binary;
using System.Text;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>Writes a response in CBOR (RFC 8949), its maps and lists of indefinite length.</summary>
internal sealed class CborWriterCodec(Stream output) : ShapeCodec
{
    private const byte OpenList = 0x9f, OpenMap = 0xbf, Close = 0xff, Double64 = 0xfb, EpochTime = 0xc1;
    private bool _inList;

    /// <summary>Writes one object around what is written in between.</summary>
    public static byte[] Object(Action<CborWriterCodec> write)
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte(OpenMap);
        write(new CborWriterCodec(bytes));
        bytes.WriteByte(Close);
        return bytes.ToArray();
    }

    public override string? Text(string name, string? value)
    {
        if (Named(name, value))
        {
            String(value!);
        }

        return value;
    }

    public override bool? Boolean(string name, bool? value)
    {
        if (Named(name, value))
        {
            output.WriteByte(value == true ? (byte)0xf5 : (byte)0xf4);
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
            Head(value < 0 ? 1 : 0, (ulong)(value < 0 ? -1 - value.Value : value!.Value));
        }

        return value;
    }

    public override double? Double(string name, double? value)
    {
        if (Named(name, value))
        {
            Number(value!.Value);
        }

        return value;
    }

    public override DateTime? Time(string name, DateTime? value)
    {
        if (Named(name, value))
        {
            output.WriteByte(EpochTime);
            Number(WireText.ToSeconds(value!.Value));
        }

        return value;
    }

    public override MemoryStream? Blob(string name, MemoryStream? value)
    {
        if (Named(name, value))
        {
            Head(2, (ulong)value!.Length);
            output.Write(value.ToArray());
        }

        return value;
    }

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (Named(name, value))
        {
            Inside(OpenMap, () => members(this, value!));
        }

        return value;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (Named(name, value))
        {
            Inside(OpenList, () => value!.ForEach(each => item(this, "", each)));
        }

        return value;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (Named(name, value))
        {
            Inside(OpenMap, () =>
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
            String(name);
        }

        return value is not null;
    }

    private void Inside(byte open, Action write)
    {
        var before = _inList;
        _inList = open == OpenList;
        output.WriteByte(open);
        write();
        output.WriteByte(Close);
        _inList = before;
    }

    private void String(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Head(3, (ulong)bytes.Length);
        output.Write(bytes);
    }

    private void Number(double value)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = Double64;
        BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], value);
        output.Write(bytes);
    }

    private void Head(int type, ulong argument)
    {
        Span<byte> bytes = stackalloc byte[9];
        BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], argument);
        var (information, length) = argument < 24 ? ((int)argument, 0) : argument <= uint.MaxValue ? (26, 4) : (27, 8);
        output.WriteByte((byte)((type << 5) | information));
        output.Write(bytes[(9 - length)..]);
    }
}
