using System.Collections.Immutable;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Images.Steps;
using Baker.Cloud.Runs;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Baking;

/// <summary>Where images are baked: takes groups through the steps, many at once, and leaves nothing behind.</summary>
public sealed class ImageBakery(CloudSession cloud, BakeOptions options, IBakeWatcher watcher)
{
    /// <summary>How long clean-up may take once a person has asked to stop.</summary>
    private static readonly TimeSpan s_cleanUpBound = TimeSpan.FromSeconds(25);

    /// <summary>How long it may take where nobody has: longer than the slowest instance needs to be gone.</summary>
    private static readonly TimeSpan s_patientBound = TimeSpan.FromHours(1);

    /// <summary>The steps that a bake would take, by name and in words; looks at the cloud, and changes nothing.</summary>
    /// <returns>For each group its steps, or none where its image is up to date; and what is done with what dead runs left.</returns>
    public async Task<(IReadOnlyList<(string Group, IReadOnlyList<(string Name, string Text)> Steps)> Groups, IReadOnlyList<Salvage> Salvage)> PlanAsync(IReadOnlyList<BakeInput> inputs, CancellationToken stop)
    {
        var run = Begin(inputs);
        var plans = new List<(string, IReadOnlyList<(string, string)>)>();
        foreach (var bake in inputs.Select(input => new Bake(run, input, cloud.Region(input.Group.Region))))
        {
            var steps = Steps();
            foreach (var step in steps.Where(step => step.OnlyLooks))
            {
                await step.RunAsync(bake, stop).ConfigureAwait(false);
            }

            plans.Add((bake.Group.Name, bake.EndedAs is not null ? [] : [.. steps.Where(step => !step.OnlyLooks && step.Applies(bake)).Select(step => (step.Name, step.Describe(bake)))]));
        }

        return (plans, await SalvageAsync(run, ImmutableHashSet<string>.Empty, stop).ConfigureAwait(false));
    }

    /// <summary>What <see cref="RecoverAsync"/> would do.</summary>
    public Task<IReadOnlyList<Salvage>> PlanRecoveryAsync(IEnumerable<string> regions, IReadOnlySet<string> groups, CancellationToken stop) =>
        SalvageAsync(BeginRecovery(regions), groups, stop);

    /// <summary>For each group the image it starts from, its fingerprint, and where there is one, the finished image that carries it.</summary>
    public async Task<IReadOnlyList<Comparison>> CompareAsync(IReadOnlyList<BakeInput> inputs, CancellationToken stop)
    {
        var run = Begin(inputs);
        var comparisons = new List<Comparison>();
        foreach (var bake in inputs.Select(input => new Bake(run, input, cloud.Region(input.Group.Region))))
        {
            await new ResolveSource().RunAsync(bake, stop).ConfigureAwait(false);
            await new SkipUnchanged().RunAsync(bake, stop).ConfigureAwait(false);
            comparisons.Add(new Comparison(bake.Input, bake.Source!.ImageId, bake.Fingerprint, bake.EndedAs is null ? null : bake.ImageId));
        }

        return comparisons;
    }

    public async Task<IReadOnlyList<BakeResult>> BakeAsync(IReadOnlyList<BakeInput> inputs, CancellationToken stop)
    {
        var run = Begin(inputs);
        using var ended = new CancellationTokenSource();
        var renewing = RenewLeasesAsync(run, ended.Token);
        var reaping = Task.WhenAll(run.Regions.Select(region => ReapAsync(region, stop)));
        using var places = new SemaphoreSlim(options.Parallel);
        var results = await Task.WhenAll(inputs.Select(input => BakeOneAsync(run, input, places, stop))).ConfigureAwait(false);
        await reaping.ConfigureAwait(false);
        if (!stop.IsCancellationRequested)
        {
            await Task.WhenAll(run.Regions.Select(region => SettleAsync(region, stop))).ConfigureAwait(false);
        }

        await ended.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return results;
    }

