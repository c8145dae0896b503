using System.Globalization;
using System.Text;

namespace Baker.LocalCloud.Systems.Commands;

/// <summary>The files that a command leaves: its output, its errors, its exit code.</summary>
internal static class CommandFiles
{
    /// <summary>How long an output may become, in bytes.</summary>
    private const long Most = 32 * 1024 * 1024;

    public static int? ExitCode(string folder)
    {
        var text = Read(folder, "exit-code", 20);
        return int.TryParse(text, CultureInfo.InvariantCulture, out var code) ? code : null;
    }

    /// <summary>Removes what an earlier delivery of the command left.</summary>
    public static void Clear(string folder)
    {
        foreach (var name in (string[])["exit-code", "pid", "stdout", "stderr"])
        {
            if (Directory.Exists(folder))
            {
                File.Delete(Path.Combine(folder, name));
            }
        }
    }

    /// <summary>
    /// Keeps a file to which an instance appends within bounds: its beginning stays, what came since is left out where there is too much.
    /// </summary>
    public static void Bound(string file)
    {
        if (new FileInfo(file) is { Exists: true, Length: > Most })
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            stream.SetLength(Most / 2);
            stream.Seek(0, SeekOrigin.End);
            stream.Write("\n[package: output was left out here]\n"u8);
        }
    }

    /// <returns>Empty where there is no such file.</returns>
    /// <exception cref="IOException">It is there, and cannot be read now.</exception>
    public static string Read(string folder, string name, int limit)
    {
        try
        {
            using var stream = new FileStream(
                Path.Combine(folder, name),
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            if (limit == int.MaxValue)
            {
                return reader.ReadToEnd();
            }

            var buffer = new char[limit];
            return new string(buffer, 0, reader.ReadBlock(buffer, 0, limit));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }
}
