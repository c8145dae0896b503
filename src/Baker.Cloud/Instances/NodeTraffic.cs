using System.Collections.Immutable;
using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.Runtime;
using Baker.Cloud.Fleets;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Planning;
using Tag = Amazon.EC2.Model.Tag;

namespace Baker.Cloud.Instances;

/// <summary>
/// Takes nodes out of service and brings them back: members of an Auto Scaling group by way of standby, others by leaving
/// their target groups. A node is marked before it leaves and unmarked after it is back, so that a later run finds it.
/// </summary>
internal sealed class NodeTraffic(FleetContext context, string run)
{
    /// <summary>AWS's limit of a tag's value.</summary>
    private const int LongestTag = 256;

    private readonly FleetReader _groups = new(context);

    /// <summary>What is done with nodes that are marked, before requests stop coming to them.</summary>
    public Func<IReadOnlyCollection<string>, CancellationToken, Task> BeforeLeavingAsync { get; init; } =
        static (_, _) => Task.CompletedTask;

    /// <summary>Marks nodes, takes them out, and waits until no request is under way to them.</summary>
    /// <returns>Those that are out; the others are gone, or no longer in service.</returns>
    public async Task<ImmutableArray<DeployNode>> TakeOutAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        if (nodes[0].Fleet is { } fleet)
        {
            return await EnterStandbyAsync(fleet, nodes, stop).ConfigureAwait(false);
        }

        foreach (var node in nodes)
        {
            await DeregisterAsync(node, stop).ConfigureAwait(false);
        }

        await UntilAsync(
            IsDrainedAsync,
            "drained",
            nodes,
            stop).ConfigureAwait(false);
        return nodes;

