using System.Formats.Cbor;
using System.Globalization;
using System.Text.Json;

namespace Baker.LocalCloud.Protocol;

/// <summary>Reads the CBOR (RFC 8949) that AWS's clients write, as the JSON document that says the same.</summary>
internal static class CborToJson
{
    private const int DeepestNesting = 64;

    /// <exception cref="WireException">They hold more values than a request may.</exception>
    /// <exception cref="FormatException">The bytes are not one such document, and nothing else.</exception>
    public static byte[] Convert(ReadOnlyMemory<byte> bytes)
    {
        using var text = new MemoryStream();
        using var json = new Utf8JsonWriter(text, new JsonWriterOptions { MaxDepth = DeepestNesting });
        try
        {
            var cbor = new CborReader(bytes, CborConformanceMode.Strict);
            var values = 0;
            Value(cbor, json, ref values);
            json.Flush();
            return cbor.BytesRemaining == 0 ? text.ToArray() : throw new FormatException("The request goes on after its end.");
        }
        catch (Exception broken) when (broken is CborContentException or InvalidOperationException or OverflowException)
        {
            throw new FormatException($"The request is no CBOR that this service reads: {broken.Message}", broken);
        }
    }

    private static void Value(CborReader cbor, Utf8JsonWriter json, ref int values)
    {
        RequestSize.Check(++values);

        // A tag says how to read what it stands before, which the service knows already. Read here, a row of them nests nothing.
        while (cbor.PeekState() == CborReaderState.Tag)
        {
            cbor.ReadTag();
        }

        switch (cbor.PeekState())
        {
            case CborReaderState.UnsignedInteger: json.WriteNumberValue(cbor.ReadUInt64()); break;
            case CborReaderState.NegativeInteger: json.WriteNumberValue(cbor.ReadInt64()); break;
            case CborReaderState.ByteString or CborReaderState.StartIndefiniteLengthByteString:
                json.WriteBase64StringValue(cbor.ReadByteString());
                break;
            case CborReaderState.TextString or CborReaderState.StartIndefiniteLengthTextString:
                json.WriteStringValue(cbor.ReadTextString());
                break;
            case CborReaderState.StartArray: Array(cbor, json, ref values); break;
            case CborReaderState.StartMap: Map(cbor, json, ref values); break;
            case CborReaderState.Boolean: json.WriteBooleanValue(cbor.ReadBoolean()); break;
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat:
                Number(cbor.ReadDouble(), json);
                break;
            default: Null(cbor, json); break;
        }
    }

    private static void Array(CborReader cbor, Utf8JsonWriter json, ref int values)
    {
        cbor.ReadStartArray();
        json.WriteStartArray();
        while (cbor.PeekState() != CborReaderState.EndArray)
        {
            Value(cbor, json, ref values);
        }

        cbor.ReadEndArray();
        json.WriteEndArray();
    }

    private static void Map(CborReader cbor, Utf8JsonWriter json, ref int values)
    {
        cbor.ReadStartMap();
        json.WriteStartObject();
        while (cbor.PeekState() != CborReaderState.EndMap)
        {
            json.WritePropertyName(cbor.ReadTextString());
            Value(cbor, json, ref values);
        }

        cbor.ReadEndMap();
        json.WriteEndObject();
    }

    // JSON has no number that is none; as a string it is read like one.
    private static void Number(double value, Utf8JsonWriter json)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Null(CborReader cbor, Utf8JsonWriter json)
    {
        if (cbor.ReadSimpleValue() is var value and not (CborSimpleValue.Null or CborSimpleValue.Undefined))
        {
            throw new FormatException($"The simple value {(int)value} means nothing here.");
        }

        json.WriteNullValue();
    }
}
