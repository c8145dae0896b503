using System.Globalization;
using Baker.Core;

namespace Baker.Cli.Installing;

/// <summary>Where programs are installed: <c>bin/package</c> is a link to the newest of <c>libexec/package/</c>, so that an
/// upgrade is one rename, and what still runs of the one before finds its files.</summary>
internal sealed class InstallFolder(string prefix) : IDisposable
{
    private readonly string _programs = Path.Combine(prefix, "libexec", "package");
    private FileStream? _lock;

    public string Command => Path.Combine(prefix, "bin", OperatingSystem.IsWindows() ? "package.cmd" : "package");

    /// <summary>Where others look for what is not a program.</summary>
    public string Share => Path.Combine(prefix, "share");

    public static string ProgramIn(string folder) => Path.Combine(folder, OperatingSystem.IsWindows() ? "package.exe" : "package");

    /// <summary>Makes a folder to build into, and keeps other installations off until this one is disposed of.</summary>
    /// <exception cref="BakerException">There is something else, somebody else or no room.</exception>
    public string Stage()
    {
        if (Exists(Command) && !IsOurs())
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{Command} is there and is not Baker's.",
                "Move it away, or choose another folder with --prefix DIR.");
        }

        try
        {
            Directory.CreateDirectory(_programs);
            Directory.CreateDirectory(Path.GetDirectoryName(Command)!);
            _lock = new FileStream(Path.Combine(_programs, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            foreach (var dead in Directory.EnumerateDirectories(_programs, ".new-*"))
            {
                Directory.Delete(dead, recursive: true);
            }

            return Directory.CreateDirectory(Path.Combine(_programs, $".new-{Environment.ProcessId}")).FullName;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{prefix} cannot be installed into: {error.Message}",
                "Choose another folder with --prefix DIR; one installation at a time.",
                error);
        }
    }

    /// <summary>Makes what was staged the program that <see cref="Command"/> runs.</summary>
    public void Activate(string stage, ProgramForm form, DateTimeOffset now)
    {
        var before = Current();
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{now.UtcDateTime:yyyyMMdd'T'HHmmssfffffff'Z'}-{(form == ProgramForm.Native ? "native" : "ready-to-run")}");
        var folder = Path.Combine(_programs, name);
        Directory.Move(stage, folder);
        Point(folder);
        foreach (var old in Directory.EnumerateDirectories(_programs)
            .Where(old => Path.GetFileName(old) != name && Path.GetFileName(old) != before))
        {
            Discard(old);
        }
    }

    /// <exception cref="BakerException">They cannot be written; the program is installed.</exception>
    public void WriteShared(IEnumerable<(string File, string Text)> files)
    {
        try
        {
            foreach (var (file, text) in files)
            {
                var path = Path.Combine(Share, file);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path + ".new", text);
                File.Move(path + ".new", path, overwrite: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The program is installed, but not its manual page and completions: {error.Message}",
                $"Let {Share} be written, or do without them.",
                error);
        }
    }

    /// <summary>Removes what was staged and not activated.</summary>
    public static void Discard(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is in use, or gone already; the next installation tries again.
        }
    }

    public void Dispose() => _lock?.Dispose();

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path) || new FileInfo(path).LinkTarget is not null;

    private bool IsOurs() => Current() is not null;

    /// <summary>The folder of <c>libexec/package/</c> that the command runs.</summary>
    private string? Current()
    {
        var target = OperatingSystem.IsWindows()
            ? File.Exists(Command) ? File.ReadAllText(Command) : ""
            : new FileInfo(Command).LinkTarget?.Replace('/', '\\') ?? "";
        return target.Split(@"..\libexec\package\") is [_, var rest] ? rest.Split('\\')[0] : null;
    }

    private void Point(string folder)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Command)!, $".package-{Environment.ProcessId}");
        File.Delete(beside);
        var program = Path.Combine("..", "libexec", "package", Path.GetFileName(folder), Path.GetFileName(ProgramIn(folder)));
        if (OperatingSystem.IsWindows())
        {
            File.WriteAllText(beside, $"@\"%~dp0{program}\" %*\r\n");
        }
        else
        {
            File.CreateSymbolicLink(beside, program);
        }

        File.Move(beside, Command, overwrite: true);
    }
}
