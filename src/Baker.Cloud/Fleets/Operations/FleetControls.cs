using System.Globalization;
using Amazon.AutoScaling.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>The small changes: size, and suspended processes. Each is planned first; its text is what a dry run prints.</summary>
public sealed class FleetControls(FleetContext context)
{
    private readonly FleetReader _reader = new(context);
    private readonly JournalStore _journals = new(context);

    /// <summary>What a group would be sized to, and the suspended process, if any, without which nothing comes of it.</summary>
    /// <param name="bounds">What is asked for its bounds, by its present size; what is null stays.</param>
    public async Task<(ControlStep.Resize Step, string? Hindered)> PlanScaleAsync(
        GroupName group,
        Func<Capacity, (int? Min, int? Max)> bounds,
        int? desired,
        bool force,
        CancellationToken stop)
    {
        var fresh = await NewOfBothAsync(group, stop).ConfigureAwait(false);
        if (fresh is null)
        {
            await RefuseDuringChangeAsync(group, stop).ConfigureAwait(false);
        }

        var found = fresh?.Found ?? await new FleetService(context).FindAsync(group, stop).ConfigureAwait(false);
        var view = FleetReader.View(found);
        if (view.Held is { } hold)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A deploy of nodes of {view.Name} was not finished: it gives back the minimum of {hold.Minimum}."),
                $"Finish it with instance:deploy {group} --drain, or take it back with instance:deploy {group} --bring-back.");
        }

        // Left alone, AWS moves the desired capacity into the new limits without a word; here it is part of the plan.
        var before = fresh is { } both ? view.Capacity with { Min = both.Min, Max = both.Max } : view.Capacity;
        var (min, max) = bounds(before);
        var after = before.With(min, max, desired, found.AutoScalingGroupName);
        if (!force)
        {
            await new SizeGuard(context).CheckScaleAsync(found, after.Desired, fresh?.Old, stop).ConfigureAwait(false);
        }

        var running = view.Instances.Length;
        var needed = after.Desired > running ? "Launch" : after.Desired < running ? "Terminate" : null;
        return (
            new ControlStep.Resize(found.AutoScalingGroupName, before, after, BothServe: fresh is not null),
            needed is not null && view.Suspended.Contains(needed) ? needed : null);
    }

    public Task ScaleAsync(ControlStep.Resize step, CancellationToken stop) => step.BothServe
        ? Steps.GroupFactory.SizeBesideAsync(context, step.Name, step.After, stop)
        : Steps.GroupFactory.SizeAsync(context, step.Name, step.After, stop);

    /// <summary>Suspends processes (all where none is named), and notes which ones were suspended before.</summary>
    public async Task<(string Name, List<string> Processes)> PlanSuspendAsync(
        GroupName group,
        IReadOnlyList<string> processes,
        CancellationToken stop)
    {
        await RefuseDuringChangeAsync(group, stop).ConfigureAwait(false);
        var view = FleetReader.View(await new FleetService(context).FindAsync(group, stop).ConfigureAwait(false));
        var wanted = processes.Count > 0 ? processes : await KnownProcessesAsync(stop).ConfigureAwait(false);
        return (view.Name, [.. wanted.Except(view.Suspended)]);
    }

    public async Task SuspendAsync(string name, IReadOnlyList<string> processes, CancellationToken stop)
    {
        var view = await _reader.NeedAsync(name, stop).ConfigureAwait(false);
        if (!view.Tags.ContainsKey(FleetTags.Suspended))
        {
            var before = view.Suspended.IsEmpty ? "none" : string.Join(' ', view.Suspended);
            await context.Pacer.SendAsync(
                context.Clients.AutoScaling.CreateOrUpdateTagsAsync,
                new CreateOrUpdateTagsRequest { Tags = [FleetTags.Of(name, FleetTags.Suspended, before)] },
                stop).ConfigureAwait(false);
        }

        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.SuspendProcessesAsync,
            new SuspendProcessesRequest { AutoScalingGroupName = name, ScalingProcesses = [.. processes] },
            stop).ConfigureAwait(false);
    }

    /// <summary>
    /// What resuming would resume: what is named, else everything that was not suspended before <c>autoscale:suspend</c>.
    /// </summary>
    public async Task<(string Name, List<string> Processes)> PlanResumeAsync(
        GroupName group,
        IReadOnlyList<string> processes,
        CancellationToken stop)
    {
        await RefuseDuringChangeAsync(group, stop).ConfigureAwait(false);
        var view = FleetReader.View(await new FleetService(context).FindAsync(group, stop).ConfigureAwait(false));
        var before = view.Tags.GetValueOrDefault(FleetTags.Suspended, "none").Split(' ');
        return (view.Name, [.. processes.Count > 0 ? processes.Intersect(view.Suspended) : view.Suspended.Except(before)]);
    }

    public async Task ResumeAsync(string name, IReadOnlyList<string> processes, CancellationToken stop)
    {
        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.ResumeProcessesAsync,
            new ResumeProcessesRequest { AutoScalingGroupName = name, ScalingProcesses = [.. processes] },
            stop).ConfigureAwait(false);
        var view = await _reader.NeedAsync(name, stop).ConfigureAwait(false);
        if (view.Tags.TryGetValue(FleetTags.Suspended, out var before) && !view.Suspended.Except(before.Split(' ')).Any())
        {
            await context.Pacer.SendAsync(
                context.Clients.AutoScaling.DeleteTagsAsync,
                new DeleteTagsRequest { Tags = [FleetTags.Of(name, FleetTags.Suspended, before)] },
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>What would be said to a canary that is at one of its steps.</summary>
    public async Task<ControlStep> PlanWordAsync(GroupName group, string word, CancellationToken stop)
    {
        var found = await _journals.ReadAsync(group, stop).ConfigureAwait(false);
        if (found is not var (journal, _) || journal.Canary is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"No canary of {group} is under way.",
                $"Begin one with {context.Suggested.Package($"autoscale:update {group} --strategy canary")}");
        }

        return CanaryWord.NumberOf(journal) is { } number
            ? new ControlStep.Say(journal.New!, new CanaryWord(word, number, journal.Run, context.Operator.Name))
            : throw new BakerException(
                ExitCode.BadInput,
                $"The canary of {group} is at none of its steps (but at {journal.Step}"
                    + $"{(journal.Action == FleetAction.Rollback ? ", of its rollback" : "")}).",
                $"autoscale:status {group} shows where it is.");
    }

    public Task SayAsync(GroupName group, CanaryWord word, CancellationToken stop) =>
        new CanaryWords(context).SayAsync(group, word, stop);

    private async Task<IReadOnlyList<string>> KnownProcessesAsync(CancellationToken stop)
    {
        var reply = await context.Pacer.SendAsync(
            context.Clients.AutoScaling.DescribeScalingProcessTypesAsync,
            new DescribeScalingProcessTypesRequest(),
            stop).ConfigureAwait(false);
        return [.. (reply.Processes ?? []).Select(process => process.ProcessName)];
    }

    /// <summary>
    /// The new group of an update that lets both serve, with the bounds that it gets when it serves alone, and the old one; null where no
    /// such update is under way. The run that waits meanwhile need not end for it.
    /// </summary>
    private async Task<(AutoScalingGroup Found, int Min, int Max, AutoScalingGroup? Old)?> NewOfBothAsync(
        GroupName group,
        CancellationToken stop)
    {
        if (await _journals.ReadAsync(group, stop).ConfigureAwait(false)
            is not ({ Action: FleetAction.Update, Release: null, Step: "soak", New: { } name } journal, _)
            || await _reader.FindAsync(name, stop).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        await FleetLock.RefuseIfHeldAsync(context, group, stop, whileItWaits: false).ConfigureAwait(false);
        var given = Capacity.TryParse(found.Tags?.Find(tag => tag.Key == FleetTags.Size)?.Value) ?? journal.SizeOfNew;
        var old = await _reader.FindAsync(journal.Old!, stop).ConfigureAwait(false);
        return (found, given.Min, given.Max, old);
    }

    private async Task RefuseDuringChangeAsync(GroupName group, CancellationToken stop)
    {
        await FleetLock.RefuseIfHeldAsync(context, group, stop).ConfigureAwait(false);
        await _journals.RefuseDuringChangeAsync(group, stop).ConfigureAwait(false);
    }
}
