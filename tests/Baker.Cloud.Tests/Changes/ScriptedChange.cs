using Baker.Cloud.Changes;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Changes;

/// <summary>A change that does nothing but note what is asked of it; some keys make a step behave in a special way.</summary>
internal sealed class ScriptedChange : Operation<ScriptedChange.Step>, IHold
{
    private readonly CancellationTokenSource _lost = new();
    private readonly Barrier _meeting = new(3);
    private ScriptedChange.Step[] _plan = [];
    private bool _isOver;

    public List<string> Log { get; } = [];

    public List<string> Done { get; } = [];

    public List<int> Settled { get; } = [];

    public string[] Back { get; set; } = [];

    public bool GoesOn { get; set; }

    public int Together { get; set; } = 1;

    public Action<string>? OnStep { get; set; }

    public BakerException? Refusal { get; set; }

    public Exception CleanUpFailure { get; set; } = new IOException("it does not come off");

    public Exception? CloseFailure { get; set; }

    public BakerException GoneBecause { get; } = new(ExitCode.CloudFailed, "somebody else has it now");

    public bool CleanUpWasCancelled { get; private set; }

    public override string Subject => "www";

    public override bool IsOver => _isOver;

    public CancellationToken Lost => _lost.Token;

    public void Plan(params string[] keys) => _plan = [.. keys.Select(key => new Step(key))];

    public override Task<IHold> TakeAsync(CancellationToken stop)
    {
        Log.Add("take");
        return Refusal is null ? Task.FromResult<IHold>(this) : throw Refusal;
    }

    public override Task<IReadOnlyList<Step>> PlanAsync(CancellationToken stop)
    {
        Log.Add("plan");
        return Task.FromResult<IReadOnlyList<Step>>(_plan);
    }

    public override Step? Now(Step step) => step.Key != "idle" ? step : null;

    public override int AtOnce(Step step) => Together;

    public override Task WriteAsync(Step step, CancellationToken stop)
    {
        Note($"write {step.Key}");
        return Task.CompletedTask;
    }

    public override async Task DoAsync(Step step, CancellationToken stop)
    {
        Note($"do {step.Key}");
        OnStep?.Invoke(step.Key);
        switch (step.Key)
        {
            case "fail":
                throw new InvalidOperationException("it failed");
            case "lose":
                await _lost.CancelAsync();
                stop.ThrowIfCancellationRequested();
                break;
            case "over":
                _isOver = true;
                break;
            case ['m', 'e', 'e', 't', ..]:
                await Task.Run(() => _meeting.SignalAndWait(stop), stop);
                break;
        }

        lock (Log)
        {
            Done.Add(step.Key);
        }
    }

    public override bool GoesOnAfter(Step step, Exception failure) => GoesOn;

    public override Task SettleAsync(IReadOnlyList<Step> stage, CancellationToken stop)
    {
        Settled.Add(stage.Count);
        return Task.CompletedTask;
    }

    public override IReadOnlyList<Step> TakeBack(Exception failure) => [.. Back.Select(key => new Step(key))];

    public override Task<IReadOnlyList<Leftover>> KeepAsync(Exception failure)
    {
        if (failure is not OperationCanceledException)
        {
            Log.Add("keep");
        }

        return base.KeepAsync(failure);
    }

    public override Task CleanUpAsync(Step step, CancellationToken stop)
    {
        Log.Add($"clean {step.Key}");
        CleanUpWasCancelled |= stop.IsCancellationRequested;
        return step.Key == "sticky" ? throw CleanUpFailure : Task.CompletedTask;
    }

    public override IEnumerable<Leftover> LeftBy(Step step) => [new Leftover($"what {step.Key} made", "rm")];

    public override Task CloseAsync(Exception? failure)
    {
        Log.Add("close");
        return CloseFailure is null ? Task.CompletedTask : throw CloseFailure;
    }

    public Task HoldAsync(bool waiting, CancellationToken stop)
    {
        Note("hold");
        return _lost.IsCancellationRequested ? throw GoneBecause : Task.CompletedTask;
    }

    public BakerException Gone() => GoneBecause;

    public Task FarewellAsync(CancellationToken stop)
    {
        Log.Add("farewell");
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _lost.Dispose();
        _meeting.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Note(string text)
    {
        lock (Log)
        {
            Log.Add(text);
        }
    }

    internal sealed record Step(string Name) : ChangeStep
    {
        public override string Key => Name;

        public override string Text => $"do {Name}";
    }
}
