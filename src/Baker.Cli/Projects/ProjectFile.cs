using System.Text;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;

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
    /// <exception cref="BakerException">It is not UTF-8, nor begins as UTF-16 does.</exception>
    public static string ReadText(Session session, string path)
    {
        var bytes = Read(session, Path.GetFullPath(path, session.WorkingFolder));
        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException error)
        {
            var source = new SourceText(path, bytes);
            throw NotUtf8(source, source.FirstInvalid(), "file", error);
        }
    }

    /// <param name="what">What the text is called.</param>
    public static BakerException NotUtf8(SourceText source, int offset, string what, Exception? error = null) => new(
        ExitCode.BadInput,
        $"{source.Name}:{source.PositionOf(offset)}: This is not UTF-8.",
        $"Save the {what} as UTF-8.",
        error);

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
