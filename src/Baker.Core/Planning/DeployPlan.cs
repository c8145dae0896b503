using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>The steps of a deploy, from what was seen: what the run does, and what a dry run prints.</summary>
public static class DeployPlan
{
    /// <summary>The healthy targets that a target group keeps while more than one node at a time is out.</summary>
    public const int LeastHealthy = 2;

    /// <summary>AWS moves at most 20 instances into standby in one call.</summary>
    private const int MostAtOnce = 20;

    /// <summary>Processes without which an instance that was in standby does not serve again.</summary>
    private static readonly string[] s_needed = ["Launch", "AddToLoadBalancer"];

    /// <exception cref="BakerException">It would take the last healthy instance out of a target group, or nodes could not
    /// come back.</exception>
    public static ImmutableArray<DeployStep> Steps(DeployFacts facts, DeployOptions options)
    {
        var send = new DeployStep.Send(facts.Group, options.AtOnce);
        if (!options.Drains && !facts.HasLeftovers)
        {
            return options.BringsBackOnly ? [] : [send];
        }

        var batches = options.Drains ? Batches(facts, options) : [];
        var steps = ImmutableArray.CreateBuilder<DeployStep>();
        Returns(steps, facts, options);
        foreach (var batch in batches)
        {
            steps.Add(new DeployStep.TakeOut(Ids(batch), batch[0].TargetGroups, !options.Services.IsEmpty));
            steps.Add(new DeployStep.Converge(Ids(batch), batch.Length, IsOut: true));
            steps.Add(new DeployStep.BringBack(Ids(batch), !options.Services.IsEmpty));
        }

        if (options.Drains && facts.Nodes.Where(ConvergesInPlace).ToImmutableArray() is { IsEmpty: false } inPlace)
        {
            steps.Add(new DeployStep.Converge(Ids(inPlace), options.AtOnce, IsOut: false));
        }

        Hold(steps, facts, batches);
        if (steps.Count == 0)
        {
            return [];
        }

        steps.Insert(0, new DeployStep.TakeLock(facts.Group));
        if (!options.Drains && !options.BringsBackOnly)
        {
            steps.Add(send);
        }

        return steps.ToImmutable();
    }

    /// <summary>Nodes that a drained deploy passes over, and why.</summary>
    public static ImmutableArray<(string Node, string Reason)> Skipped(DeployFacts facts) =>
    [
        .. facts.Nodes
            .Where(node => !node.IsMarked && !IsDrained(node) && !ConvergesInPlace(node))
            .Select(node => (node.Id, $"it is {node.Lifecycle}")),
    ];

    /// <summary>How few healthy targets a target group may have left when so many of them are taken out together.</summary>
    public static int Floor(int taken) => taken == 1 ? 1 : LeastHealthy;

    /// <summary>In service behind a load balancer, or just about to be again.</summary>
    private static bool IsDrained(DeployNode node) =>
        !node.IsOut && !node.TargetGroups.IsEmpty && (node.Fleet is null || node.IsMarked || node.Lifecycle == "InService");

    /// <summary>Nothing reaches it through a load balancer: it has none, or a person put it into standby.</summary>
    private static bool ConvergesInPlace(DeployNode node) =>
        !node.IsMarked
        && (node.TargetGroups.IsEmpty ? node.Fleet is null || node.Lifecycle is "InService" or "Standby" : node.Lifecycle == "Standby");

    /// <summary>First of all what an earlier run left: fewer serve while it is out.</summary>
    private static void Returns(ImmutableArray<DeployStep>.Builder steps, DeployFacts facts, DeployOptions options)
    {
        var waiting = facts.Nodes.Where(node =>
            node.IsMarked && (options.BringsBackOnly
                || node.IsOnItsWayBack
                || (!node.IsOut && (!options.Drains || node.TargetGroups.IsEmpty)))).ToImmutableArray();
        if (!waiting.IsEmpty)
        {
            steps.Add(new DeployStep.BringBack(Ids(waiting), !options.Services.IsEmpty));
        }

        foreach (var batch in facts.Nodes.Where(node => node.IsOut && !options.BringsBackOnly).Chunk(MostAtOnce))
        {
            steps.Add(new DeployStep.Converge(Ids(batch), batch.Length, IsOut: true));
            steps.Add(new DeployStep.BringBack(Ids(batch), !options.Services.IsEmpty));
        }
    }

