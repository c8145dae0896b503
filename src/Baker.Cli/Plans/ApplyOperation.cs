using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Baker.Cli.Sessions;
using Baker.Cloud.Changes;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Planning;
using Baker.Core.Resources;
using Baker.Core.Staleness;

namespace Baker.Cli.Plans;

/// <summary>
/// Ends what is stale: files, images, what is around the fleets, and fleets wave after wave, under the environment's lock. How far it
/// has come is written down, so that a saved plan is known for its own work when it goes on after a kill.
/// </summary>
/// <param name="saved">The plan to go by, and the file that it is in; null: whatever is stale.</param>
/// <param name="parallel">How many fleets at once.</param>
/// <param name="mostFailures">How many fleets may fail before no other is begun.</param>
internal sealed class ApplyOperation(
    Session session,
    PlanReading reading,
    string run,
    (SavedPlan Plan, string File)? saved,
    int parallel,
    int mostFailures,
    bool breakLock) : Operation<ApplyStep>
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Exception> _failed = new(StringComparer.Ordinal);
    private readonly List<string> _notBegun = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<TimeSpan> _took = [];
    private readonly List<WaveTime> _waves = [];
    private WholePlan? _plan;
    private ApplyRecord _record = new("", run, Operator.OfThisProcess().Name, "", 0, "");
    private Task _written = Task.CompletedTask;
    private long _began;
    private bool _isDone;

    public override string Subject => reading.Home.Scope.Environment?.ToString() ?? "";

    /// <summary>How long each wave of fleets took, and the slowest fleet of it.</summary>
    public IReadOnlyList<WaveTime> Waves => _waves;

    /// <summary>What is a person's to do; known once it is planned.</summary>
    public IEnumerable<StaleItem> Left => _plan?.Saved.Items.Where(item => !item.IsApplied) ?? [];

    /// <summary>Where nothing is stale, nothing is written.</summary>
    public override async Task<IHold> TakeAsync(CancellationToken stop)
    {
        var steps = await PlanAsync(stop).ConfigureAwait(false);
        _isDone = steps.Count == 0
            && await new ApplyStore(reading.Home).ReadAsync(stop).ConfigureAwait(false) is null
            && !await FleetLock.IsThereAsync(reading.Home, default, stop).ConfigureAwait(false);
        return _isDone ? IHold.None : await FleetLock.TakeAsync(
            reading.Home,
            default,
            run,
            "apply",
            interrupts: false,
            breakLock,
            stop).ConfigureAwait(false);
    }

    /// <exception cref="BakerException">What the saved plan rests on has moved; all that has is told.</exception>
    public override async Task<IReadOnlyList<ApplyStep>> PlanAsync(CancellationToken stop)
    {
        if (_isDone)
        {
            return [];
        }

        _plan = await reading.ReadAsync().ConfigureAwait(false);
        var earlier = await new ApplyStore(reading.Home).ReadAsync(stop).ConfigureAwait(false);
        if (saved is var (plan, file) && !_plan.Steps.IsEmpty)
        {
            Check(plan, file, earlier?.Plan == plan.Id ? earlier.Reached : 0);
        }

        // What an earlier run of the same plan has begun is no less its own.
        var isSame = saved is not null && earlier?.Plan == saved.Value.Plan.Id;
        _record = _record with
        {
            Plan = saved?.Plan.Id ?? "",
            Reached = isSame ? earlier!.Reached : 0,
            Since = TimeText.Of(reading.Home.Clock.UtcNow),
        };
        _places.Clear();
        foreach (var (place, item) in (saved?.Plan ?? _plan.Saved).Items.Index())
        {
            _places[item.Id] = place + 1;
        }

        return _plan.Steps;
    }

    public override int AtOnce(ApplyStep step) => step is not ApplyStep.Around(var inner, _) ? 1
        : inner.OfWave is not null ? parallel
        : Plan.Operation.AtOnce(inner);

    public override bool IsBeside(ApplyStep step, ApplyStep other) =>
        step is ApplyStep.Around(var inner, _) && other is ApplyStep.Around(var beside, _) && Plan.Operation.IsBeside(inner, beside);

    /// <summary>Once too many fleets have failed nothing more is begun, and never what comes after one that has.</summary>
    public override ApplyStep? Now(ApplyStep step)
    {
        var blocking = step is ApplyStep.Around(_, { Group: { } group }) ? Blocking(group) : null;
        if (_failed.Count <= mostFailures && blocking is null)
        {
            return step;
        }

        lock (_gate)
        {
            _notBegun.Add(blocking is null ? step.Text : $"{step.Text} ({blocking} failed)");
        }

        return null;
    }

    /// <summary>One after the other, though steps begin side by side: the last that is written has come the furthest.</summary>
    public override Task WriteAsync(ApplyStep step, CancellationToken stop)
    {
        lock (_gate)
        {
            _began = _began == 0 ? session.Time.GetTimestamp() : _began;
            var reached = step.Items.Select(item => _places.GetValueOrDefault(item.Id)).DefaultIfEmpty(0).Max();
            _record = _record with { Reached = Math.Max(_record.Reached, reached), Step = step.Text };
            return _written = WriteAfterAsync(_written, _record, stop);
        }
    }

    public override async Task DoAsync(ApplyStep step, CancellationToken stop)
    {
        var began = session.Time.GetTimestamp();
        switch (step)
        {
            case ApplyStep.Compile:
                reading.Files.Write();
                break;
            case ApplyStep.Bake bake:
                await reading.Fleets!.BakeAsync(bake.Groups, stop).ConfigureAwait(false);
                reading.LookAgain();
                break;
            case ApplyStep.Around(var inner, _):
                try
                {
                    await Plan.Operation.DoAsync(inner, stop).ConfigureAwait(false);
                }
                finally
                {
                    _took.Add(session.Time.GetElapsedTime(began));
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <summary>Fleets that are under way are finished, whatever became of another.</summary>
    public override bool GoesOnAfter(ApplyStep step, Exception failure)
    {
        var isOfWave = step is ApplyStep.Around({ OfWave: not null }, _) && failure is not OperationCanceledException;
        if (isOfWave)
        {
            _failed[((ApplyStep.Around)step).Item.Group!] = failure;
        }

        return isOfWave;
    }

    public override async Task SettleAsync(IReadOnlyList<ApplyStep> stage, CancellationToken stop)
    {
        var around = stage.OfType<ApplyStep.Around>().Where(step => step.Item.Group is not { } group || Blocking(group) is null).ToList();
        if (around.Count > 0 && _failed.Count <= mostFailures)
        {
            await Plan.Operation.SettleAsync([.. around.Select(step => step.Step)], stop).ConfigureAwait(false);
        }

        if (stage[0] is ApplyStep.Around({ OfWave: { } wave }, _) && !_took.IsEmpty)
        {
            _waves.Add(new WaveTime(wave + 1, _took.Count, _took.Max(), session.Time.GetElapsedTime(_began)));
        }

        _took.Clear();
        _began = 0;
        var failed = _failed.OrderBy(each => each.Key, StringComparer.Ordinal).ToList();
        if (failed.Count > 0 && ReferenceEquals(stage[stage.Count - 1], Plan.Steps[^1]))
        {
            foreach (var (group, failure) in failed.Skip(1))
            {
                reading.Home.Say($"{group}: {failure.Message}");
            }

            foreach (var text in _notBegun)
            {
                reading.Home.Say($"not begun: {text}");
            }

            ExceptionDispatchInfo.Throw(failed[0].Value);
        }
    }

    public override async Task CloseAsync(Exception? failure)
    {
        if (failure is null && !_isDone)
        {
            await new ApplyStore(reading.Home).RemoveAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task WriteAfterAsync(Task before, ApplyRecord record, CancellationToken stop)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await new ApplyStore(reading.Home).WriteAsync(record, stop).ConfigureAwait(false);
    }

    private WholePlan Plan => _plan ?? throw new InvalidOperationException("It has not been planned.");

    /// <summary>The group that has failed and that another comes after, or that it is; null where there is none.</summary>
    private string? Blocking(string group) => _failed.IsEmpty ? null : Blocking(group, new HashSet<string>(StringComparer.Ordinal));

    private string? Blocking(string group, HashSet<string> met) => _failed.ContainsKey(group) ? group
        : !met.Add(group) ? null
        : (Plan.Wanted.FirstOrDefault(each => each.Group == group)?.After ?? [])
            .Select(before => Blocking(before, met))
            .FirstOrDefault(found => found is not null);

    private void Check(SavedPlan plan, string file, int reached)
    {
        var begun = plan.Items.Take(reached).ToList();
        var groups = begun.Select(item => item.Group).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var ids = plan.Items.Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        var facts = begun.Select(item => PlanFacts.Key("", PlanFacts.Resource, item.Id)).ToHashSet(StringComparer.Ordinal);
        var moved = PlanFacts.Moves(plan.RestsOn, Plan.Saved.RestsOn, IsOurs)
            .Concat(Plan.Saved.Items
                .Where(item => item.IsApplied && !ids.Contains(item.Id) && !groups.Contains(item.Group ?? "/"))
                .Select(item => $"{item.Subject} is stale, too: {item.Why}"))
            .ToList();
        if (moved.Count == 0)
        {
            return;
        }

        const int Told = 20;
        var more = moved.Count > Told ? FormattableString.Invariant($"\n  - and {moved.Count - Told} more") : "";
        throw new BakerException(
            ExitCode.BadInput,
            $"{file} does not hold any more; since it was made by {plan.By} at {plan.Made}:"
                + string.Concat(moved.Take(Told).Select(each => $"\n  - {each}")) + more,
            $"Nothing was changed. Look at what is stale now, and keep that: package plan --out {file}");

        bool IsOurs(string fact) => groups.Contains(PlanFacts.GroupOf(fact))
            || facts.Contains(fact)
            || (reached > 0 && fact == PlanFacts.Key("", PlanFacts.Apply));
    }

    /// <summary>One wave of fleets.</summary>
    /// <param name="Slowest">The time of its slowest fleet.</param>
    /// <param name="Took">From the beginning of the first to the end of the last.</param>
    internal sealed record WaveTime(int Wave, int Fleets, TimeSpan Slowest, TimeSpan Took);
}
