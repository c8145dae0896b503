using System.Collections.Concurrent;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cli.Compiling;

/// <summary>Compiles one artefact for each of many groups: checks everything first, then renders and writes what is not current.</summary>
internal sealed class Compiler
{
    /// <summary>Below this many groups, reading the artefacts is as fast as reading a cache.</summary>
    private const int CacheFrom = 256;

    private readonly Session _session;
    private readonly NodeProject _project;
    private readonly IArtifactKind _kind;
    private readonly IReadOnlyList<GroupEntry> _groups;
    private readonly string _folder;
    private readonly CompileCache? _cache;
    private readonly Dictionary<string, FileStamp>? _found;
    private readonly ulong _seed;
    private readonly ConcurrentDictionary<string, ulong> _seeds = new();
    private readonly FolderListing _listing;
    private readonly HashSet<string> _files;
    private readonly Outcome[] _outcomes;
    private readonly ulong[] _hashes;
    private readonly FileStamp?[] _stamps;
    private readonly string?[] _templates;
    private readonly ReadOnlyMemory<byte>[] _rendered;
    private int _cached;

    /// <param name="last">What an earlier compile of all groups left, where that was looked up.</param>
    public Compiler(Session session, NodeProject project, IArtifactKind kind, IReadOnlyList<GroupEntry> groups, LastCompile? last = null)
    {
        _session = session;
        _project = project;
        _kind = kind;
        _groups = groups;
        _folder = Path.Combine(project.Folder, kind.Folder);
        var before = last?.In(kind.Folder);
        _found = before?.Stamps;
        _listing = before?.Listing ?? kind.Files.List(_folder, kind.Folder);
        _files = _listing.Names(kind.Files.Extension);
        _outcomes = new Outcome[groups.Count];
        _hashes = new ulong[groups.Count];
        _stamps = new FileStamp?[groups.Count];
        _templates = new string?[groups.Count];
        _rendered = new ReadOnlyMemory<byte>[groups.Count];
        if (groups.Count >= CacheFrom && ReferenceEquals(groups, project.Manifest.Groups))
        {
            _cache = before?.Cache ?? CompileCache.Open(project.Folder, kind.Files.Cache, kind.Folder);
            _seed = With(project.Manifest.BaseEntry, kind.Seed);
            _seed = With(project.Manifest.EnvironmentsEntry, _seed);
        }
    }

    private ulong With(OutlineEntry? entry, ulong seed) =>
        entry is { } found ? ContentHash.Of(_project.Manifest.Source.Bytes[found.Start..found.End], seed) : seed;

    /// <summary>Compiles; an error in the manifest stops it before anything is written.</summary>
    public CompileReport Run(CompileMode mode)
    {
        Check();
        Workers.Run(_groups.Count, Worker, Compare, _session.Stop);
        if (mode == CompileMode.Create && Count(Outcome.Changed) > 0)
        {
            throw Report().Refusal();
        }

        if (mode != CompileMode.Look && Count(Outcome.Unchanged) < _outcomes.Length)
        {
            Write(mode);
        }

        SaveCache(mode);
        return Report();
    }

    private CompileWorker Worker() => new(_project.Manifest);

    // Reads the whole manifest, whichever groups were asked for, to find every mistake; renders those that were, and only what the
    // cache does not vouch for. A mistake in a template comes second: the manifest's may be its cause.
    private void Check()
    {
        var all = _project.Manifest.AllGroups;
        var asked = Positions(all);
        var found = new List<Diagnostic>();
        var refusedAt = int.MaxValue; // of what is refused, the first is told
        BakerException? refused = null;
        Workers.Run(all.Count, Worker, (worker, at) =>
        {
            var index = asked[at];
            if (_cache is not null && IsCached(_cache, index))
            {
                return;
            }

            var diagnostics = new DiagnosticBag(_project.Manifest.Source);
            var group = worker.Reader.Read(all[at], diagnostics, everywhere: true);
            if (diagnostics.Count > 0)
            {
                lock (found)
                {
                    found.AddRange(diagnostics.All);
                }
            }

            if (index < 0 || group is null || diagnostics.HasErrors || Volatile.Read(ref refusedAt) < at)
            {
                return;
            }

            try
            {
                _templates[index] = _kind.TemplateOf(group);
                _hashes[index] = _cache is null || diagnostics.Count > 0 ? 0 : HashOf(_groups[index], _templates[index]);
                worker.Output.Clear();
                _kind.Render(group, all[at], worker.Output);
                _rendered[index] = worker.Keep();
            }
            catch (BakerException error)
            {
                lock (found)
                {
                    (refusedAt, refused) = refusedAt < at ? (refusedAt, refused) : (at, error);
                }
            }
        }, _session.Stop);
        _project.Report(found);
        if (refused is not null)
        {
            throw refused;
        }
    }

