using System.Collections.Concurrent;
using System.Text;
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
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(200);
    private readonly Lock _gate = new();
    private readonly Session _session;
    private readonly string _logFolder;
    private readonly int _nameWidth;
    private readonly bool _many;
    private readonly SortedDictionary<string, Row> _rows = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ChangeLog> _logs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StringBuilder> _partLines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MaskedOutput> _masked = new(StringComparer.Ordinal);
    private readonly ITimer? _timer;
    private int _drawn;

    public BakeProgress(Session session, string logFolder, IReadOnlyCollection<string> groups)
    {
        (_session, _logFolder, _many) = (session, logFolder, groups.Count > 1);
        _nameWidth = groups.Count == 0 ? 0 : Math.Min(30, groups.Max(group => group.Length));
        if (session.Terminal.IsInteractive)
        {
            _timer = session.Time.CreateTimer(_ => Redraw(), null, s_redraw, s_redraw);
        }
    }

    private TextWriter Error => _session.Terminal.Error;

    public void StepBegan(string subject, ChangeStep step, TimeSpan? expected)
    {
        Settle(subject);
        Log(subject).Step(_session.Time.GetUtcNow(), step.Key);
        lock (_gate)
        {
            var now = _session.Time.GetTimestamp();
            _rows[subject] = new Row(step.Key, now, expected);
            if (!_session.Terminal.IsInteractive)
            {
                var usual = expected is { TotalSeconds: >= 1 } time ? $" (usually {ElapsedText.Words(time)})" : "";
                Error.WriteLine($"{Name(subject)}  {step.Key}{usual}");
            }
        }
    }

    public void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        // The next step, or the end of the bake, says it.
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
                _partLines[subject] = part = new StringBuilder();
            }

            foreach (var line in Lines(part, text))
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
        var log = Log(result.Group);
        log.Step(_session.Time.GetUtcNow(), _session.Masks.In(result.Failure ?? $"{result.Outcome} {result.ImageId}"));
        log.Dispose();
        lock (_gate)
        {
            _rows.Remove(result.Group);
            Say($"{Name(result.Group)}  {Words(result)}");
            if (log.Problem is { } problem)
            {
                Say($"{Name(result.Group)}  its log could not be kept: {problem}");
            }
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate)
        {
            Erase();
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

    private static IEnumerable<string> Lines(StringBuilder part, string text)
    {
        part.Append(text);
        var all = part.ToString();
        var end = all.LastIndexOf('\n');
        if (end < 0)
        {
            return [];
        }

        part.Clear().Append(all, end + 1, all.Length - end - 1);
        return all[..end].Split('\n').Select(line => line.TrimEnd('\r'));
    }

    private ChangeLog Log(string group) => _logs.GetOrAdd(group, name => ChangeLog.Open(_logFolder, name));

    private string Name(string group) => group.PadRight(_nameWidth);

    /// <summary>Prints a line above the rows.</summary>
    private void Say(string line)
    {
        Erase();
        Error.WriteLine(line);
        Draw();
    }

    private void Redraw()
    {
        lock (_gate)
        {
            Erase();
            Draw();
        }
    }

    private void Erase()
    {
        if (_drawn > 0)
        {
            _session.Terminal.Drawing.Write($"\u001b[{_drawn}A\u001b[J");
            _drawn = 0;
        }
    }

    private void Draw()
    {
        if (!_session.Terminal.IsInteractive || _rows.Count == 0)
        {
            return;
        }

        var now = _session.Time.GetTimestamp();
        var text = new StringBuilder();
        var room = Math.Max(4, _session.Terminal.Height - 3);
        foreach (var (group, row) in _rows.Take(_rows.Count > room ? room - 1 : room))
        {
            var expected = row.Expected is { TotalSeconds: >= 1 } usual ? $" of about {ElapsedText.Words(usual)}" : "";
            var line = $"{Name(group)}  {row.Step,-10} {ElapsedText.Words(_session.Time.GetElapsedTime(row.StepBegan, now)),9}{expected}";
            text.Append(line.Length < _session.Terminal.Width ? line : line[..(_session.Terminal.Width - 1)]).Append('\n');
            _drawn++;
        }

        if (_rows.Count > room)
        {
            text.Append($"and {_rows.Count - room + 1} more\n");
            _drawn++;
        }

        Error.Write(text.ToString());
    }

    private sealed record Row(string Step, long StepBegan, TimeSpan? Expected);
}
