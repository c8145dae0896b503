using System.Globalization;
using Baker.Cli.Mistakes;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Core;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Watching;

/// <summary>
/// Runs a command that only shows something again and again: on a terminal what it prints takes the place of what it printed before;
/// elsewhere it comes below it; as JSON an object a line, whenever there is another.
/// </summary>
/// <param name="every">How often a person wants it; null where that is left to the cloud.</param>
/// <param name="run">Runs the command once, in a session whose output is kept.</param>
internal sealed class WatchLoop(Session session, string[] arguments, TimeSpan? every, Func<Session, string[], ExitCode> run)
{
    private static readonly TimeSpan s_local = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_aws = TimeSpan.FromSeconds(10);

    private readonly bool _isJson = ErrorLine.IsWanted(arguments);
    private string? _shown;
    private string? _said;
    private List<string> _drawn = [];

    /// <summary>The cloud may not be asked more often than that.</summary>
    private TimeSpan Pause
    {
        get
        {
            var least = session.Clouds.HasAws ? s_aws : s_local;
            return every is { } asked && asked > least ? asked : least;
        }
    }

    public async Task<ExitCode> RunAsync()
    {
        try
        {
            for (var isFirst = true; ; isFirst = false)
            {
                Show(Look(isFirst), isFirst);
                await Task.Delay(Pause, session.Time, session.Stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            return ExitCode.Done; // a person has seen enough
        }
    }

    /// <summary>What it prints now. That the cloud does not answer for a while does not end it, unless it never did.</summary>
    private Frame Look(bool isFirst)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        try
        {
            var kept = session.Terminal.Kept(TextWriter.Synchronized(output), TextWriter.Synchronized(error));
            run(session with { Terminal = kept, Display = new LiveDisplay(kept, session.Time) }, arguments);
            return new Frame(output.ToString(), error.ToString(), null);
        }
        catch (Exception) when (isFirst)
        {
            session.Terminal.Error.Write(error.ToString()); // where in the manifest a mistake is, before what ends the command
            throw;
        }
        catch (Exception failure) when (!session.Stop.IsCancellationRequested && CloudFailure.Explain(failure) is { } why)
        {
            return new Frame("", error.ToString(), session.Masks.In(why.Message));
        }
    }

    private void Show(Frame frame, bool isFirst)
    {
        if (_isJson)
        {
            ShowJson(frame);
        }
        else if (session.Terminal.Redrawing is { } escapes)
        {
            Redraw(frame, escapes);
        }
        else
        {
            Tell(frame);
            session.Terminal.Out.Write((isFirst ? "" : "\n") + frame.Out);
        }

        session.Terminal.Out.Flush();
    }

    private void ShowJson(Frame frame)
    {
        Tell(frame);
        if (frame.Failure is null && Compact(frame.Out) is { } text && text != _shown)
        {
            _shown = text;
            session.Terminal.Out.WriteLine(text);
        }
    }

    /// <summary>Messages, where they are not those of the last look.</summary>
    private void Tell(Frame frame)
    {
        var text = frame.Error + (frame.Failure is { } why ? $"package: {why}\n" : "");
        if (text != _said)
        {
            _said = text;
            session.Terminal.Error.Write(text);
        }
    }

    private void Redraw(Frame frame, TextWriter escapes)
    {
        var (width, room) = (Math.Max(20, session.Terminal.Width), Math.Max(5, session.Terminal.Height - 1));
        var head = $"{TimeOfDay()}  package {string.Join(' ', arguments)}  (every {DurationText.Of(Pause)}, Ctrl-C ends)";
        List<string> lines =
        [
            LiveDisplay.Cut(head, width - 1),
            .. frame.Failure is { } why ? [$"package: {why}", "What was seen before:"] : Array.Empty<string>(),
            .. Lines(frame.Error),
            .. Lines(frame.Failure is null ? _shown = frame.Out : _shown ?? ""),
        ];
        var isWhole = lines.Sum(line => LiveDisplay.Rows(line, width)) <= room;
        var rows = 0;
        var fitting = lines.TakeWhile(line => (rows += LiveDisplay.Rows(line, width)) <= (isWhole ? room : room - 1)).ToList();
        if (!isWhole)
        {
            fitting.Add(LiveDisplay.Cut($"and {lines.Count - fitting.Count} more lines, which need a higher terminal", width - 1));
        }

        escapes.Write(LiveDisplay.ToTheTopOf(_drawn, width));
        foreach (var line in fitting)
        {
            session.Terminal.Out.Write(line + "\n");
        }

        _drawn = fitting;
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');

    private string TimeOfDay() => session.Time.GetUtcNow().UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>As one object in a line: a list is its <c>items</c>.</summary>
    private static string? Compact(string text)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        using var reader = new JsonTextReader(new StringReader(text))
        {
            DateParseHandling = DateParseHandling.None,
            FloatParseHandling = FloatParseHandling.Decimal,
        };
        var token = JToken.ReadFrom(reader);
        return (token is JObject whole ? whole : new JObject { ["items"] = token }).ToString(Formatting.None);
    }

    private sealed record Frame(string Out, string Error, string? Failure);
}
