using System.Text.Json;

namespace Baker.LocalCloud.Storage;

/// <summary>Reads a journal back: the last value of every resource, up to the last whole line.</summary>
internal static class JournalReader
{
    /// <returns>How many bytes were whole transactions; what follows was being written when its process died.</returns>
    public static long Read(string path, Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>>> tables)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        ReadOnlyMemory<byte> bytes = File.ReadAllBytes(path);
        var at = 0;
        while (bytes.Span[at..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            try
            {
                ReadLine(bytes.Slice(at, length), tables);
            }
            catch (JsonException) when (at + length + 1 == bytes.Length)
            {
                break;
            }
            catch (Exception error) when (error is JsonException or InvalidDataException)
            {
                throw new StateDamagedException(path, at, error);
            }

            at += length + 1;
        }

        return at;
    }

    private static string ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.String);
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException("A text is no UTF-8.", error);
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new InvalidDataException($"Here is {reader.TokenType} in the place of {type}.");
        }
    }

    private static void ReadLine(ReadOnlyMemory<byte> line, Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>>> tables)
    {
        var changes = new List<(string Table, string Id, ReadOnlyMemory<byte> Value)>();
        var reader = new Utf8JsonReader(line.Span);
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartArray);
            var table = ReadText(ref reader);
            var id = ReadText(ref reader);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            changes.Add((table, id, isNull ? default : line[start..(int)reader.BytesConsumed]));
            reader.Read();
            Expect(ref reader, JsonTokenType.EndArray);
        }

        // What follows the transaction is no JSON, or none that was written here.
        reader.Read();

        foreach (var (name, id, value) in changes)
        {
            if (!tables.TryGetValue(name, out var table))
            {
                tables[name] = table = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
            }

            if (value.IsEmpty)
            {
                table.Remove(id);
            }
            else
            {
                table[id] = value;
            }
        }
    }
}
