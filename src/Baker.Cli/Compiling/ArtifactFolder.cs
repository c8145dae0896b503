using System.Diagnostics;
using System.Globalization;

namespace Baker.Cli.Compiling;

/// <summary>A folder that artefacts are written to. One that is missing or empty is filled under a temporary name and renamed once, at
/// the end: renaming each of ten thousand files would take five times as long as writing them.</summary>
internal sealed class ArtifactFolder : IDisposable
{
    private const string Temporary = ".tmp";

    private readonly string _path;
    private readonly string _shown;
    private readonly string? _staging;

    private ArtifactFolder(string path, string shown, string? staging)
    {
        _path = path;
        _shown = shown;
        _staging = staging;
    }

    /// <summary>Prepares the folder for writing, and removes what a killed run left half written in it or beside it.</summary>
    public static ArtifactFolder Open(string path, string shown)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        RemoveLeftovers(path);
        string? staging = null;
        if (IsMissing(path))
        {
            staging = $"{path}.{Environment.ProcessId}{Temporary}";
            AtomicFile.CreateFolder(staging, shown);
        }

        return new ArtifactFolder(path, shown, staging);
    }

    /// <summary>Writes one file, which for a folder that was missing is seen only after <see cref="Complete"/>, and gives its
    /// modification time in ticks.</summary>
    public long Write(string file, ReadOnlySpan<byte> bytes) => _staging is null
        ? AtomicFile.Write($"{_path}/{file}", bytes, $"{_shown}/{file}")
        : AtomicFile.Create($"{_staging}/{file}", bytes, $"{_shown}/{file}");

    public void Complete()
    {
        if (_staging is not null)
        {
            AtomicFile.MoveFolder(_staging, _path, _shown);
        }
    }

    /// <summary>Removes what was written and never completed.</summary>
    public void Dispose()
    {
        if (_staging is not null && Directory.Exists(_staging))
        {
            Discard(_staging);
        }
    }

    // An empty folder is taken away to make room; one that cannot be (others' files in it, a mount point) stays and is written to
    // file by file.
    private static bool IsMissing(string path)
    {
        if (!Path.Exists(path))
        {
            return true;
        }

        try
        {
            if (new DirectoryInfo(path).LinkTarget is not null)
            {
                return false;
            }

            Directory.Delete(path);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void RemoveLeftovers(string path)
    {
        try
        {
            var parent = Path.GetDirectoryName(path)!;
            foreach (var folder in Directory.GetDirectories(parent, $"{Path.GetFileName(path)}.*{Temporary}"))
            {
                if (IsDead(Path.GetFileName(folder).AsSpan(Path.GetFileName(path).Length + 1)))
                {
                    Discard(folder);
                }
            }

            foreach (var file in Directory.GetFiles(path, $".*-*{Temporary}"))
            {
                if (IsDead(Path.GetFileName(file).AsSpan(1)))
                {
                    File.Delete(file);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // No such folder yet, or not ours to tidy; writing to it will say what is wrong.
        }
    }

    // The name goes on with the number of the process that writes it.
    private static bool IsDead(ReadOnlySpan<char> name)
    {
        var digits = name.IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !int.TryParse(name[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var process))
        {
            return false;
        }

        try
        {
            using var writer = Process.GetProcessById(process);
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private static void Discard(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next run that may will.
        }
    }
}
