using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Baker.LocalCloud.Storage;

/// <summary>
/// The local cloud's resources: in memory while open, and on disk as a journal with one line per transaction.
/// A transaction is one write, made before its caller is answered, so a process killed at any moment loses
/// nothing that it acknowledged; a last line cut short is a transaction that never happened.
/// </summary>
public sealed class StateStore : IDisposable
{
    private const long SmallestJournalToCompact = 8 * 1024 * 1024;

    private readonly Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>>> _stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ITable> _tables = new(StringComparer.Ordinal);
    private readonly HashSet<(ITable Table, string Id)> _changed = [];
    private readonly List<Action> _undo = [];
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly string _path;
    private FileStream _journal;
    private long _compactAt;
    private bool _writing;

    public StateStore(string folder)
    {
        PrivateFiles.MakeFolder(folder);
        _path = Path.Combine(folder, "state.jsonl");
        File.Delete(_path + ".new");
        var whole = JournalReader.Read(_path, _stored);
        _journal = Append();
        if (_journal.Length > whole)
        {
            _journal.SetLength(whole);
        }

        _compactAt = Math.Max(SmallestJournalToCompact, 4 * _stored.Values.Sum(t => t.Values.Sum(v => (long)v.Length)));
    }

    /// <summary>The table of this name; call it once, when the service is made.</summary>
    public Table<T> Table<T>(string name, JsonTypeInfo<T> json)
        where T : class, IResource
    {
        _stored.Remove(name, out var stored);
        var table = new Table<T>(this, name, json, _path, stored is null ? [] : stored);
        _tables.Add(name, table);
        return table;
    }

    /// <summary>Runs changes as one transaction: all of them are on disk when it returns, none of them when it throws.</summary>
    public TResult Write<TResult>(Func<TResult> changes)
    {
        if (_writing)
        {
            return changes();
        }

        _writing = true;
        try
        {
            var result = changes();
            Commit();
            return result;
        }
        catch
        {
            RollBack();
            throw;
        }
        finally
        {
            _changed.Clear();
            _undo.Clear();
            _writing = false;
        }
    }

    public void Write(Action changes) => Write(() =>
    {
        changes();
        return 0;
    });

    public void Dispose()
    {
        if (_journal.Length > SmallestJournalToCompact / 8)
        {
            TryCompact();
        }

        _journal.Dispose();
    }

    internal void Record(ITable table, string id, Action undo)
    {
        if (!_writing)
        {
            throw new InvalidOperationException("A table changed outside a transaction.");
        }

        _changed.Add((table, id));
        _undo.Add(undo);
    }

    private void Commit()
    {
        if (_changed.Count == 0)
        {
            return;
        }

        WriteLine(_changed);
        var before = _journal.Position;
        try
        {
            _journal.Write(_buffer.WrittenSpan);
        }
        catch (IOException)
        {
            // A full disk takes a part of a line, which the next one must not follow.
            _journal.SetLength(before);
            _journal.Position = before;
            throw;
        }

        if (_journal.Position > _compactAt)
        {
            TryCompact();
        }
    }

    // The transaction is on disk: where there is no room for a second journal the first one grows on.
    private void TryCompact()
    {
        try
        {
            Compact();
        }
        catch (IOException)
        {
            _compactAt *= 2;
            File.Delete(_path + ".new");
        }
    }

    private void RollBack()
    {
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            _undo[i]();
        }
    }

    private void WriteLine(IEnumerable<(ITable Table, string Id)> values)
    {
        _buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_buffer))
        {
            writer.WriteStartArray();
            foreach (var (table, id) in values)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(table.Name);
                writer.WriteStringValue(id);
                table.WriteValue(writer, id);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
        }

        _buffer.Write("\n"u8);
    }

    /// <summary>Writes what is live to a new journal beside the old one, then renames it into place.</summary>
    private void Compact()
    {
        using (var fresh = PrivateFiles.Open(_path + ".new", FileMode.Create, FileAccess.Write, FileShare.Read, 64 * 1024))
        {
            foreach (var table in _tables.Values)
            {
                foreach (var some in table.Ids.Chunk(256))
                {
                    WriteLine(some.Select(id => (table, id)));
                    fresh.Write(_buffer.WrittenSpan);
                }
            }

            foreach (var (name, values) in _stored)
            {
                WriteUnclaimed(fresh, name, values);
            }

            fresh.Flush(flushToDisk: true);
            _compactAt = Math.Max(SmallestJournalToCompact, 4 * fresh.Length);
        }

        File.Move(_path + ".new", _path, overwrite: true);
        _journal.Dispose();
        _journal = Append();
    }

    private void WriteUnclaimed(FileStream fresh, string name, Dictionary<string, ReadOnlyMemory<byte>> values)
    {
        _buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_buffer))
        {
            writer.WriteStartArray();
            foreach (var (id, value) in values)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(name);
                writer.WriteStringValue(id);
                writer.WriteRawValue(value.Span);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
        }

        _buffer.Write("\n"u8);
        fresh.Write(_buffer.WrittenSpan);
    }

    private FileStream Append()
    {
        var journal = PrivateFiles.Open(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        journal.Seek(0, SeekOrigin.End);
        return journal;
    }
}
