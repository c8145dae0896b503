namespace Baker.LocalCloud.Storage;

/// <summary>Folders and files for their owner alone: what is in them (parameters, scripts, objects) may be secret.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the folder, or closes the one that is there (0700).</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, Folder);
        if (System.IO.File.GetUnixFileMode(path) != Folder)
        {
            System.IO.File.SetUnixFileMode(path, Folder);
        }
    }

    /// <summary>Opens a file for writing, closing the one that is there (0600).</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize = 4096)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = bufferSize };
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(path, options);
        }

        options.UnixCreateMode = File;
        var stream = new FileStream(path, options);
        if (System.IO.File.GetUnixFileMode(stream.SafeFileHandle) != File)
        {
            System.IO.File.SetUnixFileMode(stream.SafeFileHandle, File);
        }

        return stream;
    }

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var stream = Open(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        stream.Write(bytes);
    }
}
