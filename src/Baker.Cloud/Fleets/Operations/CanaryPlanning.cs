using Baker.Cloud.Fleets.Steps;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Finds how a new fleet can get its share of the requests, and refuses what cannot be judged.</summary>
internal sealed class CanaryPlanning(FleetContext context)
{
    /// <exception cref="BakerException">It cannot be done so; nothing has been changed.</exception>
    public async Task<FleetCanary> PlanAsync(
        FleetTarget target,
        FleetView old,
        CanarySettings settings,
        bool approves,
        CancellationToken stop)
    {
        var group = target.Group.Name;
        if (await new NoticeStore(context).ReadAsync(group, stop).ConfigureAwait(false) is { } notice)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"A notice is on before {group} since {notice.Since}, by {notice.Owner}: there are no requests to give a share of.",
                $"Take it away first: {context.Suggested.Package($"maintenance:off {group}")}");
        }

        if (old.Capacity.Desired == 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{old.Name} has no instances: there is nothing to compare a new fleet with.",
                $"Use autoscale:update {group} without --strategy canary.");
        }

        var groups = await new FleetPlaces(context).TargetGroupsAsync(old.TargetGroups, stop).ConfigureAwait(false);
        var isLed = groups.Count > 0 && groups.TrueForAll(each => each.LoadBalancerArns is { Count: > 0 } balancers
            && balancers.TrueForAll(arn => arn.Contains(":loadbalancer/app/", StringComparison.Ordinal)));
        if (!isLed)
        {
            return new FleetCanary { Settings = BySize(settings, group, groups.Count > 0), Approves = approves };
        }

        var named = await new FleetPlaces(context).TargetGroupsAsync(target.Settings.TargetGroups, stop).ConfigureAwait(false);
        if (named.Count > 0 && !named.Select(each => each.TargetGroupArn).ToHashSet(StringComparer.Ordinal).SetEquals(old.TargetGroups))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group} is to be in {string.Join(", ", named.Select(each => each.TargetGroupName))}, and {old.Name} is in "
                    + $"{string.Join(", ", old.TargetGroups.Select(ArnText.Name))}: a share of the requests goes to the same places.",
                $"Move it first, with autoscale:update {group} without --strategy canary.");
        }

        var (places, stood) = await new ListenerRules(context).LeadingAsync(group, old.TargetGroups, stop).ConfigureAwait(false);
        Weighing.Check(places, stood, old.TargetGroups);
        return new FleetCanary { Settings = settings, Approves = approves, Places = places, Stood = stood };
    }

    /// <exception cref="BakerException">There is more to give back than a journal holds.</exception>
    public static void CheckLength(FleetJournal journal)
    {
        if (journal.ToText().Length > FleetJournal.LongestText - 200) // the step's name grows
        {
            throw new BakerException(
                ExitCode.BadInput,
                FormattableString.Invariant(
                    $"{journal.Canary!.Places.Length} rules lead to {journal.Group}: more than a journal can give back."),
                "Use fewer rules with more hosts and paths each, or another --strategy.");
        }
    }

    /// <summary>What a balancer counts of a target group is of both fleets then.</summary>
    private static CanarySettings BySize(CanarySettings settings, string group, bool hasTargetGroups) =>
        settings.Checks.FirstOrDefault(check => check.IsOfRequests) is not { } check ? settings : throw new BakerException(
            ExitCode.BadInput,
            $"{group} is not led to by application load balancers alone, so that its share is that of its instances"
                + (hasTargetGroups ? ", in the same target groups as the old ones" : "")
                + $": nothing tells whose {check.Metric} it is.",
            "Judge it by healthy_hosts, or by a metric with the dimension \"AutoScalingGroupName\": \"{{fleet}}\".");
}
