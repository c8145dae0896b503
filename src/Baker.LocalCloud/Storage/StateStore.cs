using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Baker.LocalCloud.Storage;

/// <summary>
/// The local cloud's resources: in memory while open, and on disk as a journal with one line per transaction.
/// A transaction is one write, made before its caller is answered, so a process killed at any moment loses
/// nothing that it acknowledged; a last line cut short is a transaction that never happened. The journal is longer than what is in
/// it while it is open: what the zeros at its end take, the disk cannot refuse later.
/// </summary>
public sealed class StateStore : IDisposable
{
    private const long SmallestJournalToCompact = 8 * 1024 * 1024;

    /// <summary>How much room is kept at the journal's end, so long as the disk has it.</summary>
    private const int Reserve = 256 * 1024;

    /// <summary>What new things leave of it on a full disk: to removals, and to what happens by itself.</summary>
    private const int Spare = 64 * 1024;

    private readonly Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>>> _stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ITable> _tables = new(StringComparer.Ordinal);
    private readonly HashSet<(ITable Table, string Id)> _changed = [];
    private readonly HashSet<(ITable Table, string Id)> _unwritten = [];
    private readonly List<Action> _undo = [];
    private readonly List<Action> _afterwards = [];
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly string _path;
    private FileStream _journal;
    private long _compactAt;
    private long _end;
    private bool _writing;
    private bool _waits;

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
            _journal.Position = whole;
        }

        _end = whole;
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
    /// <param name="changes">What changes the tables.</param>
    /// <param name="waits">Whether the changes have happened whatever the disk says: they stay where they cannot be written, and are
    /// written with the next transaction for which there is room.</param>
    /// <exception cref="IOException">They cannot be written, and cannot wait.</exception>
    public TResult Write<TResult>(Func<TResult> changes, bool waits = false)
    {
        if (_writing)
        {
            return changes();
        }

        (_writing, _waits) = (true, waits);
        var before = _afterwards.Count;
        try
        {
            var result = changes();
            Commit();
            return result;
        }
        catch
        {
            RollBack();
            _afterwards.RemoveRange(before, _afterwards.Count - before);
            throw;
        }
        finally
        {
            _changed.Clear();
            _undo.Clear();
            _writing = false;
        }
    }

    public void Write(Action changes, bool waits = false) => Write(
        () =>
        {
            changes();
            return 0;
        },
        waits);

    /// <summary>Does this when the transaction that is open is on disk, and not at all if it never is.</summary>
    public void Afterwards(Action action) => _afterwards.Add(action);

    public void Dispose()
    {
        Write(static () => 0, waits: true);
        if (_journal.Position > SmallestJournalToCompact / 8)
        {
            TryCompact();
        }

        _journal.SetLength(_journal.Position);
        _journal.Dispose();
    }

    /// <summary>Before a change of a table.</summary>
    /// <param name="frees">Whether it makes things fewer: how a full cloud becomes an emptier one.</param>
    /// <exception cref="IOException">There is no room for it.</exception>
    internal void Begin(bool frees)
    {
        if (!_writing)
        {
            throw new InvalidOperationException("A table changed outside a transaction.");
        }

        if (_undo.Count == 0 && _end - _journal.Position < Reserve)
        {
            MakeRoom(spare: _waits || frees ? 0 : Spare);
        }
    }

    internal void Record(ITable table, string id, Action undo)
    {
        _changed.Add((table, id));
        _undo.Add(undo);
    }

    private void MakeRoom(int spare)
    {
        try
        {
            var zeros = new byte[_journal.Position + (2 * Reserve) - _end];
            RandomAccess.Write(_journal.SafeFileHandle, zeros, _end);
            _end += zeros.Length;
        }
        catch (IOException)
        {
            _end = Math.Max(_end, _journal.Length);
            if (_end - _journal.Position < spare)
            {
                throw;
            }
        }
    }

    private void Commit()
    {
        if (_changed.Count > 0 || (_waits && _unwritten.Count > 0))
        {
            WriteLine(_changed.Union(_unwritten));
            var before = _journal.Position;
            try
            {
                _journal.Write(_buffer.WrittenSpan);
                _end = Math.Max(_end, _journal.Position);
            }
            catch (IOException)
            {
                // A full disk takes a part of a line. The next one is written over it; and what is left of it has no end, so that
                // whoever reads the journal leaves it out.
                _journal.Position = before;
                _end = Math.Max(_end, _journal.Length);
                if (!_waits)
                {
                    throw;
                }

                _unwritten.UnionWith(_changed);
                return;
            }

            _unwritten.Clear();
        }

        foreach (var action in _afterwards)
        {
            TryDo(action);
        }

        _afterwards.Clear();
        if (_journal.Position > _compactAt)
        {
            TryCompact();
        }
    }

    // The transaction is on disk: where there is no room for a second journal the first one grows on.
    private void TryCompact()
    {
        if (!TryDo(Compact))
        {
            _compactAt *= 2;
            TryDo(() => File.Delete(_path + ".new"));
        }
    }

    private static bool TryDo(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
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
        var fresh = PrivateFiles.Open(_path + ".new", FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
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
            File.Move(_path + ".new", _path, overwrite: true);
        }
        catch
        {
            fresh.Dispose();
            throw;
        }

        _journal.Dispose();
        _journal = fresh;
        _end = fresh.Position;
        _compactAt = Math.Max(SmallestJournalToCompact, 4 * _end);
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