    // For each group of the manifest, its place among those asked for, which are in the same order; -1 when it is not among them.
    private int[] Positions(IReadOnlyList<GroupEntry> all)
    {
        var positions = new int[all.Count];
        var next = 0;
        for (var at = 0; at < all.Count; at++)
        {
            positions[at] = next < _groups.Count && ReferenceEquals(_groups[next], all[at]) ? next++ : -1;
        }

        return positions;
    }

    // A group with a warning has no hash:
    // it is read every time, and warns every time.
    private bool IsCached(CompileCache cache, int index)
    {
        var entry = _groups[index];
        _templates[index] = cache.TemplateOf(entry.Name);
        _hashes[index] = HashOf(entry, _templates[index]);
        _stamps[index] = StampOf(entry);
        if (_stamps[index] is not { } stamp || !cache.IsCurrent(entry.Name, _hashes[index], stamp))
        {
            return false;
        }

        _outcomes[index] = Outcome.Unchanged;
        Interlocked.Increment(ref _cached);
        return true;
    }

    private ulong HashOf(GroupEntry entry, string? template)
    {
        var seed = template is null
            ? _seed
            : _seeds.GetOrAdd(template, name => ContentHash.Of(BitConverter.GetBytes(_kind.HashOf(name)), _seed));
        return ContentHash.Of(_project.Manifest.Source.Bytes[entry.Start..entry.End], seed);
    }

    private void Compare(CompileWorker worker, int index)
    {
        if (_outcomes[index] == Outcome.Unchanged)
        {
            return;
        }

        var entry = _groups[index];
        var stamp = _stamps[index] ??= StampOf(entry);
        var bytes = _rendered[index].Span;
        _outcomes[index] = stamp is null ? Outcome.Created
            : stamp.Length == bytes.Length && worker.ReadOld(PathOf(entry), stamp.Length).SequenceEqual(bytes) ? Outcome.Unchanged
            : Outcome.Changed;
    }

    private FileStamp? StampOf(GroupEntry entry) =>
        _found is not null ? _found.GetValueOrDefault(entry.Name)
        : _files.Contains(entry.Name) ? FileStamp.Of(PathOf(entry))
        : null;

    private void Write(CompileMode mode)
    {
        using var folder = ArtifactFolder.Open(_folder, _kind.Folder);
        Workers.Run(_groups.Count, Worker, (_, index) =>
        {
            if (_outcomes[index] == Outcome.Created || (_outcomes[index] == Outcome.Changed && mode != CompileMode.Fill))
            {
                var bytes = _rendered[index].Span;
                _stamps[index] = new FileStamp(bytes.Length, folder.Write(_groups[index].Name + _kind.Files.Extension, bytes));
            }
        }, _session.Stop);
        folder.Complete();
    }

    private string PathOf(GroupEntry entry) => $"{_folder}/{entry.Name}{_kind.Files.Extension}";

    private string Shown(GroupEntry entry) => $"{_kind.Folder}/{entry.Name}{_kind.Files.Extension}";

    private void SaveCache(CompileMode mode)
    {
        if (_cache is not null && mode is not (CompileMode.Look or CompileMode.Fill) && _cached < _groups.Count)
        {
            _cache.Save(_groups, _hashes, _stamps, _templates);
        }
    }

    private CompileReport Report() => new(Paths(Outcome.Created), Paths(Outcome.Changed), Count(Outcome.Unchanged), Orphans());

    private int Count(Outcome wanted)
    {
        var count = 0;
        foreach (var outcome in _outcomes)
        {
            count += outcome == wanted ? 1 : 0;
        }

        return count;
    }

    private List<string> Paths(Outcome outcome)
    {
        var paths = new List<string>();
        for (var index = 0; index < _outcomes.Length; index++)
        {
            if (_outcomes[index] == outcome)
            {
                paths.Add(Shown(_groups[index]));
            }
        }

        return paths;
    }

    private List<string> Orphans() =>
    [
        .. OrphansOf(_kind, _files),
        .. _kind.Siblings.SelectMany(sibling => OrphansOf(sibling, _listing.Names(sibling.Files.Extension))),
    ];

    private List<string> OrphansOf(IArtifactKind kind, HashSet<string> files)
    {
        var orphans = new List<string>();
        if (files.Count == 0)
        {
            return orphans;
        }

        var unknown = new HashSet<string>(files);
        foreach (var group in _project.Manifest.Groups)
        {
            unknown.Remove(group.Name);
        }

        var reader = Worker();
        foreach (var file in unknown.Order(StringComparer.Ordinal).Select(name => name + kind.Files.Extension))
        {
            if (kind.IsOurs(reader.ReadOld($"{_folder}/{file}", 128)))
            {
                orphans.Add($"{kind.Folder}/{file}");
            }
        }

        return orphans;
    }
}
