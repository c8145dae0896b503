using System.Runtime.InteropServices;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>Overlayfs's mark for "removed": a character device 0/0 in the upper layer.</summary>
internal static class Whiteout
{
    private const uint CharacterDevice = 0x2000;

    public static void Create(string path)
    {
        try
        {
            _ = mknod(path, CharacterDevice, 0);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library older than glibc 2.33 does not export it.
            HostCommand.RunAsync("mknod", [path, "c", "0", "0"], "/", CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    [DllImport("libc", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
#pragma warning disable SYSLIB1054, CA5392, CA2101, IDE1006 // one call of libc; a source generator would need unsafe code
    private static extern int mknod(string path, uint mode, ulong device);
#pragma warning restore SYSLIB1054, CA5392, CA2101, IDE1006
}
