using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Plans the changes of fleets: from the manifest and from what is seen, the journal whose steps a run carries out.</summary>
public sealed class FleetService(FleetContext context)
{
    private readonly FleetReader _reader = new(context);
    private readonly JournalStore _journals = new(context);

    public async Task<FleetChange> PlanRunAsync(
        FleetTarget target,
        string run,
        FleetImage image,
        Capacity capacity,
        CancellationToken stop)
    {
        var group = target.Group.Name;
        if (await PendingAsync(group, [FleetAction.Run], stop).ConfigureAwait(false) is { } pending)
        {
            return pending;
        }

        var existing = await _reader.OfNodeGroupWithDeletedAsync(group, stop).ConfigureAwait(false);
        if (existing.Find(each => string.IsNullOrEmpty(each.Status)) is { } alive)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group} runs already, as {alive.AutoScalingGroupName}.",
                $"Use autoscale:update {group}, or autoscale:delete {group} first.");
        }

        var journal = new FleetJournal
        {
            Group = group,
            Run = run,
            Action = FleetAction.Run,
            Owner = context.Operator.Name,
            New = FleetNames.Next(context.Scope, group, existing.Select(each => each.AutoScalingGroupName)),
            Image = image.Id,
            OtherImages = image.Others,
            Fingerprint = image.Fingerprint,
            FastRestore = target.Group.FastRestoreZones,
            Services = target.Group.ProvidedNames,
            Capacity = capacity,
        };
        await CheckAsync(target, journal, null, stop).ConfigureAwait(false);
        return new FleetChange(journal, null);
    }

    public async Task<FleetChange> PlanUpdateAsync(
        FleetTarget target,
        string run,
        FleetImage image,
        UpdateOptions options,
        CancellationToken stop)
    {
        var group = target.Group.Name;
        if (await PendingAsync(group, [FleetAction.Update, FleetAction.Roll], stop).ConfigureAwait(false) is { } pending)
        {
            return pending;
        }

        var all = await _reader.OfNodeGroupWithDeletedAsync(group, stop).ConfigureAwait(false);
        var old = TheOne(group, all, $"Start it with autoscale:run {group}.");
        var view = FleetReader.View(old);
        var journal = new FleetJournal
        {
            Group = group,
            Run = run,
            Action = options.IsRolling ? FleetAction.Roll : FleetAction.Update,
            Owner = context.Operator.Name,
            Old = view.Name,
            New = options.IsRolling ? null : FleetNames.Next(context.Scope, group, all.Select(each => each.AutoScalingGroupName)),
            Image = image.Id,
            OtherImages = image.Others,
            Fingerprint = image.Fingerprint,
            FastRestore = target.Group.FastRestoreZones,
            Services = target.Group.ProvidedNames,
            Capacity = view.Capacity, // live, never the manifest's: an autoscaler or a person has set it
            Suspended = view.Suspended,
            TargetGroups = view.TargetGroups,
            Alarms = options.Alarms,
            Soak = options.Soak,
            KeepWarm = options.KeepWarm ?? target.Settings.KeepWarm,
            Asked = options.Size == default
                ? null
                : view.Capacity.With(options.Size.Min, options.Size.Max, options.Size.Desired, $"the new group of {group}"),
            MovesAlarms = options.MovesAlarms,
            KeepsSick = options.KeepsSick,
        };
        if (options.SparesCurrent && IsCurrent(target, view, image))
        {
            return new FleetChange(journal, null) { IsCurrent = true };
        }

        if (journal is { New: { } fresh, Asked: { } asked } && !options.LeavesFew)
        {
            await new SizeGuard(context).CheckUpdateAsync(old, fresh, asked.Desired, stop).ConfigureAwait(false);
        }

        if (options.Canary is { } canary)
        {
            var planned = await new CanaryPlanning(context).PlanAsync(target, view, canary, options.Approves, stop).ConfigureAwait(false);
            journal = journal with { Canary = planned };
            CanaryPlanning.CheckLength(journal);
        }

        await CheckAsync(target, journal, old, stop).ConfigureAwait(false);
        return new FleetChange(journal, null);
    }

    /// <summary>Whether a fleet has the image, and is made as the manifest would have it made now.</summary>
    private static bool IsCurrent(FleetTarget target, FleetView view, FleetImage image) =>
        view.Tags.GetValueOrDefault(FleetTags.Image) == image.Id
        && LaunchDigest.TryParse(view.Tags.GetValueOrDefault(FleetTags.Settings)) is { } made
        && made == LaunchDigest.Of(target.Group, image.Others);

    /// <summary>The update that an earlier run began and did not finish; null where there is none.</summary>
    public Task<FleetChange?> FindPendingUpdateAsync(GroupName group, CancellationToken stop) =>
        PendingAsync(group, [FleetAction.Update, FleetAction.Roll], stop);

    /// <summary>Back from whatever is under way.</summary>
    public async Task<FleetChange> PlanRollbackAsync(GroupName group, CancellationToken stop)
    {
        if (await _journals.ReadAsync(group, stop).ConfigureAwait(false) is not var (journal, written))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"There is nothing to put back: no change of {group} is under way, and none keeps an old fleet of it.",
                $"Deploy the image that you want: {context.Suggested.Package($"autoscale:update {group} --image ID")}");
        }

        if (journal.Release is { } release)
        {
            throw JournalStore.Released(journal, release);
        }

        switch (journal.Action)
        {
            case FleetAction.Rollback:
                return new FleetChange(journal, written);
            case FleetAction.Delete when await IsEmptiedAsync(journal, stop).ConfigureAwait(false):
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{group} is being deleted, and has been emptied.",
                    $"Finish that with autoscale:delete {group}; then autoscale:run {group}.");
        }

        if (journal is { Action: FleetAction.Update or FleetAction.Delete, Old: { } name }
            && await _reader.FindAsync(name, stop).ConfigureAwait(false) is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{name} is gone: there is nothing to go back to.",
                $"Finish with autoscale:update {group}; then deploy the image that you want with --image ID.");
        }

        return new FleetChange(FleetPlan.Back(journal, context.Operator.Name), null);
    }

    public async Task<FleetChange> PlanDeleteAsync(FleetTarget target, string run, CancellationToken stop)
    {
        var group = target.Group.Name;
        if (await PendingAsync(group, [FleetAction.Delete], stop).ConfigureAwait(false) is { } pending)
        {
            return pending;
        }

        var old = TheOne(
            group,
            await _reader.OfNodeGroupWithDeletedAsync(group, stop).ConfigureAwait(false),
            $"There is nothing to delete; {context.Suggested.Package("autoscale:status")} shows the fleets.");
        var view = FleetReader.View(old);
        Refuse(Preflight.CheckDelete(view), $"{group} cannot be deleted now:");
        return new FleetChange(
            new FleetJournal
            {
                Group = group,
                Run = run,
                Action = FleetAction.Delete,
                Owner = context.Operator.Name,
                Old = view.Name,
                Image = view.Tags.GetValueOrDefault(FleetTags.Image, ""),
                Capacity = view.Capacity,
                Suspended = view.Suspended,
                TargetGroups = view.TargetGroups,
                FastRestore = target.Group.FastRestoreZones,
                Services = target.Group.ProvidedNames,
            },
            null);
    }

    /// <summary>The Auto Scaling group of a node group.</summary>
    public async Task<AutoScalingGroup> FindAsync(GroupName group, CancellationToken stop)
    {
        var all = await _reader.OfNodeGroupAsync(group, stop).ConfigureAwait(false);
        if (all.Count > 1 && await _journals.ReadAsync(group, stop).ConfigureAwait(false) is var (journal, written))
        {
            throw Both(journal, written);
        }

        return TheOne(group, all, $"Start it with autoscale:run {group}.");
    }

    /// <summary>A change that is under way has made another beside it, or keeps the one that served before.</summary>
    private static BakerException Both(FleetJournal journal, DateTimeOffset written)
    {
        var names = journal.Release is { } release ? string.Join(' ', release.Groups.Select(each => each.ToString())) : journal.Group;
        var (goesOn, goesBack) = ($"autoscale:update {names}", $"autoscale:rollback {names}");
        if (journal is { Action: FleetAction.Update, Release: null } && FleetPlan.Remaining(journal) is [FleetStep.KeepWarm, ..])
        {
            return new BakerException(
                ExitCode.CloudFailed,
                $"{journal.Group} has two fleets: {journal.New} serves, and {journal.Old} is kept out of service for {goesBack} until "
                    + $"{TimeText.Of(written + journal.KeepWarm)}.",
                $"{goesOn} --no-wait retires {journal.Old} now; {goesBack} puts it back.");
        }

        var isBack = journal.Action == FleetAction.Rollback;
        return new BakerException(
            ExitCode.CloudFailed,
            $"{journal.Group} has two fleets, for a change is under way, begun by {journal.Owner} at {journal.Since} "
                + $"(step {journal.Step}): "
                + (isBack ? $"{journal.Old} is put back, and {journal.New} goes."
                    : $"{journal.New} is to serve in place of {journal.Old}."),
            isBack ? $"Finish it with {goesBack}." : $"Finish it with {goesOn}, or take it back with {goesBack}.");
    }

    private AutoScalingGroup TheOne(GroupName group, List<AutoScalingGroup> all, string remedy)
    {
        var alive = all.FindAll(each => string.IsNullOrEmpty(each.Status));
        return alive switch
        {
            [var one] => one,
            [] => throw new BakerException(
                ExitCode.BadInput,
                $"{group} does not run: no Auto Scaling group is tagged group:{group}"
                    + (context.Scope.Environment is { } environment ? $" and {BakerTags.Environment}:{environment}." : "."),
                remedy),
            _ => throw new BakerException(
                ExitCode.CloudFailed,
                $"{group} runs more than once: {string.Join(", ", alive.Select(each => each.AutoScalingGroupName))}.",
                "Which one serves is for a person to say: take the tag \"group\" off the others."),
        };
    }

    /// <summary>What an earlier run left, where one of these actions goes on with it.</summary>
    private async Task<FleetChange?> PendingAsync(GroupName group, ImmutableArray<FleetAction> mine, CancellationToken stop)
    {
        if (await _journals.ReadAsync(group, stop).ConfigureAwait(false) is not var (journal, written))
        {
            return null;
        }

        if (journal.Release is { } release)
        {
            throw JournalStore.Released(journal, release);
        }

        if (!mine.Contains(journal.Action))
        {
            var command = journal.Action == FleetAction.Roll ? "update" : journal.Action.ToString().ToLowerInvariant();
            throw new BakerException(
                ExitCode.CloudFailed,
                $"An autoscale:{command} of {group} is under way, begun by {journal.Owner} at {journal.Since} (step {journal.Step}).",
                $"Finish it with autoscale:{command} {group}" + (journal.Action is not FleetAction.Rollback
                    && !await IsEmptiedAsync(journal, stop).ConfigureAwait(false)
                    ? $", or take it back with autoscale:rollback {group}."
                    : "."));
        }

        return new FleetChange(journal, written);
    }

    private async Task<bool> IsEmptiedAsync(FleetJournal journal, CancellationToken stop) =>
        FleetPlan.IsEmptied(
            journal,
            journal.Old is { } old ? (await _reader.FindAsync(old, stop).ConfigureAwait(false))?.DesiredCapacity : null);

    private async Task CheckAsync(FleetTarget target, FleetJournal journal, AutoScalingGroup? old, CancellationToken stop)
    {
        var facts = await new PreflightReader(context).ReadAsync(
            target,
            old,
            [journal.Image, .. journal.OtherImages],
            stop).ConfigureAwait(false);
        var missing = await new HealthWait(context).MissingAsync(journal.Alarms, stop).ConfigureAwait(false);
        var unknown = missing.Select(alarm => new PreflightFinding(
            $"There is no alarm {alarm} in {context.Clients.Region}, so that it would never go off.",
            "Name one that there is; aws cloudwatch describe-alarms shows them."));
        Refuse(
            [.. Preflight.Check(journal.Action, journal.SizeOfNew, facts), .. unknown],
            $"{journal.Group} cannot be changed now:");
    }

    private static void Refuse(ImmutableArray<PreflightFinding> findings, string what)
    {
        if (!findings.IsEmpty)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                what + string.Concat(findings.Select(finding => $"\n  - {finding.Problem}\n    {finding.Remedy}")),
                "Nothing was changed.");
        }
    }
}
