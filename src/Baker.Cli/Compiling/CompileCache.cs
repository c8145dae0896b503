using System.Buffers.Binary;
using System.Text;
using Baker.Core.Manifest;
using Baker.LocalCloud.Storage;

namespace Baker.Cli.Compiling;

/// <summary>Remembers, for every group, the hash of what its artefact was compiled from and the stamp of the file that held the result,
/// so that a compile of thousands that changes nothing reads none of them. Losing it costs time only.</summary>
internal sealed class CompileCache
{
    private const int Form = 2;

    private const int EntrySize = 28;

    // A file written this shortly before the cache was may have been written again within the same tick of the file system's clock,
    // which is 10 ms at most on Linux.
    private static readonly long Doubtful = TimeSpan.FromMilliseconds(20).Ticks;

    private readonly string _path;
    private readonly Dictionary<string, Entry> _entries;
    private readonly long _saved;

    private CompileCache(string path, string folder, Dictionary<string, Entry> entries, long saved)
    {
        _path = path;
        Folder = folder;
        _entries = entries;
        _saved = saved;
    }

    /// <summary>The folder of the artefacts, relative to the project's.</summary>
    public string Folder { get; }

    public static string PathOf(string projectFolder, string kind) => Path.Combine(projectFolder, ".package", kind + ".cache");

    /// <summary>The cache of the artefacts in that folder; an empty one where there is none, or one of another folder.</summary>
    public static CompileCache Open(string projectFolder, string kind, string folder) =>
        Read(projectFolder, kind) is { } cache && cache.Folder == folder ? cache : new(PathOf(projectFolder, kind), folder, [], 0);

    /// <summary>Reads the cache beside the manifest; null when it is missing, unreadable or damaged.</summary>
    public static CompileCache? Read(string projectFolder, string kind)
    {
        var path = PathOf(projectFolder, kind);
        if (!File.Exists(path))
        {
            return null; // the usual case at first, and an exception would take longer than many a compile
        }

        try
        {
            return Decode(File.ReadAllBytes(path)) is var (folder, entries)
                ? new CompileCache(path, folder, entries, File.GetLastWriteTimeUtc(path).Ticks)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The template that the group's artefact was rendered from; null when it had none, or the group is not known.</summary>
    public string? TemplateOf(string group) => _entries.GetValueOrDefault(group)?.Template;

    /// <summary>Whether the file with that stamp still is what the inputs with that hash compile to.</summary>
    public bool IsCurrent(string group, ulong hash, FileStamp stamp) =>
        _entries.TryGetValue(group, out var entry) && entry.Hash == hash && entry.Stamp == stamp && stamp.Modified < _saved - Doubtful;

    /// <summary>Writes the cache, without the groups whose hash is 0; failing to is no error.</summary>
    public void Save(IReadOnlyList<GroupEntry> groups, ulong[] hashes, FileStamp?[] stamps, string?[] templates)
    {
        try
        {
            var folder = Path.GetDirectoryName(_path)!;
            if (new DirectoryInfo(folder).LinkTarget is not null)
            {
                return; // elsewhere nothing is written
            }

            if (!Directory.Exists(folder))
            {
                StateFolder.Make(folder);
            }

            var temporary = $"{_path}.{Environment.ProcessId}.tmp";
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 65536))
            {
                using var writer = new BinaryWriter(stream);
                writer.Write(Form);
                writer.Write(Folder);
                var names = templates.OfType<string>().Distinct().ToList();
                writer.Write(names.Count);
                names.ForEach(writer.Write);
                for (var index = 0; index < groups.Count; index++)
                {
                    if (hashes[index] != 0 && stamps[index] is { } stamp)
                    {
                        writer.Write(groups[index].Name);
                        writer.Write(hashes[index]);
                        writer.Write(stamp.Length);
                        writer.Write(stamp.Modified);
                        writer.Write(templates[index] is { } template ? names.IndexOf(template) : -1);
                    }
                }
            }

            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Read-only projects and full disks compile as well, only slower the next time.
        }
    }

    private static (string Folder, Dictionary<string, Entry> Entries)? Decode(ReadOnlySpan<byte> bytes)
    {
        var entries = new Dictionary<string, Entry>(bytes.Length / 48);
        if (bytes.Length < 5 || BinaryPrimitives.ReadInt32LittleEndian(bytes) != Form)
        {
            return null;
        }

        bytes = bytes[4..];
        if (Take(ref bytes) is not { } folder)
        {
            return null;
        }

        if (TakeTemplates(ref bytes) is not { } templates)
        {
            return null;
        }

        while (!bytes.IsEmpty)
        {
            var group = Take(ref bytes);
            if (group is null || bytes.Length < EntrySize)
            {
                return null;
            }

            var stamp = new FileStamp(
                BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));
            var template = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
            if (template >= templates.Count)
            {
                return null;
            }

            entries[group] = new Entry(BinaryPrimitives.ReadUInt64LittleEndian(bytes), stamp, template < 0 ? null : templates[template]);
            bytes = bytes[EntrySize..];
        }

        return (folder, entries);
    }

    private static List<string>? TakeTemplates(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
        {
            return null;
        }

        var templates = new List<string>();
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        for (bytes = bytes[4..]; templates.Count < count;)
        {
            if (Take(ref bytes) is not { } name)
            {
                return null;
            }

            templates.Add(name);
        }

        return templates;
    }

    // BinaryWriter's strings: a length in groups of seven bits, then UTF-8. Names and folders are short.
    private static string? Take(ref ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            if (bytes.IsEmpty)
            {
                return null;
            }

            var part = bytes[0];
            bytes = bytes[1..];
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
            {
                break;
            }
        }

        if (length > bytes.Length)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes[..length]);
        bytes = bytes[length..];
        return text;
    }

    private sealed record Entry(ulong Hash, FileStamp Stamp, string? Template);
}