        async Task<bool> IsDrainedAsync()
        {
            var draining = (await TargetsAsync(nodes, stop).ConfigureAwait(false)).Count(target => !target.IsNotUsed);
            context.Report(new ChangeProgress.Remaining("targets draining", draining));
            return draining == 0;
        }
    }

    /// <summary>Puts nodes back where they were. They are not healthy yet.</summary>
    public async Task PutBackAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        foreach (var fleet in nodes.Where(node => node.Fleet is not null).GroupBy(node => node.Fleet!))
        {
            await ExitStandbyAsync(fleet.Key, [.. fleet], stop).ConfigureAwait(false);
        }

        foreach (var node in nodes.Where(node => node.Fleet is null))
        {
            await RegisterAsync(node, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Why a node that was put back is not healthy yet, by node; those that are healthy, or gone, are not in it.</summary>
    public async Task<Dictionary<string, string>> NotHealthyAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var fleet in nodes.Where(node => node.Fleet is not null).GroupBy(node => node.Fleet!))
        {
            var view = await _groups.LookAsync(fleet.Key, fleet.First().TargetGroups, stop).ConfigureAwait(false);
            foreach (var node in fleet)
            {
                if (view?.Instances.FirstOrDefault(each => each.Id == node.Id) is { } instance
                    && Reason(instance, node.TargetGroups) is { } reason)
                {
                    reasons[node.Id] = reason;
                }
            }
        }

        var alone = nodes.Where(node => node.Fleet is null).ToImmutableArray();
        var targets = await _groups.TargetsAsync(alone.SelectMany(node => node.TargetGroups).Distinct(), stop).ConfigureAwait(false);
        foreach (var node in alone)
        {
            if (Reason(
                new FleetInstance { Id = node.Id, Lifecycle = "InService", Targets = [.. targets[node.Id]] },
                node.TargetGroups) is { } reason)
            {
                reasons[node.Id] = reason;
            }
        }

        return reasons;
    }

    /// <summary>Notes on the group what it gets back, then makes room: a node goes into standby only above the minimum.</summary>
    public async Task HoldAsync(string name, int lowered, CancellationToken stop)
    {
        var view = await _groups.NeedAsync(name, stop).ConfigureAwait(false);
        if (view.Held is null)
        {
            var hold = new FleetHold(view.Capacity.Min, !view.Suspended.Contains(FleetHold.Rebalancing));
            await context.Pacer.SendAsync(
                context.Clients.AutoScaling.CreateOrUpdateTagsAsync,
                new CreateOrUpdateTagsRequest { Tags = [HoldTag(name, hold)] },
                stop).ConfigureAwait(false);
        }

        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.SuspendProcessesAsync,
            new SuspendProcessesRequest { AutoScalingGroupName = name, ScalingProcesses = [FleetHold.Rebalancing] },
            stop).ConfigureAwait(false);
        if (view.Capacity.Min > lowered)
        {
            await MinimumAsync(name, lowered, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what is noted on the group; nothing where nothing is.</summary>
    public async Task LetGoAsync(string name, CancellationToken stop)
    {
        if (await _groups.NeedAsync(name, stop).ConfigureAwait(false) is not { Held: { } hold } view)
        {
            return;
        }

        if (view.Capacity.Min != hold.Minimum)
        {
            await MinimumAsync(name, Math.Min(hold.Minimum, view.Capacity.Max), stop).ConfigureAwait(false);
        }

        if (hold.Rebalances)
        {
            await context.Pacer.SendAsync(
                context.Clients.AutoScaling.ResumeProcessesAsync,
                new ResumeProcessesRequest { AutoScalingGroupName = name, ScalingProcesses = [FleetHold.Rebalancing] },
                stop).ConfigureAwait(false);
        }

        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.DeleteTagsAsync,
            new Amazon.AutoScaling.Model.DeleteTagsRequest { Tags = [HoldTag(name, hold)] },
            stop).ConfigureAwait(false);
    }

    public Task UnmarkAsync(IEnumerable<string> ids, CancellationToken stop) => context.Pacer.SendAsync(
        context.Clients.EC2.DeleteTagsAsync,
        new Amazon.EC2.Model.DeleteTagsRequest
        {
            Resources = [.. ids],
            Tags = [new Tag { Key = FleetTags.Draining }, new Tag { Key = FleetTags.Targets }],
        },
        stop);

    private static Amazon.AutoScaling.Model.Tag HoldTag(string name, FleetHold hold) =>
        FleetTags.Of(name, FleetTags.Minimum, hold.ToText());

    private static string? Reason(FleetInstance instance, ImmutableArray<string> targetGroups) =>
        instance.WhyNotHealthy(
            [.. targetGroups.Where(group => !instance.Targets.Any(target => target.TargetGroup == group && target.IsNotUsed))]);

    private async Task<ImmutableArray<DeployNode>> EnterStandbyAsync(string name, ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        FleetView view = null!;
        string StateOf(DeployNode node) => view.Instances.FirstOrDefault(each => each.Id == node.Id)?.Lifecycle ?? "gone";
        async Task<bool> LookAsync()
        {
            view = await _groups.NeedAsync(name, stop).ConfigureAwait(false);
            var going = nodes.Where(node => StateOf(node) == "InService").ToImmutableArray();
            if (!going.IsEmpty)
            {
                await MarkAsync(going, stop).ConfigureAwait(false);
                if (view.Capacity.Desired - going.Length < view.Capacity.Min)
                {
                    // More are out than was planned: nodes that failed stay out.
                    await MinimumAsync(name, Math.Max(0, view.Capacity.Desired - going.Length), stop).ConfigureAwait(false);
                }

                var request = new EnterStandbyRequest
                {
                    AutoScalingGroupName = name,
                    InstanceIds = Ids(going),
                    ShouldDecrementDesiredCapacity = true,
                };
                await OrLookAgainAsync(
                    context.Pacer.SendOnceAsync(context.Clients.AutoScaling.EnterStandbyAsync, request, stop)).ConfigureAwait(false);
            }

            // Standby comes when the load balancer has no request to it under way any more.
            return going.IsEmpty && !nodes.Any(node => StateOf(node) == "EnteringStandby");
        }

        await UntilAsync(LookAsync, "in standby", nodes, stop).ConfigureAwait(false);
        foreach (var node in nodes.Where(node => StateOf(node) != "Standby"))
        {
            context.Say($"  {node.Id} is {StateOf(node)}: passed over");
        }

        return [.. nodes.Where(node => StateOf(node) == "Standby")];
    }

    private async Task ExitStandbyAsync(string name, ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        var gone = ImmutableArray<DeployNode>.Empty;
        async Task<bool> LookAsync()
        {
            var view = await _groups.NeedAsync(name, stop).ConfigureAwait(false);
            var states = view.Instances.ToDictionary(instance => instance.Id, instance => instance.Lifecycle);
            gone = [.. nodes.Where(node => !states.ContainsKey(node.Id))];
            var standing = nodes.Where(node => states.GetValueOrDefault(node.Id) == "Standby").ToImmutableArray();
            if (!standing.IsEmpty)
            {
                var request = new ExitStandbyRequest { AutoScalingGroupName = name, InstanceIds = Ids(standing) };
                await OrLookAgainAsync(
                    context.Pacer.SendOnceAsync(context.Clients.AutoScaling.ExitStandbyAsync, request, stop)).ConfigureAwait(false);
            }

            return standing.IsEmpty && !nodes.Any(node => states.GetValueOrDefault(node.Id) == "EnteringStandby");
        }

        await UntilAsync(LookAsync, "out of standby", nodes, stop).ConfigureAwait(false);
        await ReplaceAsync(name, gone, stop).ConfigureAwait(false);
    }

    /// <summary>A lost reply, or a group that is busy: the next look shows what came of it.</summary>
    private async Task OrLookAgainAsync(Task change)
    {
        try
        {
            await change.ConfigureAwait(false);
        }
        catch (Exception error)
            when (Refusal.IsTransient(error) || error is ResourceContentionException or ScalingActivityInProgressException)
        {
            context.Say($"  trying again: {error.Message}");
        }
    }

    /// <summary>A node that ended while it was out took its place in the desired capacity with it.</summary>
    private async Task ReplaceAsync(string name, ImmutableArray<DeployNode> gone, CancellationToken stop)
    {
        if (gone.IsEmpty)
        {
            return;
        }

        var view = await _groups.NeedAsync(name, stop).ConfigureAwait(false);
        var wanted = Math.Min(view.Capacity.Max, view.Capacity.Desired + gone.Length);
        context.Say(
            $"  {string.Join(", ", gone.Select(node => node.Id))} ended while out of service; {name} is sized to {wanted} to replace it");
        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.SetDesiredCapacityAsync,
            new SetDesiredCapacityRequest { AutoScalingGroupName = name, DesiredCapacity = wanted, HonorCooldown = false },
            stop).ConfigureAwait(false);
    }

    private async Task MinimumAsync(string name, int minimum, CancellationToken stop)
    {
        var request = new UpdateAutoScalingGroupRequest { AutoScalingGroupName = name, MinSize = minimum };
        await context.Pacer.SendAsync(context.Clients.AutoScaling.UpdateAutoScalingGroupAsync, request, stop).ConfigureAwait(false);
    }

    private async Task DeregisterAsync(DeployNode node, CancellationToken stop)
    {
        var registered = (await TargetsAsync([node], stop).ConfigureAwait(false)).FindAll(target => target.State != "draining");
        if (registered.Count > 0)
        {
            await MarkAsync([node], stop).ConfigureAwait(false);
        }

        foreach (var group in registered.GroupBy(target => target.TargetGroup))
        {
            var request = new DeregisterTargetsRequest
            {
                TargetGroupArn = group.Key,
                Targets = [.. group.Select(target => new TargetDescription { Id = node.Id, Port = target.Port })],
            };
            await context.Pacer.SendAsync(context.Clients.ELBv2.DeregisterTargetsAsync, request, stop).ConfigureAwait(false);
        }
    }

    private async Task RegisterAsync(DeployNode node, CancellationToken stop)
    {
        var arns = node.TargetGroups.ToDictionary(ArnText.Name, arn => arn, StringComparer.Ordinal);
        foreach (var (name, port) in node.Registrations)
        {
            if (arns.TryGetValue(name, out var arn))
            {
                await context.Pacer.SendAsync(
                    context.Clients.ELBv2.RegisterTargetsAsync,
                    new RegisterTargetsRequest { TargetGroupArn = arn, Targets = [new TargetDescription { Id = node.Id, Port = port }] },
                    stop).ConfigureAwait(false);
            }
            else
            {
                context.Say($"  the target group {name}, in which {node.Id} was, is gone");
            }
        }
    }

    private async Task MarkAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        List<Tag> tags = [new Tag { Key = FleetTags.Draining, Value = run }];
        if (nodes[0].Fleet is null)
        {
            var registrations = DeployReader.ToText(nodes[0].Registrations);
            tags.Add(registrations.Length <= LongestTag
                ? new Tag { Key = FleetTags.Targets, Value = registrations }
                : throw new BakerException(
                    ExitCode.CloudFailed,
                    $"{nodes[0].Id} is in more target groups than fit into a tag ({registrations}).",
                    "Deploy this group without --drain."));
        }

        await context.Pacer.SendAsync(
            context.Clients.EC2.CreateTagsAsync,
            new CreateTagsRequest { Resources = Ids(nodes), Tags = tags },
            stop).ConfigureAwait(false);
        await BeforeLeavingAsync(Ids(nodes), stop).ConfigureAwait(false);
    }

    private async Task<List<TargetView>> TargetsAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        var targets = await _groups.TargetsAsync(nodes.SelectMany(node => node.TargetGroups).Distinct(), stop).ConfigureAwait(false);
        return [.. nodes.SelectMany(node => targets[node.Id])];
    }

    private async Task UntilAsync(Func<Task<bool>> done, string what, ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        if (!await context.UntilAsync(done, context.RetireLimit, stop).ConfigureAwait(false))
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"After {DurationText.Of(context.RetireLimit)} {string.Join(", ", Ids(nodes))} is not yet {what}.",
                "Look at the target group's deregistration delay.");
        }
    }

    private static List<string> Ids(ImmutableArray<DeployNode> nodes) => [.. nodes.Select(node => node.Id)];
}
