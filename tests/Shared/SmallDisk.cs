using System.Diagnostics;

namespace Baker.Testing;

/// <summary>A disk that is soon full: a tmpfs of its own, at a folder. Where nothing can be mounted the test is skipped as for a missing program.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _ballast;

    private SmallDisk(string folder) => (Folder, _ballast) = (folder, Path.Combine(folder, "ballast"));

    public string Folder { get; }

    public static async Task<SmallDisk> MountAsync(string folder, string size)
    {
        Directory.CreateDirectory(folder);
        var run = await ProcessRun.RunAsync(new ProcessStartInfo("mount", ["-t", "tmpfs", "-o", $"size={size},mode=755", "tmpfs", folder]));
        if (run.Code != 0)
        {
            Peers.Missing($"No small disk can be mounted: {run.Error.Trim()}");
        }

        return new SmallDisk(folder);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        var block = new byte[64 * 1024];
        using var file = new FileStream(_ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = block.Length; size > 0;)
        {
            try
            {
                file.Write(block.AsSpan(0, size));
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void Empty() => File.Delete(_ballast);

    public void Dispose()
    {
        using var run = Process.Start(new ProcessStartInfo("umount", ["-l", Folder]));
        run!.WaitForExit();
    }
}
