using System.Collections.Immutable;
using Baker.Cli.Baking;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Changes;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.Core.Resources;

namespace Baker.Cli.Environments;

/// <summary>The fleets of an environment, changed as <c>autoscale:run</c>, <c>update</c> and <c>delete</c> change each.</summary>
/// <param name="known">
/// How the images of groups are, where that was looked at, which goes for these alone; their fleets are then compared in their
/// settings too, and come after those that provide what they need.
/// </param>
internal sealed class EnvironmentFleets(
    Session session,
    FleetSession fleet,
    DesiredEnvironment desired,
    ImageChoice image,
    string? wait,
    Action<string> say,
    IReadOnlyDictionary<string, ImageStanding>? known = null) : IEnvironmentFleets
{
    public async Task<ImmutableArray<WantedFleet>> WantedAsync(IReadOnlySet<string> running, bool updates, CancellationToken stop)
    {
        if (known is not null)
        {
            return Planned(known);
        }

        var wanted = ImmutableArray.CreateBuilder<WantedFleet>();
        var ahead = new Dictionary<string, FleetImages>(StringComparer.Ordinal);
        foreach (var region in desired.Groups
            .Where(group => group.Autoscale is not null && Asks(group))
            .GroupBy(group => group.Region))
        {
            ahead[region.Key] = new FleetImages(fleet.Context(region.First()));
            await ahead[region.Key].LookAheadAsync(region.Select(group => group.Name), stop).ConfigureAwait(false);
        }

        foreach (var group in desired.Groups.Where(group => group.Autoscale is not null))
        {
            var asks = Asks(group);
            var current = asks ? await ImageAsync(group, ahead[group.Region]).ConfigureAwait(false) : null;
            wanted.Add(Wanted(group) with
            {
                Image = current?.Id,
                Fingerprint = group.ImageChannel is null ? current?.Fingerprint ?? "" : "",
                NeedsBake = asks && current is null,
            });
        }

        return wanted.ToImmutable();

        bool Asks(NodeGroup group) => updates || !running.Contains(group.Name);
    }

    private ImmutableArray<WantedFleet> Planned(IReadOnlyDictionary<string, ImageStanding> standings)
    {
        var places = ReleaseOrder.Of(desired.Groups, desired.Groups)
            .Select((group, place) => (group.Name, place))
            .ToDictionary(each => each.Name, each => each.place);
        var providers = desired.Groups.Where(group => !group.Provides.IsEmpty).ToList();
        return
        [
            .. desired.Groups.Where(group => group.Autoscale is not null).Select(group => Wanted(group) with
            {
                After =
                [
                    .. group.After
                        .Concat(providers
                            .Where(each => places[each.Name] < places[group.Name] && ReleaseOrder.Serves(each, group))
                            .Select(each => each.Name.ToString()))
                        .Distinct(),
                ],
                Image = standings.GetValueOrDefault(group.Name)?.Image?.Id,
                Fingerprint = group.ImageChannel is null ? standings.GetValueOrDefault(group.Name)?.Image?.Fingerprint ?? "" : "",
                NeedsBake = standings.GetValueOrDefault(group.Name)?.NeedsImage == true,
                Settings = standings.ContainsKey(group.Name) ? LaunchDigest.Of(group, []) : null,
            }),
        ];
    }

    private WantedFleet Wanted(NodeGroup group) => new(group.Name, group.Region)
    {
        Capacity = FleetSettingsReader.Read(group).Capacity,
        Scheduled = ScalingResources.SizesOf(group),
        Tags = FleetTags.Lasting(fleet.Context(group), group).ToImmutableDictionary(),
        After = group.After,
        Targets = desired.Targets[group.Name],
    };

    public Task BakeAsync(ImmutableArray<GroupName> groups, CancellationToken stop)
    {
        // With those whose images they start from: what of them is current is left as it is.
        var names = new List<string>();
        foreach (var group in groups)
        {
            for (var next = desired.Groups.FirstOrDefault(each => each.Name == group);
                next is not null && !names.Contains(next.Name);
                next = next.Source is SourceImage.ByGroup(var parent, _) ? fleet.Project.Groups([parent])[0] : null)
            {
                names.Add(next.Name);
            }
        }

        return BakeCommand.BakeAsync(session, fleet.Project, fleet.Cloud, names);
    }

    public Task RunAsync(GroupName group, CancellationToken stop)
    {
        var target = fleet.Target(group);
        return ApplyAsync(target, FleetAction.Run, async (context, service, token) => await service.PlanRunAsync(
            target,
            fleet.Run,
            await fleet.ImageAsync(context, target.Group, image).ConfigureAwait(false),
            target.Settings.Capacity,
            token).ConfigureAwait(false), stop);
    }

    public async Task UpdateAsync(GroupName group, CancellationToken stop)
    {
        var target = fleet.Target(group);
        var how = new UpdateOptions(false, TimeSpan.Zero, null, []);
        var done = await ApplyAsync(target, FleetAction.Update, async (context, service, token) =>
            await service.FindPendingUpdateAsync(group, token).ConfigureAwait(false)
            ?? await service.PlanUpdateAsync(
                target,
                fleet.Run,
                await fleet.ImageAsync(context, target.Group, image).ConfigureAwait(false),
                how,
                token).ConfigureAwait(false), stop).ConfigureAwait(false);
        if (!done.IsContinued || await LaterAsync(target, done.Journal).ConfigureAwait(false) is not { } later)
        {
            return;
        }

        // What an earlier run had begun is over, and was of an image that is not the newest any more.
        how = how.After(done.Journal, target.Settings.Canary);
        if (how.Canary is { } canary)
        {
            JudgeScripts.Need(fleet.Project, canary);
        }

        say($"  {group}: {done.Journal.New ?? done.Journal.Old} serves {done.Journal.Image}, and there is {later.Id}");
        await ApplyAsync(target, FleetAction.Update, (_, service, token) =>
            service.PlanUpdateAsync(target, fleet.Run, later, how, token), stop).ConfigureAwait(false);
    }

    /// <summary>The image that the fleet should have, where that is not the one that it has got.</summary>
    private async Task<FleetImage?> LaterAsync(FleetTarget target, FleetJournal finished)
    {
        try
        {
            var chosen = await fleet.ImageAsync(Context(target.Group), target.Group, image).ConfigureAwait(false);
            return chosen.Id == finished.Image ? null : chosen;
        }
        catch (BakerException error) when (error.Code == ExitCode.BadInput)
        {
            say($"  {target.Group.Name}: no other image: {error.Message}");
            return null;
        }
    }

    public async Task DeleteAsync(GroupName group, string region, CancellationToken stop)
    {
        var found = desired.Groups.FirstOrDefault(each => each.Name == group && each.Autoscale is not null);
        var target = found is null
            ? fleet.TargetOf(fleet.Gone.Of(group, region), new FleetSettings())
            : fleet.TargetOf(found, FleetSettingsReader.Read(found));
        var context = Context(target.Group);
        if (await new JournalStore(context).ReadAsync(group, stop).ConfigureAwait(false) is var (journal, _)
            && journal.Action != FleetAction.Delete)
        {
            // What is under way is taken back first: a delete begins with what serves.
            await ApplyAsync(target, FleetAction.Rollback, (_, service, token) =>
                service.PlanRollbackAsync(group, token), stop).ConfigureAwait(false);
        }

        var hasFleet = (await new FleetReader(context).OfNodeGroupWithDeletedAsync(group, stop).ConfigureAwait(false)).Count > 0;
        if (hasFleet || await new JournalStore(context).ReadAsync(group, stop).ConfigureAwait(false) is not null)
        {
            await ApplyAsync(target, FleetAction.Delete, (_, service, token) =>
                service.PlanDeleteAsync(target, fleet.Run, token), stop).ConfigureAwait(false);
        }
    }

    private FleetContext Context(NodeGroup group) =>
        fleet.Context(group, wait) with { Say = line => say($"  {group.Name}: {line.Trim()}") };

    private async Task<FleetOperation> ApplyAsync(
        FleetTarget target,
        FleetAction action,
        Func<FleetContext, FleetService, CancellationToken, Task<FleetChange>> plan,
        CancellationToken stop)
    {
        var context = Context(target.Group);
        var service = new FleetService(context);
        var operation = new FleetOperation(context, target, fleet.Run, action, breakLock: false, whileWarm: true, token =>
            plan(context, service, token));
        var end = await new ChangeEngine(new InnerSteps(say), session.Time).RunAsync(operation, stop).ConfigureAwait(false);
        end.ThrowIfFailed();
        return operation;
    }

    /// <summary>The image that the fleet should have; null where there is none that may be used, and one is to be baked.</summary>
    private async Task<FleetImage?> ImageAsync(NodeGroup group, FleetImages ahead)
    {
        try
        {
            return await fleet.ImageAsync(fleet.Context(group), group, image, ahead).ConfigureAwait(false);
        }
        catch (BakerException error) when (error.Code == ExitCode.BadInput && group.ImageChannel is null && image.Image is null)
        {
            return null;
        }
    }
}
