using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
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
public sealed class EnvironmentOperation(
    Func<string, FleetContext> contextIn,
    DesiredEnvironment desired,
    EnvironmentAction action,
    string run,
    bool breakLock,
    IEnvironmentFleets? fleets) : Operation<EnvironmentStep>
{
    private readonly EnvironmentReader _reader = new(contextIn, desired, run);

    public override string Subject => Home.Scope.Environment?.ToString() ?? "";

    private IEnvironmentFleets Fleets => fleets ?? throw new InvalidOperationException("No fleet is changed here.");

    private FleetContext Home => contextIn(desired.HomeRegion);

    /// <summary>Where the datastores that its nodes use are reached; known once it is planned.</summary>
    public IReadOnlyDictionary<string, DatastoreEndpoints> Endpoints => _reader.Endpoints;

    public override async Task<IHold> TakeAsync(CancellationToken stop)
    {
        if (action is EnvironmentAction.Scaling or EnvironmentAction.Endpoints)
        {
            return NoHold.Instance;
        }

        if (action != EnvironmentAction.Delete)
        {
            await _reader.LookUpAsync(stop).ConfigureAwait(false); // a lock is a change too
        }

        return await FleetLock.TakeAsync(
            Home,
            default,
            run,
            $"environment:{action.ToString().ToLowerInvariant()}",
            interrupts: false,
            breakLock,
            stop).ConfigureAwait(false);
    }

    public override async Task<IReadOnlyList<EnvironmentStep>> PlanAsync(CancellationToken stop)
    {
        var facts = await _reader.ReadAsync(action, stop).ConfigureAwait(false);
        if (action == EnvironmentAction.Scaling)
        {
            return EnvironmentPlan.Scaling(desired.Resources, desired.Groups[0].Name, facts);
        }

        if (action == EnvironmentAction.Endpoints)
        {
            return EnvironmentPlan.Endpoints(desired.Resources, facts);
        }

        var running = facts.Fleets.Select(fleet => fleet.Group.ToString()).ToHashSet(StringComparer.Ordinal);
        if (action == EnvironmentAction.Delete)
        {
            return EnvironmentPlan.Delete(facts,
                [.. desired.Groups.Select(group => new WantedFleet(group.Name, group.Region) { After = group.After })]);
        }

        var wanted = await Fleets.WantedAsync(running, action == EnvironmentAction.Update, stop).ConfigureAwait(false);
        foreach (var gone in facts.Fleets.Where(fleet => wanted.All(each => each.Group != fleet.Group)))
        {
            Home.Say($"The fleet {gone.Group} runs, and the manifest has it no more: "
                + Home.Suggested.Package($"autoscale:delete {gone.Group}"));
        }

        return EnvironmentPlan.Apply(desired.Resources, wanted, facts, action == EnvironmentAction.Update);
    }

    public override async Task DoAsync(EnvironmentStep step, CancellationToken stop)
    {
        switch (step)
        {
            case EnvironmentStep.Create(var resource):
                var make = _reader.ScopeIn(resource.Region);
                await EnvironmentReader.WorkOf(resource.Kind).CreateAsync(make, make.Now(resource), stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Change(var found, var resource, _):
                var change = _reader.ScopeIn(resource.Region);
                await EnvironmentReader.WorkOf(resource.Kind).ChangeAsync(change, found, change.Now(resource), stop).ConfigureAwait(false);
                if (resource.Kind == ResourceKind.Endpoints && action != EnvironmentAction.Endpoints)
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
                await _reader.LookAgainAsync(RegionOf(group), group, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.UpdateFleet(var group, _, _):
                await Fleets.UpdateAsync(group, stop).ConfigureAwait(false);
                await _reader.LookAgainAsync(RegionOf(group), group, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Join join:
                await TargetJoins.DoAsync(_reader.ScopeIn(RegionOf(join.Group)), join, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.DeleteFleet(var group, var region):
                await Fleets.DeleteAsync(group, region, stop).ConfigureAwait(false);
                break;
            case EnvironmentStep.Terminate(var id, _, var region):
                await TerminateAsync(contextIn(region), id, stop).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    private string RegionOf(GroupName group) => desired.Groups.First(each => each.Name == group).Region;

    private static async Task TerminateAsync(FleetContext context, string id, CancellationToken stop)
    {
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
