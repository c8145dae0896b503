using System.Text;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// Root file systems of the user's own for base images: an instance of such an image has nothing of the host below it. An
/// image without one is this host.
/// </summary>
public sealed class RootFileSystems(string stateFolder)
{
    private const string Source = "source";

    private readonly SandboxFolders _folders = new(stateFolder);

    /// <summary>Where the root of such an image comes from, in the user's words; null where the image is this host.</summary>
    public string? SourceOf(string imageId) => Read(Path.Combine(Folder(imageId), Source))?.Split('\n')[^1];

    /// <summary>The images that have one.</summary>
    public IReadOnlyList<string> Images() => Directory.Exists(_folders.Images)
        ?
        [
            .. Directory.GetDirectories(_folders.Images)
                .Select(folder => Read(Path.Combine(folder, Source))?.Split('\n')[0])
                .OfType<string>()
                .Order(StringComparer.Ordinal),
        ]
        : [];

    /// <summary>Unpacks a tarball: plain, or compressed with what <c>tar</c> of this machine reads.</summary>
    /// <exception cref="IOException">It cannot be unpacked, or is no root file system; nothing is left of it.</exception>
    public Task AddAsync(string imageId, string tarball, CancellationToken stop) => AddAsync(
        imageId,
        Path.GetFullPath(tarball),
        root => HostCommand.RunAsync(
            "tar",
            [
                "-x", "-f", Path.GetFullPath(tarball), "-C", root, "--numeric-owner", "--exclude=./dev/*", "--exclude=dev/*",
                .. Environment.IsPrivilegedProcess ? new[] { "-p" } : [],
            ],
            "/",
            stop),
        stop);

    /// <summary>Installs a distribution with debootstrap, which needs root and a network.</summary>
    /// <exception cref="IOException">It failed; nothing is left of it.</exception>
    public Task DebootstrapAsync(string imageId, string suite, CancellationToken stop) => AddAsync(
        imageId,
        "debootstrap " + suite,
        root => HostCommand.RunAsync("debootstrap", ["--variant=minbase", suite, root], "/", stop),
        stop);

    /// <summary>False where the image has none.</summary>
    /// <exception cref="IOException">Instances or images stand on it; the message names them.</exception>
    public async Task<bool> RemoveAsync(string imageId, CancellationToken stop)
    {
        if (!Directory.Exists(Folder(imageId)))
        {
            return false;
        }

        var snapshot = Path.GetFileName(Folder(imageId));
        var users = new[] { "instances", "snapshots" }
            .Select(name => Path.Combine(_folders.State, name))
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .Where(folder => new[] { folder, Path.Combine(folder, "disk") }.Any(disk => Read(SandboxFolders.Base(disk)) == snapshot))
            .Select(folder => Path.GetFileName(folder)!)
            .ToArray();
        if (users.Length > 0)
        {
            throw new IOException($"{imageId} is in use by {string.Join(", ", users.Order(StringComparer.Ordinal).Take(5))}"
                + (users.Length > 5 ? $" and {users.Length - 5} more" : ""));
        }

        await HostCommand.RemoveFolderAsync(Folder(imageId), stop).ConfigureAwait(false);
        return true;
    }

    private async Task AddAsync(
        string imageId,
        string source,
        Func<string, Task<(int Code, string Output, string Error)>> unpack,
        CancellationToken stop)
    {
        StateFolder.Make(_folders.State);
        var folder = Folder(imageId);
        if (Directory.Exists(folder))
        {
            throw new IOException($"{imageId} has a root file system already");
        }

        var fresh = folder + ".new";
        await HostCommand.RemoveFolderAsync(fresh, stop).ConfigureAwait(false);
        var root = SandboxFolders.RootFileSystem(fresh);
        try
        {
            Directory.CreateDirectory(root);
            var (code, output, error) = await unpack(root).ConfigureAwait(false);
            if (code != 0)
            {
                throw new IOException($"{source}: {(output + error).Trim().Split('\n')[^1]}");
            }

            if (!new[] { "bin/sh", "usr/bin/sh" }.Select(shell => new FileInfo(Path.Combine(root, shell)))
                .Any(shell => shell is { Exists: true } or { LinkTarget: not null }))
            {
                throw new IOException($"{source} is no root file system: it has no bin/sh");
            }

            PrivateFiles.Write(Path.Combine(fresh, Source), Encoding.UTF8.GetBytes(imageId + "\n" + source));
            Directory.Move(fresh, folder);
        }
        finally
        {
            await HostCommand.RemoveFolderAsync(fresh, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private string Folder(string imageId) => _folders.BaseImage(Identifiers.For("snap", imageId));

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
