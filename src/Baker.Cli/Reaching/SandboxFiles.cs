using System.Diagnostics;
using System.Formats.Tar;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.LocalCloud.Sandboxes;

namespace Baker.Cli.Reaching;

/// <summary>
/// Copies files and folders into a sandbox and out of it, as <c>scp -r</c> does between machines. What comes out was written by an
/// instance: nothing of it is believed but names within what was asked for, and contents.
/// </summary>
internal sealed class SandboxFiles(Session session, NodeReach reach)
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>So many of those that are left out are named.</summary>
    private const int Named = 5;

    private const string Unpack = """
        set -e
        cd "${HOME:-/}"
        t=$(mktemp -d)
        trap 'rm -rf "$t"' EXIT
        tar -xf - -C "$t"
        cp -R "$t/$1" "${2:-.}"
        """;

    private const string Pack = """
        cd "${HOME:-/}" && test -e "$1" && exec tar -chf - -C "$(dirname "$1")" "$(basename "$1")"
        echo "$1: no such file or folder" >&2; exit 1
        """;

    private readonly HashSet<string> _copied = new(StringComparer.Ordinal);
    private int _leftOut;

    public async Task ToAsync(string from, string path)
    {
        var whole = Path.GetFullPath(from, session.WorkingFolder);
        if (!File.Exists(whole) && !Directory.Exists(whole))
        {
            throw new BakerException(ExitCode.BadInput, $"There is no {Quoting.Quote(from)} to copy.", "Name a file or a folder.");
        }

        if (SpecialFile.IsOne(whole))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{Quoting.Quote(from)} is neither a file nor a folder.",
                "Name a file or a folder.");
        }

        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(whole));
        using var process = Start(reach.ScriptInSandbox(Unpack, Safe(name), Safe(path)), writes: true);
        var errors = process.StandardError.ReadToEndAsync(session.Stop);
        IOException? broken = null;
        try
        {
            using (process.StandardInput)
            {
                var writer = new TarWriter(process.StandardInput.BaseStream, TarEntryFormat.Pax, leaveOpen: true);
                await using var closing = writer.ConfigureAwait(false);
                await WriteAsync(writer, whole, Safe(name)).ConfigureAwait(false);
            }
        }
        catch (IOException error)
        {
            broken = error; // either the process has ended already, and says why, or a file could not be read to its end
        }

        await EndAsync(process, errors).ConfigureAwait(false);
        if (broken is not null)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{Quoting.Quote(from)} was not copied to its end: {broken.Message}",
                "What was copied before stays.",
                broken);
        }

        if (_leftOut > 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{_leftOut} of what {Quoting.Quote(from)} has {(_leftOut == 1 ? "was" : "were")} left out.",
                "What else there is was copied.");
        }
    }

    public async Task FromAsync(string path, string to)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        if (name is "" or "." or "..")
        {
            throw new BakerException(ExitCode.BadInput, $"{Quoting.Quote(path)} has no name.", "Name a file or a folder on the node.");
        }

        var target = Path.GetFullPath(to, session.WorkingFolder);
        target = Directory.Exists(target) ? Path.Combine(target, name) : target;
        using var process = Start(reach.ScriptInSandbox(Pack, Safe(path)), writes: false);
        var errors = process.StandardError.ReadToEndAsync(session.Stop);
        using (var reader = new TarReader(process.StandardOutput.BaseStream))
        {
            try
            {
                while (await reader.GetNextEntryAsync(cancellationToken: session.Stop).ConfigureAwait(false) is { } entry)
                {
                    await ReadAsync(entry, name, target).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
            {
                // It has ended before its end, and says why.
            }
        }

        await EndAsync(process, errors).ConfigureAwait(false);
        if (_leftOut > 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{_leftOut} of what {Quoting.Quote(path)} has "
                    + $"{(_leftOut == 1 ? "is no file and no folder: it was" : "are no files and no folders: they were")} left out.",
                "What else there is was copied.");
        }
    }

    /// <summary>A name that no program takes for an option.</summary>
    private static string Safe(string path) => path.StartsWith('-') ? "./" + path : path;

    private static Process Start(IReadOnlyList<string> words, bool writes) => NodeReach.Start(new ProcessStartInfo(words[0], words.Skip(1))
    {
        RedirectStandardInput = writes,
        RedirectStandardOutput = !writes,
        RedirectStandardError = true,
    });

    private async Task WriteAsync(TarWriter writer, string path, string name)
    {
        if (Directory.Exists(path))
        {
            if (Read(name, () => new DirectoryInfo(path).GetFileSystemInfos()) is not { } all)
            {
                return;
            }

            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = Plain | Executable }, session.Stop)
                .ConfigureAwait(false);
            foreach (var each in all.OrderBy(each => each.Name, StringComparer.Ordinal))
            {
                if (each is DirectoryInfo { LinkTarget: not null })
                {
                    LeaveOut($"{name}/{each.Name}", "is a link to a folder");
                    continue;
                }

                await WriteAsync(writer, each.FullName, $"{name}/{each.Name}").ConfigureAwait(false);
            }

            return;
        }

        if (SpecialFile.IsOne(path))
        {
            LeaveOut(name, "is neither a file nor a folder");
            return;
        }

        if (Read(name, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)) is { } file)
        {
            await using var closing = file.ConfigureAwait(false);
            var mode = Plain | (OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file.SafeFileHandle) & Executable);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = file, Mode = mode }, session.Stop)
                .ConfigureAwait(false);
        }
    }

    /// <returns>Null, where it cannot be read: it is left out.</returns>
    private T? Read<T>(string name, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LeaveOut(
                name,
                error is FileNotFoundException or DirectoryNotFoundException ? "leads to nothing"
                    : $"cannot be read ({error.Message.TrimEnd('.')})");
            return null;
        }
    }

    private void LeaveOut(string name, string why)
    {
        _leftOut++;
        session.Terminal.Error.WriteLine($"{Quoting.Quote(name)} {why}, and is left out.");
    }

    private async Task ReadAsync(TarEntry entry, string name, string target)
    {
        var place = Place(entry.Name, name, target);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory when place is not null:
                Directory.CreateDirectory(place);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile when place is not null:
                await entry.ExtractToFileAsync(place, overwrite: true, session.Stop).ConfigureAwait(false);
                _copied.Add(place);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(place, Plain | (entry.Mode & Executable));
                }

                break;
            case TarEntryType.HardLink when place is not null && Place(entry.LinkName, name, target) is { } same && _copied.Contains(same):
                // A second name of a file, or a link to one, that came before.
                File.Copy(same, place, overwrite: true);
                _copied.Add(place);
                break;
            default:
                if (++_leftOut <= Named)
                {
                    session.Terminal.Error.WriteLine($"{Quoting.Quote(entry.Name)} is neither a file nor a folder, and is left out.");
                }

                break;
        }
    }

    /// <summary>Where something of what was asked for goes; null of anything else.</summary>
    private static string? Place(string entry, string name, string target)
    {
        var parts = entry.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipWhile(part => part == ".").ToList();
        return parts.Count > 0 && parts[0] == name && !parts.Contains("..") ? Path.Combine([target, .. parts.Skip(1)]) : null;
    }

    private async Task EndAsync(Process process, Task<string> errors)
    {
        await process.WaitForExitAsync(session.Stop).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            var said = (await errors.ConfigureAwait(false)).Trim();
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{reach.Node.Id} could not copy: {(said.Length == 0 ? $"exit code {process.ExitCode}" : Quoting.Quote(said))}.",
                "What was copied before stays. A link on the node that leads nowhere ends a copy of its folder so, too.");
        }
    }
}
