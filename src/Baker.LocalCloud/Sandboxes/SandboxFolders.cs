namespace Baker.LocalCloud.Sandboxes;

/// <summary>Where the sandboxes of a state folder keep their files.</summary>
internal sealed class SandboxFolders(string stateFolder)
{
    /// <summary>Absolute and without links: scripts use it after the root has changed.</summary>
    public string State { get; } = Resolve(stateFolder);

    public string Scripts => Path.Combine(State, "scripts");

    public string Instance(string id) => Path.Combine(State, "instances", id);

    /// <summary>What the instance has written: the part that an image captures.</summary>
    public string Disk(string id) => Path.Combine(Instance(id), "disk");

    public string Console(string id) => Path.Combine(Instance(id), "console.log");

    public string Command(string id, string commandId) => Path.Combine(Instance(id), "commands", commandId);

    public string Snapshot(string id) => Path.Combine(State, "snapshots", id);

    /// <summary>Root file systems of base images, by the snapshots that the images name.</summary>
    public string Images => Path.Combine(State, "images");

    public string BaseImage(string snapshotId) => Path.Combine(Images, snapshotId);

    public static string RootFileSystem(string baseImage) => Path.Combine(baseImage, "rootfs");

    /// <summary>The file of a disk that names the base image below it; none where that is the host.</summary>
    public static string Base(string disk) => Path.Combine(disk, "base");

    public static string Resolve(string folder)
    {
        var path = Path.GetFullPath(folder);
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(at) && new DirectoryInfo(at).ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                return Resolve(Path.Combine(target.FullName, Path.GetRelativePath(at, path)));
            }
        }

        return path;
    }
}
