using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>
/// Takes a node out of service and out of its fleet, which replaces it, and leaves it running for a look. It leaves the fleet before
/// the target groups: a fleet that goes by their health would end a member that is in none.
/// </summary>
/// <param name="note">What its tag says: when, who and why.</param>
/// <param name="isOfChange">Whether a change of the fleet, which holds the lock, does it: nothing replaces the node then.</param>
public sealed class QuarantineOperation(
    FleetContext context,
    NodeInstance node,
    NodeGroup group,
    INodeServices? services,
    string run,
    string note,
    bool isOfChange = false) : Operation<QuarantineStep>
{
    private readonly FleetReader _reader = new(context);
    private IReadOnlyCollection<string> _ofFleet = [];

    public override string Subject => group.Name;

    public override async Task<IHold> TakeAsync(CancellationToken stop) => await FleetLock.TakeAsync(
        context,
        group.Name,
        run,
        "instance:quarantine",
        interrupts: false,
        breakLock: false,
        stop).ConfigureAwait(false);

    public override async Task<IReadOnlyList<QuarantineStep>> PlanAsync(CancellationToken stop)
    {
        if (!isOfChange)
        {
            await new JournalStore(context).RefuseDuringChangeAsync(group.Name, stop).ConfigureAwait(false);
        }

        var steps = new List<QuarantineStep>();
        var found = node.Fleet is { } name ? await _reader.NeedAsync(name, stop).ConfigureAwait(false) : null;
        var member = found?.Instances.FirstOrDefault(each => each.Id == node.Id);
        if (member is not null and not { Lifecycle: "InService" or "Standby" or "Detaching" })
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{node.Id} is {member.Lifecycle} in {node.Fleet}, and only a member that is in service can leave it.",
                "Wait a moment; one that is going cannot be kept any more.");
        }

        if (node.Quarantine is null)
        {
            steps.Add(new QuarantineStep.Mark(node.Id));
        }

        if (services is not null && !group.Provides.IsEmpty && (node.Quarantine is null || await ServesAsync(stop).ConfigureAwait(false)))
        {
            steps.Add(new QuarantineStep.Withdraw(node.Id, string.Join(", ", group.ProvidedNames)));
        }

        if (member is { Lifecycle: not "Detaching" })
        {
            if (!isOfChange && found!.Suspended.Contains("Launch"))
            {
                context.Say($"WARNING {found.Name}: Launch is suspended, so that {node.Id} is not replaced until that is resumed.");
            }

            steps.Add(new QuarantineStep.Detach(node.Id, found!.Name));
        }

        _ofFleet = found?.TargetGroups ?? [];
        var targets = await TargetsAsync(stop).ConfigureAwait(false);
        if (targets.Count > 0)
        {
            steps.Add(new QuarantineStep.Leave(
                node.Id,
                string.Join(", ", targets.Select(target => ArnText.Name(target.TargetGroup)).Distinct())));
        }

        return steps;
    }

    /// <summary>Whether the catalogue has it as serving: a converge, or its agent, may have announced it again.</summary>
    private async Task<bool> ServesAsync(CancellationToken stop) =>
        (await services!.ServingAsync(group.ProvidedNames, [node.Id], stop).ConfigureAwait(false)).Count > 0;

    public override Task DoAsync(QuarantineStep step, CancellationToken stop) => step switch
    {
        QuarantineStep.Mark => context.Pacer.SendAsync(
            context.Clients.EC2.CreateTagsAsync,
            new CreateTagsRequest
            {
                Resources = [node.Id],
                Tags =
                [
                    new Amazon.EC2.Model.Tag { Key = FleetTags.Quarantine, Value = note },
                    new Amazon.EC2.Model.Tag { Key = BakerTags.Purpose, Value = BakerTags.Quarantined },
                ],
            },
            stop),
        QuarantineStep.Withdraw => services!.WithdrawAsync(group.ProvidedNames, [node.Id], stop),
        QuarantineStep.Detach detach => context.Pacer.SendOnceAsync(
            context.Clients.AutoScaling.DetachInstancesAsync,
            new DetachInstancesRequest
            {
                AutoScalingGroupName = detach.Fleet,
                InstanceIds = [node.Id],
                ShouldDecrementDesiredCapacity = isOfChange,
            },
            async token => await _reader.FindAsync(detach.Fleet, token).ConfigureAwait(false) is { } fleet
                && FleetReader.View(fleet).Instances.Any(each => each.Id == node.Id && each.Lifecycle != "Detaching")
                ? null
                : new DetachInstancesResponse(),
            stop),
        QuarantineStep.Leave => LeaveAsync(stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private async Task LeaveAsync(CancellationToken stop)
    {
        var arns = (await TargetsAsync(stop).ConfigureAwait(false)).Select(target => target.TargetGroup).Distinct().ToList();
        var isOut = await context.UntilAsync(
            async () =>
            {
                var targets = (await _reader.TargetsAsync(arns, stop).ConfigureAwait(false))[node.Id]
                    .Where(target => !target.IsNotUsed)
                    .ToList();
                foreach (var target in targets.Where(target => target.State != "draining"))
                {
                    await context.Pacer.SendAsync(
                        context.Clients.ELBv2.DeregisterTargetsAsync,
                        new DeregisterTargetsRequest
                        {
                            TargetGroupArn = target.TargetGroup,
                            Targets = [new TargetDescription { Id = node.Id, Port = target.Port }],
                        },
                        stop).ConfigureAwait(false);
                }

                return targets.Count == 0;
            },
            context.RetireLimit,
            stop).ConfigureAwait(false);
        if (!isOut)
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"After {DurationText.Of(context.RetireLimit)} {node.Id} still has requests under way.",
                "Look at the target group's deregistration delay.");
        }
    }

    /// <summary>Where it is registered, of what its fleet is in and its group joins.</summary>
    private async Task<List<TargetView>> TargetsAsync(CancellationToken stop)
    {
        var found = await new InstanceTraffic(context, run).FindAsync(
            node.Id,
            InstanceTraffic.NamesOf(group).Union(node.Joined).Union(_ofFleet),
            stop).ConfigureAwait(false);
        return [.. found.Targets.Where(target => !target.IsNotUsed)];
    }
}
