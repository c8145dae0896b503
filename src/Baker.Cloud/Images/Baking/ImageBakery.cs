using System.Collections.Immutable;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Changes;
using Baker.Cloud.Images.Steps;
using Baker.Cloud.Runs;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Planning;

namespace Baker.Cloud.Images.Baking;

/// <summary>Where images are baked: takes groups through the steps, many at once, and leaves nothing behind.</summary>
public sealed class ImageBakery(CloudSession cloud, BakeOptions options, IBakeWatcher watcher)
{
    /// <summary>The steps that a bake would take, by name and in words; looks at the cloud, and changes nothing.</summary>
    /// <returns>For each group its steps, or none where its image is up to date; and what is done with what dead runs left.</returns>
    public async Task<(IReadOnlyList<(string Group, IReadOnlyList<ChangeStep> Steps)> Groups, IReadOnlyList<Salvage> Salvage)> PlanAsync(
        IReadOnlyList<BakeInput> inputs,
        CancellationToken stop)
    {
        var run = Begin(inputs);
        var plans = new List<(string, IReadOnlyList<ChangeStep>)>();
        var baked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var bake in Generations.Of(inputs)
            .SelectMany(generation => generation)
            .Select(input => new Bake(run, input, cloud.Region(input.Group.Region))))
        {
            // Whoever starts from an image that is still to be made is baked, too.
            var isOfNew = Generations.LabelsOfParent(bake.Group).Any(baked.Contains);
            var steps = BakeOperation.StepsOf(bake);
            foreach (var step in steps.Where(step => step.Work.OnlyLooks && !isOfNew))
            {
                await step.Work.RunAsync(bake, stop).ConfigureAwait(false);
            }

            if (bake.EndedAs is null)
            {
                baked.Add(bake.Group.Label);
            }

            plans.Add((
                bake.Group.Label,
                bake.EndedAs is not null ? [] : [.. steps.Where(step => !step.Work.OnlyLooks && step.Work.Applies(bake))]));
        }