    private static ImmutableArray<ImmutableArray<DeployNode>> Batches(DeployFacts facts, DeployOptions options)
    {
        // By the time that a node is taken out, those that an earlier run left are back.
        var healthy = facts.Healthy.ToDictionary(
            pair => pair.Key,
            pair => pair.Value + facts.Nodes.Count(node =>
                (node.IsOut || node.IsOnItsWayBack) && node.TargetGroups.Contains(pair.Key) && !node.IsHealthyIn(pair.Key)));
        var batches = ImmutableArray.CreateBuilder<ImmutableArray<DeployNode>>();
        foreach (var pool in facts.Nodes
            .Where(IsDrained)
            .GroupBy(node => (node.Fleet, string.Join(' ', node.TargetGroups.Order(StringComparer.Ordinal)))))
        {
            var most = Math.Min(options.AtOnce, MostAtOnce);
            foreach (var group in options.Force ? [] : pool.First().TargetGroups)
            {
                var serving = pool.Where(node => node.IsHealthyIn(group)).Select(node => node.Id).ToList();
                var count = healthy.GetValueOrDefault(group);
                if (serving.Count > 0 && count <= 1)
                {
                    throw new BakerException(
                        ExitCode.BadInput,
                        $"{serving[0]} is the last healthy instance in the target group {ArnText.Name(group)}: "
                            + "while it is out, nothing serves.",
                        $"{AddOne(facts, pool.Key.Fleet)}, or say --force if that is meant.");
                }

                if (serving.Count > 0)
                {
                    most = Math.Min(most, Math.Max(1, count - LeastHealthy));
                }
            }

            batches.AddRange(pool.Chunk(most).Select(batch => batch.ToImmutableArray()));
        }

        return batches.ToImmutable();
    }

    private static string AddOne(DeployFacts facts, string? fleet) =>
        facts.Fleets.FirstOrDefault(each => each.Name == fleet)?.Capacity is { } has
            ? $"Add one before: autoscale:scale {facts.Group} {has.Desired + 1}{(has.Desired < has.Max ? "" : $" --max {has.Desired + 1}")}"
            : "Add one before";

    private static void Hold(
        ImmutableArray<DeployStep>.Builder steps,
        DeployFacts facts,
        ImmutableArray<ImmutableArray<DeployNode>> batches)
    {
        var at = 0;
        foreach (var fleet in facts.Fleets)
        {
            var most = batches.Where(batch => batch[0].Fleet == fleet.Name).Select(batch => batch.Length).DefaultIfEmpty(0).Max();
            var minimum = fleet.Held?.Minimum ?? fleet.Capacity.Min;
            if (most > 0 && fleet.Suspended.Intersect(s_needed).FirstOrDefault() is { } suspended)
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"{fleet.Name} has {suspended} suspended: a node that left its target groups would not come back into them.",
                    $"Find out why; then autoscale:resume {facts.Group} {suspended}.");
            }

            if (most > 0)
            {
                var back = facts.Nodes.Count(node => node.Fleet == fleet.Name && node.IsOut);
                steps.Insert(
                    at++,
                    new DeployStep.Hold(fleet.Name, minimum, Math.Max(0, Math.Min(minimum, fleet.Capacity.Desired + back - most))));
            }

            if (most > 0 || fleet.Held is not null)
            {
                steps.Add(new DeployStep.LetGo(fleet.Name, minimum));
            }
        }
    }

    private static ImmutableArray<string> Ids(IEnumerable<DeployNode> nodes) => [.. nodes.Select(node => node.Id)];
}
