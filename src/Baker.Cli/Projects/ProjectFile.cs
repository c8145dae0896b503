using Baker.Cli.Sessions;

namespace Baker.Cli.Projects;

/// <summary>Reads a file of the project whole, unless there is no end to it: a link may lead to a device.</summary>
internal static class ProjectFile
{
    private const int Most = 256 * 1024 * 1024;

    /// <summary>What may be a named pipe is waited for until somebody writes, or the person has waited enough.</summary>
    public static byte[] Read(Session session, string path) => new FileInfo(path) is { Exists: true, Length: > 0, LinkTarget: null }
        ? Read(path)
        : session.Stoppable(() => Read(path));

    /// <summary>A text that the person names from where they stand.</summary>
    public static string ReadText(Session session, string path)
    {
        using var reader = new StreamReader(new MemoryStream(Read(session, Path.GetFullPath(path, session.WorkingFolder))));
        return reader.ReadToEnd();
    }

    public static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        if (file.CanSeek && file.Length is > 0 and <= Most)
        {
            var whole = new byte[file.Length];
            var length = file.ReadAtLeast(whole, whole.Length, throwOnEndOfStream: false);
            return length == whole.Length ? whole : whole[..length];
        }

        using var content = new MemoryStream();
        var piece = new byte[64 * 1024];
        for (int read; (read = file.Read(piece)) > 0;)
        {
            if (content.Length + read > Most)
            {
                throw new IOException($"it has more than {Most / 1024 / 1024} MiB, or no end.");
            }

            content.Write(piece, 0, read);
        }

        return content.ToArray();
    }
}
