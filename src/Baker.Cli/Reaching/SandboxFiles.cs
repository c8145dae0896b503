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
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode FolderOfWindows = Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode FileOfWindows = UnixFileMode.UserRead | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>What is taken over of a mode: never setuid, setgid or sticky.</summary>
    private const UnixFileMode Permissions = Owner
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const string Tar = "tar: ";
    private const string Find = "find: ";

    /// <summary>The highest exit code of tar's own.</summary>
    private const int TarFailed = 2;

    private const string FailedBefore = "tar: Exiting with failure status due to previous errors";

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

    // GNU find names links to folders that it is in by then, and goes on; those to folders that hold them are found before it goes up.
    private const string Pack = """
        export LC_ALL=C.UTF-8
        cd "${HOME:-/}" && test -e "$1" || { echo "$1: no such file or folder" >&2; exit 1; }
        cd "$(dirname "$1")"
        name=$(basename "$1")
        case $name in [-\(\)\!,]*) name=./$name ;; esac
        tar --version 2>&1 | grep -q GNU && find --version 2>&1 | grep -q GNU || exec tar -chf - "$name"
        find -L "$name" -type d -xtype l -exec sh -c '
          case $1 in */*) ;; *) exit 1 ;; esac
          to=$(readlink -f "$1")
          case $(readlink -f "${1%/*}")/ in "${to%/}"/*) ;; *) exit 1 ;; esac
          echo "find: File system loop detected; ‘$1’ is part of the same file system loop as ‘$to’." >&2' sh {} \; -prune \
          -o -print0 | tar -chf - --no-recursion --null -T -
        """;

    private const string Loop = "find: File system loop detected; ‘";
    private const string LoopEnd = "’ is part of the same file system loop as ‘";

    /// <summary>What GNU tar and find say of what they leave out, before the name and behind it, and why that is.</summary>
    private static readonly (string Begin, string End, string Why)[] s_leftOut =
    [
        (Tar, ": File removed before we read it", "leads to nothing"),
        (Tar, ": Cannot stat: No such file or directory", "leads to nothing"),
        (Tar, ": Cannot stat: Too many levels of symbolic links", "leads to nothing"),
        (Tar, ": socket ignored", "is neither a file nor a folder"),
        (Find + "‘", "’: Too many levels of symbolic links", "leads to nothing"),
    ];

    private readonly HashSet<string> _copied = new(StringComparer.Ordinal);

    /// <summary>New folders that their owner may do less in than this copy has to, the inner ones on top, and what they may not.</summary>
    private readonly Stack<(string Place, UnixFileMode Not)> _opened = new();

    private int _leftOut;
    private bool _hasLeftOutCopyable;
    private string? _blocked;

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
        if (name.Length == 0)
        {
            throw new BakerException(ExitCode.BadInput, $"{Quoting.Quote(from)} has no name.", "Name a file or a folder.");
        }

        if (Directory.Exists(whole) && reach.IsOfSandbox(whole))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{Quoting.Quote(from)} is of the node's own disk.",
                "Name another folder: this one would be copied into itself.");
        }

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
        var isFolder = Directory.Exists(target);
        target = isFolder ? Path.Combine(target, name) : target;
        if (SpecialFile.IsOne(target))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{Quoting.Quote(isFolder ? Path.Combine(to, name) : to)} is neither a file nor a folder.",
                "Name a file or a folder: nothing was copied.");
        }

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
            finally
            {
                CloseFolders();
            }
        }

        await EndAsync(process, errors).ConfigureAwait(false);
        if (_leftOut > 0)
        {
            var were = (_hasLeftOutCopyable, _leftOut) switch
            {
                (true, 1) => "was",
                (true, _) => "were",
                (_, 1) => "is no file and no folder: it was",
                _ => "are no files and no folders: they were",
            };
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{_leftOut} of what {Quoting.Quote(path)} has {were} left out.",
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

            var mode = OperatingSystem.IsWindows() ? FolderOfWindows : File.GetUnixFileMode(path) & Permissions;
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = mode }, session.Stop).ConfigureAwait(false);
            foreach (var each in all.OrderBy(each => each.Name, StringComparer.Ordinal))
            {
                if (each is DirectoryInfo { LinkTarget: not null })
                {
                    LeaveOut($"{name}/{each.Name}", "is a link to a folder");
                    continue;
                }

                if (each is DirectoryInfo && each.Name == reach.Node.Id && reach.IsOfSandbox(each.FullName))
                {
                    LeaveOut($"{name}/{each.Name}", "is the node's own disk");
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
            var mode = OperatingSystem.IsWindows() ? FileOfWindows : File.GetUnixFileMode(file.SafeFileHandle) & Permissions;
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
        if (place is not null && _blocked is not null && place.StartsWith(_blocked, StringComparison.Ordinal))
        {
            return;
        }

        switch (entry.EntryType)
        {
            case TarEntryType.Directory when place is not null:
                _ = Open(entry, place, target, () => CreateFolder(place, entry.Mode & Permissions));
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile when place is not null:
                await WriteAsync(entry, place, target, entry.DataStream).ConfigureAwait(false);
                break;
            case TarEntryType.HardLink when place is not null && Place(entry.LinkName, name, target) is { } same && _copied.Contains(same):
                // A second name of a file, or a link to one, that came before.
                if (Open(entry, place, target, () => new FileStream(same, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)) is { } file)
                {
                    await using var closing = file.ConfigureAwait(false);
                    await WriteAsync(entry, place, target, file).ConfigureAwait(false);
                }

                break;
            default:
                LeaveOutOnNode(entry.Name, "is neither a file nor a folder");
                break;
        }
    }

    private void LeaveOutOnNode(string name, string why)
    {
        if (++_leftOut <= Named)
        {
            session.Terminal.Error.WriteLine($"{Quoting.Quote(name)} {why}, and is left out.");
        }
    }

    private DirectoryInfo CreateFolder(string place, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(place))
        {
            return Directory.CreateDirectory(place);
        }

        var made = Directory.CreateDirectory(place, mode | Owner);
        if ((Owner & ~mode) is not UnixFileMode.None and var lacking)
        {
            _opened.Push((place, lacking));
        }

        return made;
    }

    private void CloseFolders()
    {
        while (!OperatingSystem.IsWindows() && _opened.TryPop(out var folder))
        {
            File.SetUnixFileMode(folder.Place, File.GetUnixFileMode(folder.Place) & ~folder.Not);
        }
    }

    /// <summary>Writes what is there through, as scp does: its mode stays, and a link leads to what is written.</summary>
    private async Task WriteAsync(TarEntry entry, string place, string target, Stream? contents)
    {
        if (SpecialFile.IsOne(place))
        {
            LeaveOut(entry, place, "is neither a file nor a folder");
            return;
        }

        // Cut at the end, not before: it may be the file that is read.
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = entry.Mode & Permissions;
        }

        if (Open(entry, place, target, () => new FileStream(place, options)) is not { } file)
        {
            return;
        }

        await using var closing = file.ConfigureAwait(false);
        if (contents is not null)
        {
            await contents.CopyToAsync(file, session.Stop).ConfigureAwait(false);
        }

        file.SetLength(file.Position);
        _copied.Add(place);
    }

    /// <returns>Null, where it cannot be made or written here: it is left out.</returns>
    /// <exception cref="BakerException">It is all that was asked for.</exception>
    private T? Open<T>(TarEntry entry, string place, string target, Func<T> make)
        where T : class
    {
        try
        {
            return make();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var why = entry.EntryType != TarEntryType.Directory && Directory.Exists(place) ? "is a folder"
                : entry.EntryType == TarEntryType.Directory && File.Exists(place) ? "is a file"
                : error is DirectoryNotFoundException ? "is in a folder that is not there"
                : $"cannot be written ({error.Message.TrimEnd('.')})";
            if (place == target)
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"{Quoting.Quote(place)} {why}: nothing was copied.",
                    "Name another file or folder.",
                    error);
            }

            _blocked = entry.EntryType == TarEntryType.Directory ? place + Path.DirectorySeparatorChar : _blocked;
            LeaveOut(entry, place, why);
            return null;
        }
    }

    private void LeaveOut(TarEntry entry, string place, string why)
    {
        _hasLeftOutCopyable = true;
        if (++_leftOut <= Named)
        {
            session.Terminal.Error.WriteLine($"{Quoting.Quote(place)} {why}: {Quoting.Quote(entry.Name)} is left out.");
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
        var lines = (await errors.ConfigureAwait(false))
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var said = lines.Where(line => line != FailedBefore && !IsLeftOut(line)).ToList();
        if (said.Exists(line => line.StartsWith(Find, StringComparison.Ordinal))
            || (process.ExitCode != 0 && (process.ExitCode > TarFailed || said.Count > 0 || _leftOut == 0)))
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{reach.Node.Id} could not copy: "
                    + $"{(said.Count == 0 ? $"exit code {process.ExitCode}" : Quoting.QuoteWhole(string.Join("; ", said.Take(Named))))}.",
                "What was copied before stays.");
        }
    }

    private bool IsLeftOut(string line)
    {
        if (line.StartsWith(Loop, StringComparison.Ordinal) && line.IndexOf(LoopEnd, StringComparison.Ordinal) is > 0 and var to)
        {
            _hasLeftOutCopyable = true;
            LeaveOutOnNode(line[Loop.Length..to], "is a link to a folder that holds it");
            return true;
        }

        var (begin, end, why) = s_leftOut.FirstOrDefault(each =>
            line.StartsWith(each.Begin, StringComparison.Ordinal) && line.EndsWith(each.End, StringComparison.Ordinal));
        if (why is null)
        {
            return false;
        }

        LeaveOutOnNode(line[begin.Length..^end.Length], why);
        return true;
    }
}
