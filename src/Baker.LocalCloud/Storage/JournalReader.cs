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
            catch (JsonException error)
            {
                throw new StateDamagedException(path, at, error);
            }

            at += length + 1;
        }

        return at;
    }

    private static void ReadLine(ReadOnlyMemory<byte> line, Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>>> tables)
    {
        var changes = new List<(string Table, string Id, ReadOnlyMemory<byte> Value)>();
        var reader = new Utf8JsonReader(line.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            var table = reader.GetString()!;
            reader.Read();
            var id = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            changes.Add((table, id, isNull ? default : line[start..(int)reader.BytesConsumed]));
            reader.Read();
        }

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
