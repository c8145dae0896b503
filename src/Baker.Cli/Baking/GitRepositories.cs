using System.Collections.Concurrent;
using Baker.Cli.Projects;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Baking;

/// <summary>
/// The repositories that the groups have source trees from: each is asked once what its branches and tags are, and a commit's
/// tree is fetched when an instance needs it, and kept in <c>.package/code</c>.
/// </summary>
internal sealed class GitRepositories(NodeProject project, CodeOverride instead)
{
    private const int AtOnce = 8;
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<string, Lazy<Dictionary<string, string>>> _references = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<CodeArchive>> _archives = new(StringComparer.Ordinal);

    /// <summary>Asks all that will be needed, several at a time; what goes wrong shows when it is needed.</summary>
    public void Begin(IReadOnlyList<NodeGroup> groups)
    {
        instead.Check(groups);
        var asked = groups.SelectMany(group => group.Code).Select(instead.Of).Where(NeedsAnswer).Select(source => source.Repository);
        Parallel.ForEach(asked.Distinct(StringComparer.Ordinal), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, repository =>
        {
            try
            {
                _ = References(repository).Value;
            }
            catch (BakerException)
            {
                // It is told with the group's place.
            }
        });
    }

    public CodeTree TreeOf(GroupName group, CodeSource manifest)
    {
        var source = instead.Of(manifest);
        var commit = CommitOf(group, source);
        return new CodeTree(source, commit, new(() => ArchiveOf(group, source, commit)));
    }

    private static bool NeedsAnswer(CodeSource source) => !(source.Revision is { } revision && Shapes.IsCommit(revision));

    private string CommitOf(GroupName group, CodeSource source)
    {
        if (!NeedsAnswer(source))
        {
            return source.Revision!;
        }

        Dictionary<string, string> references;
        try
        {
            references = References(source.Repository).Value;
        }
        catch (BakerException error)
        {
            throw project.Mistake(group, "code", $"{error.Message} (for {group})", error.Remedy!, error);
        }

        // Of an annotated tag the commit that it stands for.
        string[] names = source switch
        {
            { Revision: { } revision } => [$"refs/tags/{revision}^{{}}", $"refs/tags/{revision}"],
            { Branch: { } branch } => [$"refs/heads/{branch}"],
            _ => ["HEAD"],
        };
        return names.Select(name => references.GetValueOrDefault(name)).OfType<string>().FirstOrDefault() ?? throw project.Mistake(
            group,
            "code",
            $"{source.Repository} has no {(source.Revision is null ? "branch" : "tag")} {source.Wanted} (for {group}).",
            source.Revision is null
                ? DidYouMean.Suggest(
                    source.Wanted,
                    [.. references.Keys.Where(name => name.StartsWith("refs/heads/", StringComparison.Ordinal)).Select(name => name[11..])],
                    "Push it, or correct the name.")
                : "Push it, or give a commit's 40 digits.");
    }

    private Lazy<Dictionary<string, string>> References(string repository) =>
        _references.GetOrAdd(repository, asked => new(() => Git
            .Run(project.Folder, "ls-remote", "--", PlaceOf(asked))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2 && Shapes.IsCommit(parts[0]))
            .DistinctBy(parts => parts[1])
            .ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal)));

    private CodeArchive ArchiveOf(GroupName group, CodeSource source, string commit)
    {
        var archive = _archives.GetOrAdd(commit, _ => new(() => CodeArchive.Read(Fetch(group, source, commit)))).Value;
        Refuse("submodules", archive.Submodules, "is a submodule, and git archive leaves submodules out");
        Refuse("lfs", archive.Pointers, "is in Git LFS, of which only the pointer would be on an instance");
        return archive;

        void Refuse(string what, IReadOnlyList<string> found, string why)
        {
            if (found.Count > 0 && !source.Without.Contains(what))
            {
                throw project.Mistake(
                    group,
                    "code",
                    $"{found[0]} of {source.Repository} {why} (for {group}"
                        + $"{(found.Count > 1 ? $"; {found.Count - 1} more like it" : "")}).",
                    $"Fetch it in a provision script, and write \"without\": [\"{what}\"] beside the repository to say that it may be "
                        + "missing.");
            }
        }
    }

    private byte[] Fetch(GroupName group, CodeSource source, string commit)
    {
        var folder = Path.Combine(project.Folder, ".package", "code");
        var kept = Path.Combine(folder, $"{commit}.tar");
        Directory.CreateDirectory(folder);
        if (!File.Exists(kept))
        {
            Forget(folder);
            var work = Directory.CreateDirectory(Path.Combine(folder, $"{commit[..12]}-{Environment.ProcessId}")).FullName;
            try
            {
                Fetch(source.Repository, commit, work);
                Find(source.Repository, commit, work);
                var written = Path.Combine(work, "tree.tar");
                Git.Run(work, ["archive", "--format=tar", "-o", written, commit]);
                File.Move(written, kept, overwrite: true);
            }
            catch (BakerException error)
            {
                throw project.Mistake(group, "code", $"{error.Message} (for {group})", error.Remedy!, error);
            }
            finally
            {
                Directory.Delete(work, recursive: true);
            }
        }

        File.SetLastWriteTimeUtc(kept, project.Time.GetUtcNow().UtcDateTime);
        return ProjectFile.Read(kept);
    }

    private void Fetch(string repository, string commit, string work)
    {
        var from = PlaceOf(repository);
        Git.Run(work, "init", "--quiet", "--bare");
        try
        {
            Git.Run(work, "fetch", "--quiet", "--depth", "1", "--no-tags", "--", from, commit);
        }
        catch (BakerException)
        {
            // Some servers give branches and tags only.
            Git.Run(work, "fetch", "--quiet", "--no-tags", "--", from, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*");
        }
    }

    /// <summary>A folder of the project with its whole path: inside a repository git takes another for the top folder's.</summary>
    private string PlaceOf(string repository)
    {
        var local = Path.GetFullPath(repository, project.Folder);
        return Directory.Exists(local) ? local : repository;
    }

    private static void Find(string repository, string commit, string work)
    {
        try
        {
            Git.Run(work, "cat-file", "-e", $"{commit}^{{commit}}");
        }
        catch (BakerException error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{repository} has no commit {commit}.",
                "Push it, or correct the revision.",
                error);
        }
    }

    /// <summary>The commits that one has and the other has not, as <c>git log --oneline</c> prints them.</summary>
    /// <exception cref="BakerException">The repository cannot be read, or has not both.</exception>
    public IReadOnlyList<string> LogBetween(string repository, string before, string after)
    {
        var work = Directory.CreateDirectory(Path.Combine(project.Folder, ".package", "code", $"log-{Environment.ProcessId}")).FullName;
        try
        {
            Git.Run(work, "init", "--quiet", "--bare");
            Git.Run(work, "fetch", "--quiet", "--filter=tree:0", "--no-tags", "--", PlaceOf(repository), "+refs/heads/*:refs/heads/*");
            return Git
                .Run(work, "log", "--oneline", "--no-decorate", $"{before}..{after}")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Removes trees that no bake has needed for long, and what a run that was killed left.</summary>
    private void Forget(string folder)
    {
        var now = project.Time.GetUtcNow().UtcDateTime;
        foreach (var old in new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(old => now - old.LastWriteTimeUtc > s_kept))
        {
            if (old is DirectoryInfo left)
            {
                left.Delete(recursive: true);
            }
            else
            {
                old.Delete();
            }
        }
    }
}