        return (plans, await SalvageAsync(run, ImmutableHashSet<string>.Empty, stop).ConfigureAwait(false));
    }

    /// <summary>What <see cref="RecoverAsync"/> would do.</summary>
    public Task<IReadOnlyList<Salvage>> PlanRecoveryAsync(
        IEnumerable<string> regions,
        IReadOnlySet<string> groups,
        CancellationToken stop) =>
        SalvageAsync(BeginRecovery(regions), groups, stop);

    /// <summary>
    /// For each group the image it starts from, its fingerprint, and where there is one, the finished image that carries
    /// it.
    /// </summary>
    public async Task<IReadOnlyList<Comparison>> CompareAsync(IReadOnlyList<BakeInput> inputs, CancellationToken stop)
    {
        var run = Begin(inputs);
        var comparisons = new List<Comparison>();
        foreach (var bake in inputs.Select(input => new Bake(run, input, cloud.Region(input.Group.Region))))
        {
            await new ResolveSource().RunAsync(bake, stop).ConfigureAwait(false);
            await new SkipUnchanged().RunAsync(bake, stop).ConfigureAwait(false);
            var current = bake.EndedAs is null ? null : bake.ImageId;
            comparisons.Add(new Comparison(bake.Input, bake.Source!.ImageId, bake.Fingerprint, current)
            {
                UnverifiedImageId = bake.WasComplete ? bake.ImageId : null,
            });
        }

        return comparisons;
    }

    public Task<IReadOnlyList<BakeResult>> BakeAsync(IReadOnlyList<BakeInput> inputs, CancellationToken stop) =>
        BakeAsync([.. inputs.Select(input => (input, (string?)null))], stop);

    /// <summary>Tests images that another program has just made, all at once; what does not pass ends as a failed bake's.</summary>
    public Task<IReadOnlyList<BakeResult>> VerifyAsync(IReadOnlyList<(BakeInput Input, string ImageId)> images, CancellationToken stop) =>
        BakeAsync([.. images.Select(image => (image.Input, (string?)image.ImageId))], stop);

    private async Task<IReadOnlyList<BakeResult>> BakeAsync(IReadOnlyList<(BakeInput Input, string? Given)> orders, CancellationToken stop)
    {
        BuildRecord.CheckFolder(options.BuildsFolder);
        var run = Begin([.. orders.Select(order => order.Input)]);
        using var ended = new CancellationTokenSource();
        var renewing = RenewLeasesAsync(run, ended.Token);
        var recovering = RecoverBesideAsync(
            run,
            (region, token) => region.Recovery.FirstAsync(ImmutableHashSet<string>.Empty, token),
            "removed",
            stop);
        using var places = new SemaphoreSlim(options.Parallel);
        var results = await BakeInOrderAsync(run, orders, places, stop).ConfigureAwait(false);
        await recovering.ConfigureAwait(false);
        if (!stop.IsCancellationRequested)
        {
            await RecoverBesideAsync(
                run,
                (region, token) => region.Recovery.LastAsync(ImmutableHashSet<string>.Empty, token),
                "finished",
                stop).ConfigureAwait(false);
        }

        await ended.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return results;
    }

    /// <summary>
    /// Finishes or removes what dead runs left in a region, without baking, and ends the instances that failed bakes kept.
    /// </summary>
    /// <param name="groups">The groups whose kept instances go.</param>
    public async Task RecoverAsync(IEnumerable<string> regions, IReadOnlySet<string> groups, CancellationToken stop)
    {
        var run = BeginRecovery(regions);
        foreach (var region in run.Regions)
        {
            (await RecoverAsync(region, token => region.Recovery.FirstAsync(groups, token), stop).ConfigureAwait(false)).ThrowIfFailed();
            (await RecoverAsync(region, token => region.Recovery.LastAsync(groups, token), stop).ConfigureAwait(false)).ThrowIfFailed();
        }
    }

    private static async Task<IReadOnlyList<Salvage>> SalvageAsync(BakeRun run, IReadOnlySet<string> groups, CancellationToken stop)
    {
        var plan = new List<Salvage>();
        foreach (var region in run.Regions)
        {
            plan.AddRange(await region.Recovery.FirstAsync(groups, stop).ConfigureAwait(false));
            plan.AddRange(await region.Recovery.LastAsync(groups, stop).ConfigureAwait(false));
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

    /// <summary>All at once, but for those that start from the image of another one: they wait for that.</summary>
    private async Task<IReadOnlyList<BakeResult>> BakeInOrderAsync(
        BakeRun run,
        IReadOnlyList<(BakeInput Input, string? Given)> orders,
        SemaphoreSlim places,
        CancellationToken stop)
    {
        var given = orders.ToDictionary(order => order.Input.Group.Label, order => order.Given, StringComparer.Ordinal);
        var bakes = new Dictionary<string, Task<BakeResult>>(StringComparer.Ordinal);
        foreach (var input in Generations.Of([.. orders.Select(order => order.Input)]).SelectMany(generation => generation))
        {
            var parent = Generations.LabelsOfParent(input.Group)
                .Select(label => bakes.GetValueOrDefault(label))
                .FirstOrDefault(each => each is not null);
            var bake = new Bake(run, input, cloud.Region(input.Group.Region)) { GivenImageId = given[input.Group.Label] };
            bakes[input.Group.Label] = BakeAfterAsync(bake, parent, places, stop);
        }

        return await Task.WhenAll(orders.Select(order => bakes[order.Input.Group.Label])).ConfigureAwait(false);
    }

    private async Task<BakeResult> BakeAfterAsync(Bake bake, Task<BakeResult>? parent, SemaphoreSlim places, CancellationToken stop)
    {
        if (parent is not null && await parent.ConfigureAwait(false) is { Code: not ExitCode.Done } missing)
        {
            var ended = BakeResult.NotBegun(bake.Group.Label, missing);
            watcher.Ended(ended);
            return ended;
        }

        return await BakeOneAsync(bake, places, stop).ConfigureAwait(false);
    }

    private async Task<BakeResult> BakeOneAsync(Bake bake, SemaphoreSlim places, CancellationToken stop)
    {
        var operation = new BakeOperation(bake, places);
        var end = await new ChangeEngine(watcher, bake.Run.Time).RunAsync(operation, stop).ConfigureAwait(false);
        var result = BakeEnd.Of(bake, end, bake.Run.Time.GetElapsedTime(operation.Began), stop);
        if (result is { Code: ExitCode.Done, ImageId: { } image })
        {
            bake.Run.Made(bake.Group.Label, bake.Region.Name, image);
            foreach (var copy in bake.Copies)
            {
                bake.Run.Made(bake.Group.Label, copy.Region, copy.ImageId);
            }
        }

        watcher.Ended(result);
        return result;
    }

    private static async Task RenewLeasesAsync(BakeRun run, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Lease.Renewal, run.Time, stop).ConfigureAwait(false);
            foreach (var region in run.Regions.Where(region => region.Leased.Count > 0))
            {
                var request = new CreateTagsRequest
                {
                    Resources = [.. region.Leased],
                    Tags = [new Tag { Key = BakerTags.Lease, Value = run.NewLease().ToString() }],
                };
                try
                {
                    await region.Cloud.Pacer.SendAsync(region.Cloud.Clients.EC2.CreateTagsAsync, request, stop).ConfigureAwait(false);
                }
                catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
                {
                    run.Watcher.Note("", $"the lease on what this run holds could not be renewed: {error.Message}");
                }
            }
        }
    }

    /// <summary>Recovers what dead runs left; that it cannot be done is no reason for a bake to fail.</summary>
    private Task RecoverBesideAsync(
        BakeRun run,
        Func<BakeRegion, CancellationToken, Task<IReadOnlyList<Salvage>>> plan,
        string done,
        CancellationToken stop) =>
        Task.WhenAll(run.Regions.Select(async region =>
        {
            var end = await RecoverAsync(region, token => plan(region, token), stop).ConfigureAwait(false);
            if (end.Failure is { } failure && !(failure is OperationCanceledException && stop.IsCancellationRequested))
            {
                watcher.Note(
                    "",
                    $"what dead runs left in {region.Cloud.Name} could not all be {done}: "
                        + $"{CloudFailure.Explain(failure)?.Message ?? failure.ToString()}");
            }
        }));

    private Task<ChangeEnd> RecoverAsync(
        BakeRegion region,
        Func<CancellationToken, Task<IReadOnlyList<Salvage>>> plan,
        CancellationToken stop) =>
        new ChangeEngine(new RecoveryNotes(watcher), cloud.Time).RunAsync(new RecoveryOperation(region.Recovery, plan), stop);
}
