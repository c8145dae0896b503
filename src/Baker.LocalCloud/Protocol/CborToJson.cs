using System.Buffers.Binary;
using System.Text.Json;

namespace Baker.LocalCloud.Protocol;

/// <summary>Reads the CBOR (RFC 8949) that AWS's clients write, as the JSON document that says the same.</summary>
internal ref struct CborToJson(ReadOnlySpan<byte> bytes)
{
    private const int Indefinite = -1;
    private const int DeepestNesting = 64;
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <exception cref="FormatException">The bytes are not such a document.</exception>
    public static byte[] Convert(ReadOnlySpan<byte> bytes)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            var reader = new CborToJson(bytes);
            reader.Value(json, 0);
        }

        return text.ToArray();
    }

    private void Value(Utf8JsonWriter json, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new FormatException("The request is nested too deeply.");
        }

        var (type, information) = Head();
        switch (type)
        {
            case 0: json.WriteNumberValue(Argument(information)); break;
            case 1: json.WriteNumberValue(-1 - (long)Argument(information)); break;
            case 2: json.WriteBase64StringValue(Bytes(type, information)); break;
            case 3: json.WriteStringValue(Bytes(type, information)); break;
            case 4: Array(json, information, depth); break;
            case 5: Map(json, information, depth); break;
            case 6:
                Argument(information);
                Value(json, depth + 1);
                break;
            default: Simple(json, information); break;
        }
    }

    private void Array(Utf8JsonWriter json, int information, int depth)
    {
        json.WriteStartArray();
        for (var left = Length(information); left == Indefinite ? !Break() : left-- > 0;)
        {
            Value(json, depth + 1);
        }

        json.WriteEndArray();
    }

    private void Map(Utf8JsonWriter json, int information, int depth)
    {
        json.WriteStartObject();
        for (var left = Length(information); left == Indefinite ? !Break() : left-- > 0;)
        {
            var (type, key) = Head();
            json.WritePropertyName(type == 3 ? Bytes(type, key) : throw new FormatException("A key must be a string."));
            Value(json, depth + 1);
        }

        json.WriteEndObject();
    }

    private void Simple(Utf8JsonWriter json, int information)
    {
        switch (information)
        {
            case 20: json.WriteBooleanValue(false); break;
            case 21: json.WriteBooleanValue(true); break;
            case 22 or 23: json.WriteNullValue(); break;
            case 25: json.WriteNumberValue((double)BinaryPrimitives.ReadHalfBigEndian(Take(2))); break;
            case 26: json.WriteNumberValue(BinaryPrimitives.ReadSingleBigEndian(Take(4))); break;
            case 27: json.WriteNumberValue(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            default: throw new FormatException($"The simple value {information} means nothing here.");
        }
    }

    private ReadOnlySpan<byte> Bytes(int type, int information)
    {
        var length = Length(information);
        if (length != Indefinite)
        {
            return Take(length);
        }

        var parts = new MemoryStream();
        while (!Break())
        {
            var (partType, part) = Head();
            if (partType != type)
            {
                throw new FormatException("A string's parts must be of its own kind.");
            }

            parts.Write(Take(Length(part)));
        }

        return parts.ToArray();
    }

    private (int Type, int Information) Head()
    {
        var first = Take(1)[0];
        return (first >> 5, first & 31);
    }

    private bool Break()
    {
        if (_at < _bytes.Length && _bytes[_at] == 0xff)
        {
            _at++;
            return true;
        }

        return false;
    }

    private int Length(int information)
    {
        if (information == 31)
        {
            return Indefinite;
        }

        var length = Argument(information);
        return length <= (ulong)_bytes.Length ? (int)length : throw new FormatException("The request ends too early.");
    }

    private ulong Argument(int information) => information switch
    {
        < 24 => (ulong)information,
        24 => Take(1)[0],
        25 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
        26 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
        27 => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
        _ => throw new FormatException("A length is malformed."),
    };

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || _bytes.Length - _at < count)
        {
            throw new FormatException("The request ends too early.");
        }

        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }
}
