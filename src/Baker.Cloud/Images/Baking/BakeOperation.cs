using Amazon.Runtime;
using Baker.Cloud.Changes;
using Baker.Cloud.Images.Steps;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Baking;

/// <summary>The bake of one group's image.</summary>
/// <param name="places">How many bakes of the run there may be at the same time.</param>
internal sealed class BakeOperation(Bake bake, SemaphoreSlim places) : Operation<BakeStep>
{
    /// <summary>How long it may take to mark what is kept.</summary>
    private static readonly TimeSpan s_keepBound = TimeSpan.FromSeconds(25);

    /// <summary>The bake, or its trial, whose instance is kept.</summary>
    private Bake? _kept;

    private BakeWork? _last;

    public override string Subject => bake.Group.Label;

    public override bool IsOver => bake.EndedAs is not null;

    /// <summary>When it had its place, and began.</summary>
    public long Began { get; private set; } = bake.Run.Time.GetTimestamp();

    private BakeOptions Options => bake.Run.Options;

    public override async Task<IHold> TakeAsync(CancellationToken stop)
    {
        var place = await BakePlace.TakeAsync(places, bake.Run.Region(bake.Region.Name), stop).ConfigureAwait(false);
        Began = bake.Run.Time.GetTimestamp();
        return place;
    }

    /// <summary>All that a bake may come to; which of them apply shows as it goes.</summary>
    public static IReadOnlyList<BakeStep> StepsOf(Bake bake) =>
    [
        .. new BakeWork[]
        {
            new ResolveSource(),
            new SkipUnchanged(),
            new ImportKey(),
            new OpenPort(),
            new Launch(),
            new WaitRunning(),
            new WaitAgent(bake.Run.Options.AgentTimeout),
            new LogIn(),
            new Provision(),
            new LogOut(),
            new Stop(),
            new CreateImage(),
            new WaitAvailable(),
            new OnTrial(new Launch()),
            new OnTrial(new WaitRunning()),
            new OnTrial(new WaitAgent(bake.Run.Options.AgentTimeout)),
            new OnTrial(new LogIn()),
            new OnTrial(new Provision()),
            new Approve(),
            new Publish(),
            new Release(),
            new OnTrial(new Terminate()),
            new Terminate(),
            new Record(),
        }.Select(work => new BakeStep(work, bake)),
    ];

    public override Task<IReadOnlyList<BakeStep>> PlanAsync(CancellationToken stop) => Task.FromResult(StepsOf(bake));

    public override BakeStep? Now(BakeStep step) => step.Work.Applies(bake) ? step : null;

    public override TimeSpan? Expected(BakeStep step)
    {
        var (work, about) = Inner(step);
        var isOver = work is Terminate && about.InstanceIsGone;
        var key = step.Work is Provision ? $"{bake.Region.Name}/provision/{Subject}" : $"{bake.Region.Name}/{TimedAs(work)}";
        return isOver ? null : bake.Run.Cloud.Timings.Expected(key)?.Ready;
    }

    public override async Task DoAsync(BakeStep step, CancellationToken stop)
    {
        var began = bake.Run.Time.GetTimestamp();
        _last = step.Work;
        await step.Work.RunAsync(bake, stop).ConfigureAwait(false);
        bake.Seconds = bake.Seconds.SetItem(step.Key, bake.Run.Time.GetElapsedTime(began).TotalSeconds);
        if (bake.ImageIsComplete && bake.Group.Environment is { } environment && step.Work is SkipUnchanged)
        {
            await bake.Run.Region(bake.Region.Name).AddEnvironmentAsync(bake, environment, stop).ConfigureAwait(false);
        }

        if (bake.EndedAs == BakeOutcome.UpToDate && !BuildRecord.Names(Options.BuildsFolder, bake.Group.Label, bake.ImageId!))
        {
            await new Record().RunAsync(bake, stop).ConfigureAwait(false); // its run died just before this
        }
    }

    /// <summary>
    /// Settles what becomes of a rejected image, and takes an instance out of what a later run would count as left by a dead one.
    /// </summary>
    public override async Task<IReadOnlyList<Leftover>> KeepAsync(Exception failure)
    {
        if (failure is OperationCanceledException)
        {
            return [];
        }

        using var bound = new CancellationTokenSource(s_keepBound, bake.Run.Time);
        var left = new List<Leftover>();
        var isTried = _last is OnTrial or Approve && bake.Verification is null;
        if (isTried)
        {
            try
            {
                left.AddRange(await Rejection.OfAsync(
                    bake,
                    isJudged: failure is BakerException && _last is OnTrial { Work: not Launch },
                    bound.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (CloudFailure.IsOutside(error))
            {
                bake.Note($"what becomes of image {bake.ImageId} could not be settled ({error.Message}); the next run does it");
            }
        }

        var retries = bake.Retries && _last is Provision && failure is BakerException && CanRetry();
        _kept = !Options.KeepOnError && !retries ? null : isTried ? bake.Trial : bake;
        if (_kept?.InstanceId is not { } instance)
        {
            _kept = null;
            return left;
        }

        _kept.LetGo(instance);
        try
        {
            foreach (var id in bake.TemporaryGroups.Values)
            {
                bake.LetGo(id);
                await KeptInstance.MarkAsync(bake.Region, id, bound.Token).ConfigureAwait(false);
            }

            await KeptInstance.MarkAsync(
                bake.Region,
                instance,
                bound.Token,
                retries ? Fingerprint.OfStart(bake.Input, bake.Source!.ImageId) : null).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            bake.Note($"instance {instance} could not be marked as kept ({error.Message}); the next run will terminate it");
        }

        var kept = KeptInstance.Describe(instance, bake.Run.Cloud.Suggested, retries ? bake.Group.Name : null);
        return [.. left, kept, .. BakeEnd.KeptAccessOf(bake)];
    }

    private bool CanRetry()
    {
        if (bake.Group.Communicator == CommunicatorKind.Ssm)
        {
            return true;
        }

        bake.Note("it is reached over SSH with a key of this run alone, so no other run could go on with its instance: it is removed");
        return false;
    }

    public override Task CleanUpAsync(BakeStep step, CancellationToken stop)
    {
        var (work, about) = Inner(step);
        var stays = _kept is not null && (work is OpenPort || (work is Launch or Terminate && about == _kept));
        return stays ? Task.CompletedTask : step.Work.CleanUpAsync(bake, stop);
    }

    public override IEnumerable<Leftover> LeftBy(BakeStep step) => BakeEnd.LeftBy(bake, step.Work);

    /// <summary>The step, and whose instance it is about.</summary>
    private (BakeWork Work, Bake About) Inner(BakeStep step) => step.Work is OnTrial trial ? (trial.Work, bake.Trial) : (step.Work, bake);

    private static string TimedAs(BakeWork work) => work switch
    {
        WaitRunning => "running",
        Stop => "stopped",
        Terminate => "terminated",
        _ => work.Name,
    };
}
