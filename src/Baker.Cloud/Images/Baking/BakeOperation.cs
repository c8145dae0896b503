using Amazon.Runtime;
using Baker.Cloud.Changes;
using Baker.Cloud.Images.Steps;

namespace Baker.Cloud.Images.Baking;

/// <summary>The bake of one group's image.</summary>
/// <param name="places">How many bakes of the run there may be at the same time.</param>
internal sealed class BakeOperation(Bake bake, SemaphoreSlim places) : Operation<BakeStep>
{
    /// <summary>How long it may take to mark what is kept.</summary>
    private static readonly TimeSpan s_keepBound = TimeSpan.FromSeconds(25);

    private bool _isKept;

    public override string Subject => bake.Group.Name;

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
            new Publish(),
            new Release(),
            new Terminate(),
            new Record(),
        }.Select(work => new BakeStep(work, bake)),
    ];

    public override Task<IReadOnlyList<BakeStep>> PlanAsync(CancellationToken stop) => Task.FromResult(StepsOf(bake));

    public override BakeStep? Now(BakeStep step) => step.Work.Applies(bake) ? step : null;

    public override TimeSpan? Expected(BakeStep step)
    {
        var isOver = step.Work is Terminate && bake.InstanceIsGone;
        var key = step.Work is Provision ? $"{bake.Region.Name}/provision/{Subject}" : $"{bake.Region.Name}/{TimedAs(step.Work)}";
        return isOver ? null : bake.Run.Cloud.Timings.Expected(key)?.Ready;
    }

    public override async Task DoAsync(BakeStep step, CancellationToken stop)
    {
        var began = bake.Run.Time.GetTimestamp();
        await step.Work.RunAsync(bake, stop).ConfigureAwait(false);
        bake.Seconds = bake.Seconds.SetItem(step.Key, bake.Run.Time.GetElapsedTime(began).TotalSeconds);
        if (bake.EndedAs == BakeOutcome.UpToDate && !BuildRecord.Names(Options.BuildsFolder, bake.Group.Name, bake.ImageId!))
        {
            await new Record().RunAsync(bake, stop).ConfigureAwait(false); // its run died just before this
        }
    }

    /// <summary>Takes an instance out of what a later run would count as left by a dead one.</summary>
    public override async Task<IReadOnlyList<Leftover>> KeepAsync(Exception failure)
    {
        if (failure is OperationCanceledException || !Options.KeepOnError || bake.InstanceId is not { } instance)
        {
            return [];
        }

        _isKept = true;
        bake.LetGo(instance);
        try
        {
            using var bound = new CancellationTokenSource(s_keepBound, bake.Run.Time);
            foreach (var id in bake.TemporaryGroups.Values)
            {
                bake.LetGo(id);
                await KeptInstance.MarkAsync(bake.Region, id, bound.Token).ConfigureAwait(false);
            }

            await KeptInstance.MarkAsync(bake.Region, instance, bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            bake.Note($"instance {instance} could not be marked as kept ({error.Message}); the next run will terminate it");
        }

        return [KeptInstance.Describe(instance, bake.Run.Cloud.Suggested), .. BakeEnd.KeptAccessOf(bake)];
    }

    public override Task CleanUpAsync(BakeStep step, CancellationToken stop) =>
        _isKept && (step.Work is Launch or Terminate or OpenPort) ? Task.CompletedTask : step.Work.CleanUpAsync(bake, stop);

    public override IEnumerable<Leftover> LeftBy(BakeStep step) => BakeEnd.LeftBy(bake, step.Work);

    private static string TimedAs(BakeWork work) => work switch
    {
        WaitRunning => "running",
        Stop => "stopped",
        Terminate => "terminated",
        _ => work.Name,
    };
}
