using System.Globalization;
using System.Text;
using Baker.Cloud;
using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Sessions;

/// <summary>
/// What <c>--verbose</c> and <c>--log</c> ask for, of every command that talks to a cloud: its calls on standard error, and in a file
/// the calls and all that is printed, each line with its time.
/// </summary>
internal sealed class RunLog : IDisposable
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss.fff'Z'";
    private readonly Lock _gate = new();
    private readonly PartLine _part = new();
    private Session? _session;
    private StreamWriter? _file;
    private bool _isVerbose;

    /// <summary>Gives the options to the commands that say which cloud they work on.</summary>
    public static void OfferOn(CommandLineApplication app)
    {
        foreach (var command in app.Commands.Where(command => command.Options.Exists(option => option.LongName == "cloud")))
        {
            command.Option("--verbose", "Print each call to the cloud: its code, time and request id.", CommandOptionType.NoValue);
            command.Option(
                "--log <FILE>",
                "Add the calls and all that is printed to a file that only you can read.",
                CommandOptionType.SingleValue);
        }
    }

    /// <summary>Begins, where the command was given one of the options.</summary>
    /// <exception cref="BakerException">The file cannot be written.</exception>
    public void Begin(Session session, CommandLineApplication command)
    {
        _session = session;
        if (_file is not null)
        {
            session.Terminal.CopyTo(Copy); // a command that is watched begins again and again
            return;
        }

        _isVerbose = command.Options.Exists(option => option.LongName == "verbose" && option.HasValue());
        if (command.Options.Find(option => option.LongName == "log")?.Value() is not { } name)
        {
            return;
        }

        var file = Path.Combine(session.WorkingFolder, name);
        try
        {
            if (HoldsAnotherThing(file))
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"--log {name}: there is such a file, and it is no log of this program.",
                    "Name another file; a log that is there is added to. Nothing was done.");
            }

            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            _file = new StreamWriter(file, new UTF8Encoding(false), options) { AutoFlush = true };
            if (options.UnixCreateMode is { } mode && !OperatingSystem.IsWindows() && File.Exists(file))
            {
                File.SetUnixFileMode(file, mode); // one that was there may have been open to others
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                Directory.Exists(file) ? $"--log {Quoting.Quote(name)} is a folder."
                    : error is DirectoryNotFoundException ? $"--log {Quoting.Quote(name)} is in a folder that is not there."
                    : $"--log {Quoting.Quote(name)} cannot be written: {error.Message}",
                "Name another file.");
        }

        session.Terminal.CopyTo(Copy);
    }

    /// <summary>What lies between the program and the cloud where its calls are told.</summary>
    public HttpMessageHandler Trace(HttpMessageHandler cloud) =>
        _session is { } session && (_isVerbose || _file is not null) ? new CallTrace(cloud, session.Time, Tell) : cloud;

    public void Dispose()
    {
        lock (_gate)
        {
            if (_file is not null && _part.End() is { Length: > 0 } rest)
            {
                Line(rest);
            }

            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>Whether there is a file, or a link to one, that does not begin as a log does.</summary>
    private static bool HoldsAnotherThing(string file)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (!stream.CanSeek || stream.Length == 0)
        {
            return false; // new, or a device
        }

        var first = new byte[TimeFormat.Length - 2]; // the format's quotes are not printed
        var count = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        return !DateTime.TryParseExact(
            Encoding.ASCII.GetString(first, 0, count),
            TimeFormat,
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out _);
    }

    private void Tell(CloudCall call)
    {
        var session = _session!;
        var text = session.Masks.In(call.ToString());
        if (!_isVerbose)
        {
            lock (_gate)
            {
                Line(text);
            }
        }
        else if (session.Terminal.IsInteractive)
        {
            session.Display.Say(text);
        }
        else
        {
            session.Terminal.Error.WriteLine(text);
        }
    }

    private void Copy(string text)
    {
        lock (_gate)
        {
            foreach (var line in _part.Add(text))
            {
                Line(line);
            }
        }
    }

    private void Line(string text)
    {
        try
        {
            var now = _session!.Time.GetUtcNow().UtcDateTime;
            _file?.WriteLine($"{now.ToString(TimeFormat, CultureInfo.InvariantCulture)}  {text}");
        }
        catch (IOException error)
        {
            _file = null; // a full disk costs the log, not the command
            _session!.Terminal.Error.WriteLine(Tint.Warning, $"The log is not written any more: {error.Message}");
        }
    }
}