    /// <summary>Finishes or removes what dead runs left in a region, without baking, and ends the instances that failed bakes kept.</summary>
    /// <param name="groups">The groups whose kept instances go.</param>
    public async Task<int> RecoverAsync(IEnumerable<string> regions, IReadOnlySet<string> groups, CancellationToken stop)
    {
        var run = BeginRecovery(regions);
        var count = 0;
        foreach (var region in run.Regions)
        {
            count += await region.Recovery.ReapAsync(stop).ConfigureAwait(false);
            count += await region.Recovery.EndKeptAsync(groups, stop).ConfigureAwait(false);
            count += await region.Recovery.SettleAsync(stop).ConfigureAwait(false);
            count += await region.Recovery.CloseAsync(groups, stop).ConfigureAwait(false);
        }

        return count;
    }

    private static async Task<IReadOnlyList<Salvage>> SalvageAsync(BakeRun run, IReadOnlySet<string> groups, CancellationToken stop)
    {
        var plan = new List<Salvage>();
        foreach (var region in run.Regions)
        {
            plan.AddRange(await region.Recovery.PlanAsync(groups, stop).ConfigureAwait(false));
        }

        return plan;
    }

    private BakeRun BeginRecovery(IEnumerable<string> regions)
    {
        var run = Begin([]);
        foreach (var region in regions)
        {
            run.Region(region);
        }

        return run;
    }

    private BakeRun Begin(IReadOnlyList<BakeInput> inputs)
    {
        var run = new BakeRun(cloud, options, watcher, [.. inputs.Select(input => input.Group.Name)]);
        foreach (var name in inputs.Select(input => input.Group.Region).Distinct(StringComparer.Ordinal))
        {
            run.Region(name);
        }

        return run;
    }

    private List<BakeStep> Steps() =>
    [
        new ResolveSource(),
        new SkipUnchanged(),
        new ImportKey(),
        new OpenPort(),
        new Launch(),
        new WaitRunning(),
        new WaitAgent(options.AgentTimeout),
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
    ];

    private async Task<BakeResult> BakeOneAsync(BakeRun run, BakeInput input, SemaphoreSlim places, CancellationToken stop)
    {
        var began = run.Time.GetTimestamp();
        var bake = new Bake(run, input, cloud.Region(input.Group.Region));
        var begun = new Stack<BakeStep>();
        Exception? failure = null;
        var entered = false;
        try
        {
            await places.WaitAsync(stop).ConfigureAwait(false);
            entered = true;
            run.Region(bake.Region.Name).Enter();
            began = run.Time.GetTimestamp();
            foreach (var step in Steps().Where(step => step.Applies(bake)))
            {
                begun.Push(step);
                await StepAsync(bake, step, stop).ConfigureAwait(false);
                if (bake.EndedAs is not null)
                {
                    break;
                }
            }

            if (bake.EndedAs == BakeOutcome.UpToDate && !BuildRecord.Names(options.BuildsFolder, bake.Group.Name, bake.ImageId!))
            {
                await new Record().RunAsync(bake, stop).ConfigureAwait(false); // its run died just before this
            }
        }
#pragma warning disable CA1031 // whatever ends one bake must not end the others; it is told in the result
        catch (Exception error)
        {
            failure = error;
        }
#pragma warning restore CA1031

        var leftovers = await CleanUpAsync(bake, begun, failure, stop).ConfigureAwait(false);
        if (entered)
        {
            run.Region(bake.Region.Name).Leave();
            places.Release();
        }

        var result = BakeEnd.Of(bake, failure, leftovers, run.Time.GetElapsedTime(began), stop);
        watcher.Ended(result);
        return result;
    }

    private static async Task StepAsync(Bake bake, BakeStep step, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var key = step is Provision ? $"{bake.Region.Name}/provision/{bake.Group.Name}" : $"{bake.Region.Name}/{KeyOf(step)}";
        var isOver = step is Terminate && bake.InstanceIsGone;
        bake.Run.Watcher.StepBegan(bake.Group.Name, step.Name, isOver ? null : bake.Run.Cloud.Timings.Expected(key)?.Ready);
        var began = bake.Run.Time.GetTimestamp();
        await step.RunAsync(bake, stop).ConfigureAwait(false);
        bake.Seconds = bake.Seconds.SetItem(step.Name, bake.Run.Time.GetElapsedTime(began).TotalSeconds);
    }

