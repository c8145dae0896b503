using Baker.Cloud;
using Baker.Core;

namespace Baker.Cli.Compiling;

/// <summary>Writes whole files: to a temporary name beside the target, then renamed, so that no one ever sees half a file.</summary>
internal static class AtomicFile
{
    private static int _count;

    /// <summary>Writes the file and gives its modification time in ticks.</summary>
    public static long Write(string path, ReadOnlySpan<byte> bytes, string shown) => Write(path, bytes, shown, overwrite: true);

    /// <summary>The same of a file that must not be there yet.</summary>
    public static void WriteNew(string path, ReadOnlySpan<byte> bytes, string shown) => Write(path, bytes, shown, overwrite: false);

    /// <summary>The same of one that a person names: a link is not replaced, but written through.</summary>
    public static void WriteNamed(string path, ReadOnlySpan<byte> bytes, string shown)
    {
        if (new FileInfo(path).LinkTarget is null)
        {
            Write(path, bytes, shown);
            return;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            file.Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(shown, error);
        }
    }

    private static long Write(string path, ReadOnlySpan<byte> bytes, string shown, bool overwrite)
    {
        var temporary = Path.Join(
            Path.GetDirectoryName(path.AsSpan()),
            $".{Environment.ProcessId}-{Interlocked.Increment(ref _count)}.tmp");
        var written = Create(temporary, bytes, shown);
        try
        {
            File.Move(temporary, path, overwrite);
            return written;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw Refused(shown, error);
        }
    }

    /// <summary>Writes a new file, in a place where no one looks yet, and gives its modification time in ticks.</summary>
    public static long Create(string path, ReadOnlySpan<byte> bytes, string shown)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            RandomAccess.Write(handle, bytes, 0);
            return File.GetLastWriteTimeUtc(handle).Ticks;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Discard(path);
            throw Refused(shown, error);
        }
    }

    /// <summary>Gives a folder its final name, which must be free.</summary>
    public static void MoveFolder(string from, string to, string shown)
    {
        try
        {
            Directory.Move(from, to);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(shown, error);
        }
    }

    public static void CreateFolder(string path, string shown)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(shown, error);
        }
    }

    private static BakerException Refused(string shown, Exception error)
    {
        var (why, remedy) = error switch
        {
            UnauthorizedAccessException => ("permission denied", "Give yourself write permission to its folder, or run as its owner."),
            _ when CloudFailure.IsDiskFull(error) =>
                ("the disk is full", "Free some space, then run the command again; what was written before is complete."),
            DirectoryNotFoundException => ("its folder is not there", "Make the folder, or name another."),
            _ when error.Message.Contains("Read-only", StringComparison.Ordinal) =>
                ("the file system is read-only", "Mount it for writing, or choose another folder in __settings__."),
            _ => (error.Message, "Check the folder and the disk, then run the command again."),
        };
        return new BakerException(ExitCode.BadInput, $"{shown} cannot be written: {why}.", remedy, error);
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It could not be created, or the disk is gone; there is nothing more to do about it.
        }
    }
}
