using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Configuration;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>
/// A change of an environment, under its lock. Nothing needs to be written down: what a run that was killed has made carries
/// its tags, fleets have journals of their own, and the next run plans what is left.
/// </summary>
/// <param name="fleets">How its fleets are changed; null where none is.</param>
/// <param name="contextIn">What the work in a region is done with.</param>
/// <param name="deletesFleets">Whether fleets that the manifest has no more are deleted.</param>
public sealed class EnvironmentOperation(
    Func<string, FleetContext> contextIn,
    DesiredEnvironment desired,
    EnvironmentAction action,
    string run,
    bool breakLock,
    IEnvironmentFleets? fleets,
    bool deletesFleets = false) : Operation<EnvironmentStep>
{
    private const int InstancesAtOnce = 20;
    private const int FleetsAtOnce = 5;

    private readonly EnvironmentReader _reader = new(contextIn, desired, run);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(EnvironmentStep Step, Exception Failure)> _failed = new();
    private bool _isDone;

    /// <summary>How many steps the plan has.</summary>
    public int Planned { get; private set; }

    public override string Subject => Home.Scope.Environment?.ToString() ?? "";

    private IEnvironmentFleets Fleets => fleets ?? throw new InvalidOperationException("No fleet is changed here.");

    private FleetContext Home => contextIn(desired.HomeRegion);

    /// <summary>Where the datastores that its nodes use are reached; known once it is planned.</summary>
    public IReadOnlyDictionary<string, DatastoreEndpoints> Endpoints => _reader.Endpoints;

    /// <summary>Where there is nothing to do, and no lock of a dead run to remove, nothing is written.</summary>
    public override async Task<IHold> TakeAsync(CancellationToken stop)
    {
        if (action is EnvironmentAction.Scaling or EnvironmentAction.Endpoints)
        {
            return NoHold.Instance;
        }

        _isDone = (await LookAsync(stop).ConfigureAwait(false)).IsEmpty
            && !await FleetLock.IsThereAsync(Home, default, stop).ConfigureAwait(false);
        return _isDone ? NoHold.Instance : await FleetLock.TakeAsync(
            Home,
            default,
            run,
            $"environment:{action.ToString().ToLowerInvariant()}",
            interrupts: false,
            breakLock,
            stop).ConfigureAwait(false);
    }

    // Seen once more where the lock is held by now: with it, it stays true.
    public override async Task<IReadOnlyList<EnvironmentStep>> PlanAsync(CancellationToken stop)
    {
        IReadOnlyList<EnvironmentStep> steps = _isDone ? [] : await LookAsync(stop).ConfigureAwait(false);
        Planned = steps.Count;
        return steps;
    }

    public override int AtOnce(EnvironmentStep step) =>
        step is EnvironmentStep.Terminate ? InstancesAtOnce
        : step.OfWave is not null || step is EnvironmentStep.Join or EnvironmentStep.ChangeFleet ? FleetsAtOnce : 1;

    public override bool IsBeside(EnvironmentStep step, EnvironmentStep other) =>
        step.OfWave is { } wave
            ? wave == other.OfWave && step is EnvironmentStep.DeleteFleet == other is EnvironmentStep.DeleteFleet
            : base.IsBeside(step, other);

    /// <summary>The others of its wave are not left half done for it; the next wave does not begin.</summary>
    public override bool GoesOnAfter(EnvironmentStep step, Exception failure)
    {
        var isOfWave = step.OfWave is not null && failure is not OperationCanceledException;
        if (isOfWave)
        {
            _failed.Enqueue((step, failure));
        }

        return isOfWave;
    }

    public override async Task SettleAsync(IReadOnlyList<EnvironmentStep> stage, CancellationToken stop)
    {
        if (_failed.TryDequeue(out var first))
        {
            foreach (var (step, failure) in _failed)
            {
                Home.Say($"{step.Text}: {failure.Message}");
            }

            ExceptionDispatchInfo.Throw(first.Failure);
        }

        var changed = stage.OfType<EnvironmentStep.RunFleet>().Select(step => step.Group)
            .Concat(stage.OfType<EnvironmentStep.UpdateFleet>().Select(step => step.Group));
        foreach (var region in changed.GroupBy(RegionOf))
        {
            await _reader.LookAgainAsync(region.Key, region, stop).ConfigureAwait(false);
        }

        await Parallel.ForEachAsync(
            stage.OfType<EnvironmentStep.Join>(),
            stop,
            async (join, token) =>
                await TargetJoins.AwaitHealthyAsync(_reader.ScopeIn(RegionOf(join.Group)), join, token).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    /// <summary>What is gone is not gone on with.</summary>
    public override Task CloseAsync(Exception? failure) => action == EnvironmentAction.Delete && failure is null && !_isDone
        ? new ApplyStore(Home).RemoveAsync(CancellationToken.None)
        : Task.CompletedTask;

    private async Task<ImmutableArray<EnvironmentStep>> LookAsync(CancellationToken stop)
    {
        var facts = await _reader.ReadAsync(action, stop).ConfigureAwait(false);
        if (action == EnvironmentAction.Scaling)
        {
            return EnvironmentPlan.Scaling(desired.Resources, desired.Groups[0].Name, facts);
        }

        if (action == EnvironmentAction.Endpoints)
        {
            return EnvironmentPlan.Endpoints(desired, facts);
        }

        if (action == EnvironmentAction.Delete)
        {
            return EnvironmentPlan.Delete(facts,
                [.. desired.Groups.Select(group => new WantedFleet(group.Name, group.Region) { After = group.After })]);
        }

        var sight = await SeenAsync(facts, stop).ConfigureAwait(false);
        if (EnvironmentPlan.Ending(sight.Wanted, facts).FirstOrDefault() is { } ending)
        {
            var command = $"autoscale:{ending.Pending.ToString()!.ToLowerInvariant()}";
            throw new BakerException(
                ExitCode.CloudFailed,
                $"An {command} of {ending.Group} is under way.",
                $"Finish it with {command} {ending.Group}.");
        }

        Tell(sight.Wanted, facts, action == EnvironmentAction.Update);
        return sight.Steps;
    }

    /// <summary>Looks, without saying anything: for a larger change, which carries out these steps among its own.</summary>
    public async Task<EnvironmentSight> SeeAsync(CancellationToken stop) =>
        await SeenAsync(await _reader.ReadAsync(action, stop).ConfigureAwait(false), stop).ConfigureAwait(false);

    private async Task<EnvironmentSight> SeenAsync(EnvironmentFacts facts, CancellationToken stop)
    {
        var updates = action == EnvironmentAction.Update;
        var running = facts.Fleets.Select(fleet => fleet.Group.ToString()).ToHashSet(StringComparer.Ordinal);
        var wanted = await Fleets.WantedAsync(running, updates, stop).ConfigureAwait(false);
        return new(wanted, facts, EnvironmentPlan.Apply(desired.Resources, wanted, facts, updates, deletesFleets));
    }

    /// <summary>Says, once, what the manifest has no more and is left all the same.</summary>
    private void Tell(ImmutableArray<WantedFleet> wanted, EnvironmentFacts facts, bool updates)
    {
        foreach (var gone in deletesFleets ? [] : EnvironmentPlan.Gone(wanted, facts))
        {
            Once($"The fleet {gone.Group} is left: another manifest made it, or this one has it no more. --delete-fleets deletes it, or "
                + $"{Home.Suggested.Package($"autoscale:delete {gone.Group}")}");
        }

        foreach (var (resource, by) in EnvironmentPlan.Spared(desired.Resources, wanted, facts, updates, deletesFleets))
        {
            if (by.Length > 0)
            {
                var group = wanted.FirstOrDefault(each => facts.Fleets.Any(fleet => fleet.Name == by && fleet.Group == each.Group))?.Group;
                Once($"{ResourceWords.Of(resource)} is left, and the manifest has it no more: {by} has it"
                    + (group is null ? "" : $" until {Home.Suggested.Package($"autoscale:update {group}")} replaces its instances"));
            }
        }

        void Once(string line)
        {
            if (_told.Add(line))
            {
                Home.Say(line);
            }
        }
    }

    public override async Task DoAsync(EnvironmentStep step, CancellationToken stop)
    {
        switch (step)
        {
            case EnvironmentStep.Create(var resource):
                var make = _reader.ScopeIn(resource.Region);
                await EnvironmentReader.WorkOf(resource.Kind).CreateAsync(make, make.Now(resource), stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Change(var found, var resource, var differences):
                var change = _reader.ScopeIn(resource.Region);
                if (!found.Drift.IsEmpty)
                {
                    await EnvironmentTags.PutAsync(change, found, stop).ConfigureAwait(false);
                }

                if (differences.Length > found.Drift.Length)
                {
                    await EnvironmentReader.WorkOf(resource.Kind)
                        .ChangeAsync(change, found, change.Now(resource), stop).ConfigureAwait(false);
                }

                if (resource.Kind is ResourceKind.Endpoints or ResourceKind.Services && action != EnvironmentAction.Endpoints)
                {
                    Home.Say($"  nodes that run take it with {Home.Suggested.Package("config:push")}");
                }

                break;
            case EnvironmentStep.Remove(var resource):
                await EnvironmentReader.WorkOf(resource.Kind).RemoveAsync(
                    _reader.ScopeIn(resource.Region),
                    resource,
                    stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Bake(var groups):
                await Fleets.BakeAsync(groups, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.RunFleet(var group, _):
                await Fleets.RunAsync(group, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.UpdateFleet(var group, _, _):
                await Fleets.UpdateAsync(group, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Join join:
                await TargetJoins.DoAsync(_reader.ScopeIn(RegionOf(join.Group)), join, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.ChangeFleet correct:
                await FleetCorrection.DoAsync(contextIn(RegionOf(correct.Group)), correct, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Clear clear:
                await FleetRemains.DeleteAsync(_reader.ScopeIn(clear.Region), clear, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.DeleteFleet(var group, var region, _):
                await Fleets.DeleteAsync(group, region, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Terminate terminate:
                await TerminateAsync(contextIn(terminate.Region), terminate, stop).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    private string RegionOf(GroupName group) => desired.Groups.First(each => each.Name == group).Region;

    private async Task TerminateAsync(FleetContext context, EnvironmentStep.Terminate step, CancellationToken stop)
    {
        var (id, _, _) = step;
        var traffic = new InstanceTraffic(context, run);
        await traffic.LeaveAsync(await traffic.FindAsync(id, step.Joined, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
        try
        {
            await context.Pacer.SendAsync(
                context.Clients.EC2.TerminateInstancesAsync,
                new TerminateInstancesRequest { InstanceIds = [id] },
                stop).ConfigureAwait(false);
            await context.UntilAsync(
                async () =>
                {
                    var reply = await context.Pacer.SendAsync(
                        context.Clients.EC2.DescribeInstancesAsync,
                        new DescribeInstancesRequest { InstanceIds = [id] },
                        stop).ConfigureAwait(false);
                    return (reply.Reservations ?? []).SelectMany(each => each.Instances ?? [])
                        .All(instance => instance.State?.Name == InstanceStateName.Terminated);
                },
                context.RetireLimit,
                stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidInstanceID.NotFound")
        {
            // Gone for longer than AWS remembers.
        }
    }
}
