using Baker.Core;

namespace Baker.Cli.Compiling;

/// <summary>What an earlier compile of many groups left: its cache, and the stamps of the files that are in its folder now. Found on a
/// thread of its own while the manifest is read, which takes as long.</summary>
internal sealed class LastCompile
{
    private readonly Thread _thread;
    private (CompileCache Cache, FolderListing Listing, Dictionary<string, FileStamp> Stamps)? _found;

    private LastCompile(string projectFolder, ArtifactFiles kind)
    {
        _thread = new Thread(() => Look(projectFolder, kind)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Begins to look; null where nothing was left.</summary>
    public static LastCompile? LookUp(string projectFolder, ArtifactFiles kind) =>
        File.Exists(CompileCache.PathOf(projectFolder, kind.Cache)) ? new LastCompile(projectFolder, kind) : null;

    /// <summary>What was found, all of it or nothing; nothing too where the artefacts are in another folder now.</summary>
    public (CompileCache Cache, FolderListing Listing, Dictionary<string, FileStamp> Stamps)? In(string folder)
    {
        _thread.Join();
        return _found is { } found && found.Cache.Folder == folder ? found : null;
    }

    private void Look(string projectFolder, ArtifactFiles kind)
    {
        if (CompileCache.Read(projectFolder, kind.Cache) is not { } cache)
        {
            return;
        }

        try
        {
            var folder = Path.Combine(projectFolder, cache.Folder);
            var listing = kind.List(folder, cache.Folder);
            var files = listing.Names(kind.Extension);
            var stamps = new Dictionary<string, FileStamp>(files.Count);
            foreach (var name in files)
            {
                if (FileStamp.Of($"{folder}/{name}{kind.Extension}") is { } stamp)
                {
                    stamps.Add(name, stamp);
                }
            }

            _found = (cache, listing, stamps);
        }
        catch (Exception error) when (error is BakerException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Who needs the folder looks again, and says what is wrong with it.
        }
    }
}
