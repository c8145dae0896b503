using System.Collections.Concurrent;
using Baker.Cli.Changes;
using Baker.Cli.Sessions;
using Baker.Cloud.Images;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cli.Baking;

/// <summary>
/// Shows how bakes go: on a terminal a row for each group, redrawn in place below what has been said; elsewhere plain lines.
/// </summary>
internal sealed class BakeProgress : IBakeWatcher, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Session _session;
    private readonly string _logFolder;
    private readonly int _nameWidth;
    private readonly bool _many;
    private readonly Dictionary<string, BakeRow> _rows = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ChangeLog> _logs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PartLine> _partLines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MaskedOutput> _masked = new(StringComparer.Ordinal);
    private readonly EventLines _events;
    private readonly List<string> _finished = [];
    private readonly CancellationTokenRegistration _asked;

    public BakeProgress(Session session, string logFolder, IReadOnlyCollection<string> groups, bool isJson = false)
    {
        _events = new(session, isJson);
        (_session, _logFolder, _many) = (session, logFolder, groups.Count > 1);
        _nameWidth = groups.Count == 0 ? 0 : Math.Min(30, groups.Max(group => group.Length));
        _asked = session.Asked.Register(OnAsked);
    }

    public void StepBegan(string subject, ChangeStep step, TimeSpan? expected)
    {
        _events.Began(subject, step);
        Settle(subject);
        Log(subject).Step(_session.Time.GetUtcNow(), step.Key);
        lock (_gate)
        {
            if (!_session.Terminal.IsInteractive)
            {
                var usual = expected is { TotalSeconds: >= 1 } time ? $" (usually {ElapsedText.Words(time)})" : "";
                Say($"{Name(subject)}  {step.Key}{usual}");
            }

            var row = _rows[subject] = new BakeRow(_session.Time, Name(subject), step.Key, expected);
            _session.Display.Show(Key(subject), row);
        }
    }

    public void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        // For people the next step, or the end of the bake, says it.
        _events.Ended(subject, step, took, failure);
    }

    public void Output(string subject, string text)
    {
        lock (_gate)
        {
            if (!_masked.TryGetValue(subject, out var masked))
            {
                _masked[subject] = masked = new MaskedOutput(_session.Masks);
            }

            Show(subject, masked.Add(text));
        }
    }

    private void Show(string subject, string text)
    {
        if (text.Length > 0)
        {
            Log(subject).Write(text);
            if (!_partLines.TryGetValue(subject, out var part))
            {
                _partLines[subject] = part = new PartLine();
            }

            foreach (var line in part.Add(text))
            {
                Say(_many ? $"{Name(subject)} | {line}" : $"  | {line}");
            }
        }
    }

    /// <summary>Shows what an output has held back, because a secret could have begun there.</summary>
    private void Settle(string subject)
    {
        lock (_gate)
        {
            if (_masked.Remove(subject, out var masked))
            {
                Show(subject, masked.End());
            }
        }
    }

    public void Note(string subject, string text)
    {
        text = _session.Masks.In(text);
        if (subject.Length > 0 && _rows.ContainsKey(subject))
        {
            Log(subject).Write(text + "\n");
        }

        lock (_gate)
        {
            Say(subject.Length == 0 ? text : $"{Name(subject)}  {text}");
        }
    }

    public void Ended(BakeResult result)
    {
        Settle(result.Group);
        _events.Tell("group_ended", BakeReport.Json(result));
        var log = Log(result.Group);
        log.Step(_session.Time.GetUtcNow(), _session.Masks.In(result.Failure ?? $"{result.Outcome} {result.ImageId}"));
        log.Dispose();
        lock (_gate)
        {
            _rows.Remove(result.Group);
            _session.Display.Remove(Key(result.Group));
            Say($"{Name(result.Group)}  {Words(result)}");
            if (result.Code == ExitCode.Done)
            {
                _finished.Add(result.Group);
            }
            else if (result.Outcome == BakeOutcome.Failed && log.Problem is null)
            {
                var path = Path.Combine(_logFolder, $"{result.Group}.log");
                Say($"{Name(result.Group)}  log: {Path.GetRelativePath(_session.WorkingFolder, path)}");
            }

            if (log.Problem is { } problem)
            {
                Say($"{Name(result.Group)}  its log could not be kept: {problem}");
            }
        }
    }

    public void Dispose()
    {
        _asked.Dispose();
        lock (_gate)
        {
            foreach (var subject in _rows.Keys)
            {
                _session.Display.Remove(Key(subject));
            }

            _rows.Clear();
        }

        foreach (var log in _logs.Values)
        {
            log.Dispose();
        }
    }

    internal static string Words(BakeResult result) => result.Outcome switch
    {
        BakeOutcome.Baked => $"baked {result.ImageId} in {ElapsedText.Words(result.Took)}",
        BakeOutcome.Finished => $"finished {result.ImageId} in {ElapsedText.Words(result.Took)}",
        BakeOutcome.Verified => $"verified {result.ImageId} in {ElapsedText.Words(result.Took)}",
        BakeOutcome.UpToDate => $"is up to date: {result.ImageId}",
        BakeOutcome.Interrupted => "interrupted, cleaned up",
        _ => result.Code == ExitCode.TimedOut ? "FAILED (timed out)" : "FAILED",
    };

    private static string Key(string subject) => "bake " + subject;

    /// <summary>Answers a person who asks to stop, before anything has stopped.</summary>
    private void OnAsked()
    {
        lock (_gate)
        {
            var under = _rows.Count == 0 ? "" : $" {Names([.. _rows.Keys.Order(StringComparer.Ordinal)])}: what was made is removed,";
            var stay = _finished.Count == 0 ? "" : $" {Names(_finished)} {(_finished.Count == 1 ? "is" : "are")} done and stay"
                + (_finished.Count == 1 ? "s;" : ";");
            Say($"Stopping{under} within 25 s;{stay} the same command bakes the rest. Ctrl-C again ends at once.");
            foreach (var subject in _rows.Keys.ToList())
            {
                var row = _rows[subject] = new BakeRow(_session.Time, Name(subject), "cleaning up", expected: null);
                _session.Display.Show(Key(subject), row);
            }
        }
    }

    private static string Names(List<string> groups) =>
        groups.Count > 3 ? $"{groups[0]} and {groups.Count - 1} more" : string.Join(", ", groups);

    private ChangeLog Log(string group) => _logs.GetOrAdd(group, name => ChangeLog.Open(_logFolder, name));

    private string Name(string group) => group.PadRight(_nameWidth);

    private void Say(string line) => _session.Display.Say(line);
}
