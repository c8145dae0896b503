using System.Collections.Immutable;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Merging;
using Baker.Core.Planning;
using TargetGroup = Amazon.ElasticLoadBalancingV2.Model.TargetGroup;

namespace Baker.Cloud.Instances;

/// <summary>How instances outside any fleet join the target groups of their group, and leave those that they are in.</summary>
public sealed class InstanceTraffic(FleetContext context, string run)
{
    private readonly NodeTraffic _traffic = new(context, run);

    /// <summary>What the group's fleet joins, by name or ARN; of a balancer that others manage, <c>balancer:NAME</c>.</summary>
    public static ImmutableArray<string> NamesOf(NodeGroup group) =>
        group.Autoscale is null ? group.JoinedTargetGroups : FleetSettingsReader.Read(group).TargetGroups;

    /// <summary>The target groups that an instance of the group joins.</summary>
    /// <exception cref="BakerException">There is none, or one is not there.</exception>
    internal async Task<ImmutableArray<TargetGroup>> OfGroupAsync(NodeGroup group, CancellationToken stop)
    {
        var names = NamesOf(group);
        if (names.IsEmpty)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The group {group.Name} joins no balancer, so that --join has nothing to join.",
                "Give it one, such as \"balancer\": \"www\", or leave --join out.");
        }

        var found = ImmutableArray.CreateBuilder<TargetGroup>();
        foreach (var name in names)
        {
            var there = await new FleetPlaces(context).TargetGroupsAsync([name], stop).ConfigureAwait(false);
            found.AddRange(there.Count > 0 ? there : throw new BakerException(
                ExitCode.BadInput,
                name.StartsWith("balancer:", StringComparison.Ordinal)
                    ? $"The balancer {name["balancer:".Length..]} is not there, or forwards to no target group, and {group.Name} joins it."
                    : $"The target group {ArnText.Name(name)} is not there, and {group.Name} joins it.",
                group.JoinedTargetGroups.Contains(name)
                    ? $"{context.Suggested.Package("environment:create")} makes what is missing."
                    : "Make it, or correct \"target_groups\"."));
        }

        return [.. found.DistinctBy(each => each.TargetGroupArn)];
    }

    /// <summary>Registers an instance as soon as it runs, and waits until it is healthy.</summary>
    internal async Task JoinAsync(string id, ImmutableArray<TargetGroup> groups, CancellationToken stop)
    {
        await AwaitRunningAsync(id, stop).ConfigureAwait(false);
        var node = new DeployNode
        {
            Id = id,
            TargetGroups = [.. groups.Select(each => each.TargetGroupArn)],
            Registrations = [.. groups.Select(each => (each.TargetGroupName, (int?)null))],
        };
        await _traffic.PutBackAsync([node], stop).ConfigureAwait(false);
        var say = context.SayChanges();
        string? reason = null;
        var isHealthy = await context.UntilAsync(
            async () =>
            {
                reason = (await _traffic.NotHealthyAsync([node], stop).ConfigureAwait(false)).GetValueOrDefault(id);
                if (reason is not null)
                {
                    say($"  {id} is {reason}");
                }

                return reason is null;
            },
            context.HealthLimit,
            stop).ConfigureAwait(false);
        if (!isHealthy)
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"After {DurationText.Of(context.HealthLimit)} {id} is {reason}.",
                $"It runs on, and joins once it is healthy. {context.Suggested.Package($"instance:terminate {id}")} ends it.");
        }
    }

    /// <summary>In which of some target groups an instance is registered, or drains; those that are gone are passed over.</summary>
    internal async Task<DeployNode> FindAsync(string id, IEnumerable<string> names, CancellationToken stop)
    {
        var groups = await new FleetPlaces(context).TargetGroupsAsync([.. names], stop).ConfigureAwait(false);
        var targets = await new FleetReader(context).TargetsAsync(
            groups.Select(each => each.TargetGroupArn).Distinct(),
            stop).ConfigureAwait(false);
        var found = targets[id].ToImmutableArray();
        return new DeployNode
        {
            Id = id,
            Targets = found,
            TargetGroups = [.. found.Select(target => target.TargetGroup).Distinct()],
            Registrations =
            [
                .. found.Where(target => target.State != "draining").Select(target => (ArnText.Name(target.TargetGroup), target.Port)),
            ],
        };
    }

    /// <summary>Takes it out of all that it was found in, and waits until no request is under way to it.</summary>
    internal async Task LeaveAsync(DeployNode node, CancellationToken stop)
    {
        if (!node.Targets.IsEmpty)
        {
            await _traffic.TakeOutAsync([node], stop).ConfigureAwait(false);
        }
    }

    /// <summary>Why instances are not healthy where they were launched to join; those that are healthy are not in it.</summary>
    public async Task<Dictionary<string, string>> NotHealthyAsync(IReadOnlyCollection<NodeInstance> nodes, CancellationToken stop)
    {
        var groups = await new FleetPlaces(context).TargetGroupsAsync(
            [.. nodes.SelectMany(node => node.Joined).Distinct()],
            stop).ConfigureAwait(false);
        var arns = groups.ToDictionary(each => each.TargetGroupName, each => each.TargetGroupArn, StringComparer.Ordinal);
        return await _traffic.NotHealthyAsync(
            [
                .. nodes.Select(node => new DeployNode
                {
                    Id = node.Id,
                    TargetGroups = [.. node.Joined.Where(arns.ContainsKey).Select(name => arns[name])],
                }),
            ],
            stop).ConfigureAwait(false);
    }

    /// <summary>ELB takes no instance that does not run.</summary>
    private async Task AwaitRunningAsync(string id, CancellationToken stop)
    {
        InstanceStateName? state = null;
        var isOver = await context.UntilAsync(
            async () =>
            {
                try
                {
                    var reply = await context.Pacer.SendAsync(
                        context.Clients.EC2.DescribeInstancesAsync,
                        new DescribeInstancesRequest { InstanceIds = [id] },
                        stop).ConfigureAwait(false);
                    state = (reply.Reservations ?? []).SelectMany(each => each.Instances ?? []).FirstOrDefault()?.State?.Name;
                }
                catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidInstanceID.NotFound")
                {
                    // EC2 does not know it everywhere yet.
                }

                return state is not null && state != InstanceStateName.Pending;
            },
            context.HealthLimit,
            stop).ConfigureAwait(false);
        if (!isOver || state != InstanceStateName.Running)
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"{id} does not run: it is {state?.Value ?? "unknown"}.",
                "Look at its console output and its state reason.");
        }
    }
}
