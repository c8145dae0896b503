using System.Collections.Immutable;
using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Changes;
using Baker.Core;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Changes;

/// <summary>
/// Prints the steps of changes, or carries them out: the same list either way, as numbered lines or as JSON, a line for each
/// thing that happens and one for all at the end. What is carried out is also written to a log, and shown while it is under way.
/// </summary>
internal sealed class ChangeCommand : IChangeWatcher, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Session _session;
    private readonly bool _isDryRun;
    private readonly bool _isJson;
    private readonly Lazy<ChangeLog> _log;
    private readonly EventLines _events;
    private readonly string _logPath;
    private readonly PartLine _output = new();
    private readonly List<ChangeRow> _rows = [];
    private readonly CancellationTokenRegistration _asked;
    private readonly JArray _steps = [];
    private readonly JArray _left = [];
    private IChangeGate? _way;
    private bool _logIsMissed;
    private bool _logIsNamed;
    private int _planned;
    private Action? _begun;

    /// <param name="log">What the log is called.</param>
    /// <param name="gate">What is asked before the first step; null where nothing may keep the change from beginning.</param>
    public ChangeCommand(Session session, NodeProject project, string log, bool isDryRun, bool isJson, IChangeGate? gate)
    {
        (_session, _isDryRun, _isJson, _way) = (session, isDryRun, isJson, gate);
        _events = new(session, isJson && !isDryRun);
        _logPath = Path.GetRelativePath(session.WorkingFolder, Path.Combine(LocalCloudSetup.LogFolder(project), $"{log}.log"));
        _log = new(() => ChangeLog.Open(LocalCloudSetup.LogFolder(project), log));
        _asked = session.Asked.Register(OnAsked);
    }

    /// <summary>How long steps took before; null where nothing is known of that.</summary>
    public EarlierChanges? Earlier { get; set; }

    /// <summary>What a person can do after an interrupt: words that end a sentence.</summary>
    public string Ways { get; set; } = "the same command goes on from there";

    /// <summary>Called when the first step begins that is done and not only shown.</summary>
    public Action? Begun
    {
        set => _begun = value;
    }

    /// <summary>How many steps there were so far.</summary>
    public int Count { get; private set; }

    /// <summary>The steps that have ended so far, how, and after how many seconds.</summary>
    public ImmutableArray<(string Text, string Result, double Seconds)> Told
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _steps.Where(step => step["result"] is not null)
                        .Select(step => ((string)step["text"]!, (string)step["result"]!, (double)step["seconds"]!)),
                ];
            }
        }
    }

    /// <summary>Whether the steps are done, and not only shown.</summary>
    public bool IsDone => !_isDryRun;

    /// <summary>Asks whether the change may begin; the first operation does, where nobody has before.</summary>
    public async Task PassAsync()
    {
        if (_way is { } gate)
        {
            await gate.PassAsync(Say, _isDryRun).ConfigureAwait(false);
            _way = null;
        }
    }

    /// <summary>Prints the steps, or does them.</summary>
    public async Task ApplyAsync<TStep>(Operation<TStep> operation)
        where TStep : ChangeStep
    {
        await PassAsync().ConfigureAwait(false);
        var end = _isDryRun
            ? await ShowAsync(operation).ConfigureAwait(false)
            : await new ChangeEngine(this, _session.Time).RunAsync(operation, _session.Stop).ConfigureAwait(false);
        Tell(end.Leftovers);
        if (end.Failure is { } failure)
        {
            var why = failure is OperationCanceledException ? null : CloudFailure.Explain(failure)?.Message ?? failure.Message;
            EndLog(why is null ? "The change was interrupted" : $"The change failed: {why}");
            if (_isJson)
            {
                Print(why ?? "interrupted", result: null);
            }
        }

        end.ThrowIfFailed();
    }

    /// <summary>Prints what has come of it, unless nothing was to be done in earnest.</summary>
    /// <param name="words">For people; may be several lines.</param>
    /// <param name="result">For programs.</param>
    public ExitCode End(ExitCode code, string words, JObject? result = null)
    {
        EndLog(code == ExitCode.Done ? "The change is done" : "The change failed in a part");
        if (_isJson)
        {
            Print(failure: null, _isDryRun ? null : result);
        }
        else if (words.Length > 0 && (!_isDryRun || Count == 0))
        {
            _session.Terminal.Out.WriteLine(_session.Masks.In(words));
        }

        return !_isDryRun ? code : Count > 0 ? ExitCode.Changes : ExitCode.Done;
    }

    public void Say(string line) => Note("", line);

    /// <summary>Says how a change stands that a person has stopped: where nothing has begun, nothing goes on.</summary>
    public void Stopped(string words)
    {
        if (Count > 0)
        {
            Say(words);
        }
    }

    public void Planned(string subject, int steps)
    {
        lock (_gate)
        {
            _planned = Count + steps;
        }
    }

    public void StepBegan(string subject, ChangeStep step, TimeSpan? expected)
    {
        Interlocked.Exchange(ref _begun, null)?.Invoke();
        lock (_gate)
        {
            Count++;
            _log.Value.Step(_session.Time.GetUtcNow(), step.Text);
            _session.Display.Say(StepLine.Of(Count, step.Text));
            var row = new ChangeRow(_session.Time, subject, step, Count, () => _planned, () => expected ?? Earlier?.Of(step));
            _rows.Add(row);
            _session.Display.Show(row.Key, row);
        }

        _events.Began(subject, step);
    }

    /// <summary>Shows what a step of the subject sees while it waits.</summary>
    public void Take(string subject, ChangeProgress progress)
    {
        lock (_gate)
        {
            var row = _rows.Find(each => each.Subject == subject)
                ?? _rows.Find(each => each.Step.Text.Contains(subject, StringComparison.Ordinal))
                ?? _rows.LastOrDefault();
            row?.Take(progress);
        }
    }

    public void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        lock (_gate)
        {
            _steps.Add(StepLine.Json(subject, step, took, failure));
            foreach (var row in _rows.FindAll(row => ReferenceEquals(row.Step, step)))
            {
                _rows.Remove(row);
                _session.Display.Remove(row.Key);
            }
        }

        _events.Ended(subject, step, took, failure);
    }

    public void Output(string subject, string text)
    {
        lock (_gate)
        {
            text = _session.Masks.In(text);
            _log.Value.Write(text);
            if (!_session.Terminal.IsInteractive)
            {
                _session.Display.Write(text);
                return;
            }

            foreach (var line in _output.Add(text))
            {
                _session.Display.Say(line);
            }
        }
    }

    public void Note(string subject, string text)
    {
        lock (_gate)
        {
            text = _session.Masks.In(text);
            if (!_isDryRun)
            {
                _log.Value.Write(text + "\n");
            }

            _session.Display.Say(text);
            if (!_logIsMissed && _log is { IsValueCreated: true, Value.Problem: { } problem })
            {
                _logIsMissed = true;
                _session.Display.Say($"the log could not be kept: {problem}");
            }
        }
    }

    public void Dispose()
    {
        _asked.Dispose();
        lock (_gate)
        {
            foreach (var row in _rows)
            {
                _session.Display.Remove(row.Key);
            }

            _rows.Clear();
            if (_output.End() is { Length: > 0 } rest)
            {
                _session.Display.Say(rest);
            }
        }

        if (_log.IsValueCreated)
        {
            _log.Value.Dispose();
        }
    }

    /// <summary>Answers a person who asks to stop, before anything has stopped.</summary>
    private void OnAsked()
    {
        lock (_gate)
        {
            if (_isDryRun || _rows is not [var row, ..])
            {
                Say(_isDryRun || Count == 0
                    ? "Stopping before anything is done."
                    : $"Stopping: {Steps(Count)} done and stay{(Count == 1 ? "s" : "")}; {Ways}. Ctrl-C again ends at once.");
                return;
            }

            var done = Count - _rows.Count;
            Say($"Stopping in {row.Place}: {(done == 0 ? "" : $"{Steps(done)} done and stay{(done == 1 ? "s" : "")}; ")}{Ways}. "
                + "Ctrl-C again ends at once.");
        }
    }

    private static string Steps(int number) => number == 1 ? "1 step is" : $"{number} steps are";

    /// <summary>Writes how the change ended, and names the log, once.</summary>
    private void EndLog(string words)
    {
        if (_isDryRun || Count == 0)
        {
            return;
        }

        _log.Value.Step(_session.Time.GetUtcNow(), _session.Masks.In(words.Split('\n')[0]));
        if (!_logIsNamed && _log.Value.Problem is null)
        {
            _logIsNamed = true;
            _session.Display.Say($"log: {_logPath}");
        }
    }

    private void Tell(ImmutableArray<Leftover> leftovers)
    {
        if (!leftovers.IsEmpty)
        {
            Say("STILL THERE, and what removes it:");
            foreach (var left in leftovers)
            {
                _left.Add(new JObject { ["what"] = left.What, ["command"] = left.Command });
                Say($"  {left.What}\n      {left.Command}");
            }
        }
    }

    private async Task<ChangeEnd> ShowAsync<TStep>(Operation<TStep> operation)
        where TStep : ChangeStep
    {
        IReadOnlyList<TStep> steps;
        try
        {
            steps = await operation.PlanAsync(_session.Stop).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // told as JSON first, then thrown as it is
        catch (Exception error)
        {
            return new ChangeEnd(error, []);
        }
#pragma warning restore CA1031

        foreach (var step in steps)
        {
            _steps.Add(StepLine.Json(operation.Subject, step));
            Count++;
            if (!_isJson)
            {
                _session.Terminal.Out.WriteLine(StepLine.Of(Count, step.Text));
            }
        }

        return new ChangeEnd(null, []);
    }

    private void Print(string? failure, JObject? result) => _events.End(_isDryRun, _steps, failure, _left, result);
}