    private static string KeyOf(BakeStep step) => step switch
    {
        WaitRunning => "running",
        Stop => "stopped",
        Terminate => "terminated",
        _ => step.Name,
    };

    private async Task<ImmutableArray<Leftover>> CleanUpAsync(Bake bake, Stack<BakeStep> begun, Exception? failure, CancellationToken stop)
    {
        var leftovers = ImmutableArray.CreateBuilder<Leftover>();
        var kept = failure is not (null or OperationCanceledException) && options.KeepOnError ? bake.InstanceId : null;
        if (kept is not null)
        {
            await KeepAsync(bake, kept).ConfigureAwait(false);
            leftovers.Add(KeptInstance.Describe(kept, bake.Run.Cloud.Suggested));
            leftovers.AddRange(BakeEnd.KeptAccessOf(bake));
        }

        using var bound = new CancellationTokenSource(s_patientBound, bake.Run.Time);
        await using var hurry = stop.Register(() => bound.CancelAfter(s_cleanUpBound)).ConfigureAwait(false);
        foreach (var step in begun.Where(step => kept is null || step is not (Launch or Terminate or OpenPort)))
        {
            try
            {
                await step.CleanUpAsync(bake, bound.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is AmazonServiceException or AmazonClientException or OperationCanceledException or BakerException or HttpRequestException or IOException)
            {
                leftovers.AddRange(BakeEnd.LeftBy(bake, step));
            }
        }

        return leftovers.DrainToImmutable();
    }

    /// <summary>Takes an instance out of what a later run would count as left by a dead one.</summary>
    private static async Task KeepAsync(Bake bake, string instanceId)
    {
        bake.Run.Region(bake.Region.Name).LetGo(instanceId);
        try
        {
            using var bound = new CancellationTokenSource(s_cleanUpBound, bake.Run.Time);
            foreach (var id in bake.TemporaryGroups.Values)
            {
                bake.LetGo(id);
                await KeptInstance.MarkAsync(bake.Region, id, bound.Token).ConfigureAwait(false);
            }

            await KeptInstance.MarkAsync(bake.Region, instanceId, bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is AmazonServiceException or OperationCanceledException)
        {
            bake.Note($"instance {instanceId} could not be marked as kept ({error.Message}); the next run will terminate it");
        }
    }

    private static async Task RenewLeasesAsync(BakeRun run, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Lease.Renewal, run.Time, stop).ConfigureAwait(false);
            foreach (var region in run.Regions.Where(region => region.Leased.Count > 0))
            {
                var request = new CreateTagsRequest { Resources = [.. region.Leased], Tags = [new Tag { Key = BakerTags.Lease, Value = run.NewLease().ToString() }] };
                try
                {
                    await region.Cloud.Pacer.SendAsync(region.Cloud.Clients.EC2.CreateTagsAsync, request, stop).ConfigureAwait(false);
                }
                catch (AmazonServiceException error)
                {
                    run.Watcher.Note("", $"the lease on what this run holds could not be renewed: {error.Message}");
                }
            }
        }
    }

    private async Task ReapAsync(BakeRegion region, CancellationToken stop)
    {
        try
        {
            await region.Recovery.ReapAsync(stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is AmazonServiceException or BakerException or OperationCanceledException)
        {
            watcher.Note("", $"what dead runs left in {region.Cloud.Name} could not all be removed: {error.Message}");
        }
    }

    private async Task SettleAsync(BakeRegion region, CancellationToken stop)
    {
        try
        {
            await region.Recovery.SettleAsync(stop).ConfigureAwait(false);
            await region.Recovery.CloseAsync(ImmutableHashSet<string>.Empty, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is AmazonServiceException or BakerException or OperationCanceledException)
        {
            watcher.Note("", $"what dead runs had begun in {region.Cloud.Name} could not all be finished: {error.Message}");
        }
    }
}
