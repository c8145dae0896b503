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
/// Prints the steps of changes, or carries them out: the same list either way, as numbered lines or as JSON. What is carried out
/// is also written to a log.
/// </summary>
internal sealed class ChangeCommand : IChangeWatcher, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Session _session;
    private readonly bool _isDryRun;
    private readonly bool _isJson;
    private readonly Lazy<ChangeLog> _log;
    private readonly JArray _steps = [];
    private readonly JArray _left = [];
    private IChangeGate? _way;
    private bool _logIsMissed;
    private Action? _begun;

    /// <param name="log">What the log is called.</param>
    /// <param name="gate">What is asked before the first step; null where nothing may keep the change from beginning.</param>
    public ChangeCommand(Session session, NodeProject project, string log, bool isDryRun, bool isJson, IChangeGate? gate)
    {
        (_session, _isDryRun, _isJson, _way) = (session, isDryRun, isJson, gate);
        _log = new(() => ChangeLog.Open(LocalCloudSetup.LogFolder(project), log));
    }

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
        if (end.Failure is { } failure && _isJson)
        {
            Print(
                failure is OperationCanceledException ? "interrupted" : CloudFailure.Explain(failure)?.Message ?? failure.Message,
                result: null);
        }

        end.ThrowIfFailed();
    }

    /// <summary>Prints what has come of it, unless nothing was to be done in earnest.</summary>
    /// <param name="words">For people; may be several lines.</param>
    /// <param name="result">For programs.</param>
    public ExitCode End(ExitCode code, string words, JObject? result = null)
    {
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

    public void StepBegan(string subject, ChangeStep step, TimeSpan? expected)
    {
        Interlocked.Exchange(ref _begun, null)?.Invoke();
        lock (_gate)
        {
            Count++;
            _log.Value.Step(_session.Time.GetUtcNow(), step.Text);
            _session.Terminal.Error.WriteLine(StepLine.Of(Count, step.Text));
        }
    }

    public void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        lock (_gate)
        {
            var told = StepLine.Json(subject, step);
            told["result"] = failure is null ? "done" : failure is OperationCanceledException ? "interrupted" : "failed";
            told["seconds"] = Math.Round(took.TotalSeconds, 2);
            _steps.Add(told);
        }
    }

    public void Output(string subject, string text)
    {
        lock (_gate)
        {
            text = _session.Masks.In(text);
            _log.Value.Write(text);
            _session.Terminal.Error.Write(text);
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

            _session.Terminal.Error.WriteLine(text);
            if (!_logIsMissed && _log is { IsValueCreated: true, Value.Problem: { } problem })
            {
                _logIsMissed = true;
                _session.Terminal.Error.WriteLine($"the log could not be kept: {problem}");
            }
        }
    }

    public void Dispose()
    {
        if (_log.IsValueCreated)
        {
            _log.Value.Dispose();
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

    private void Print(string? failure, JObject? result) => _session.Terminal.Out.WriteLine(_session.Masks.In(new JObject
    {
        ["dry_run"] = _isDryRun,
        ["steps"] = _steps,
        ["failure"] = failure,
        ["leftovers"] = _left,
        ["result"] = result,
    }.Indented()));
}
