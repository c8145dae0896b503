using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Core.Resources;

/// <summary>What is to be done so that the fleets of an environment are as the manifest has them, wave after wave.</summary>
internal static class FleetSteps
{
    public static ImmutableArray<EnvironmentStep> Of(ImmutableArray<WantedFleet> fleets, EnvironmentFacts facts, bool updates)
    {
        var steps = ImmutableArray.CreateBuilder<EnvironmentStep>();
        var waves = EnvironmentPlan.Waves(fleets);
        var there = facts.Fleets.ToDictionary(fleet => fleet.Group);
        var unbaked = fleets
            .Where(fleet => fleet.NeedsBake && (updates || !there.ContainsKey(fleet.Group)))
            .Select(fleet => fleet.Group)
            .ToImmutableArray();
        if (!unbaked.IsEmpty)
        {
            steps.Add(new EnvironmentStep.Bake(unbaked));
        }

        var ours = facts.Resources
            .Where(each => each.Kind == ResourceKind.TargetGroup)
            .Select(each => each.Id)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var wave in fleets.GroupBy(fleet => waves[fleet.Group]).OrderBy(wave => wave.Key))
        {
            // First what changes them as they are, then what replaces them, side by side.
            steps.AddRange(wave
                .Select(fleet => Join(fleet, there.GetValueOrDefault(fleet.Group), ours, facts))
                .OfType<EnvironmentStep.Join>());
            steps.AddRange(wave
                .Select(fleet => Correct(fleet, there.GetValueOrDefault(fleet.Group)))
                .OfType<EnvironmentStep.ChangeFleet>());
            steps.AddRange(wave
                .Select(fleet => Change(fleet, there.GetValueOrDefault(fleet.Group), wave.Key, updates))
                .OfType<EnvironmentStep>());
        }

        return steps.ToImmutable();
    }

    private static EnvironmentStep.Join? Join(WantedFleet fleet, FoundFleet? found, HashSet<string> ours, EnvironmentFacts facts)
    {
        if (found is not { Pending: null, Name: { } name })
        {
            return null;
        }

        var targets = Reference.ResolveAll(fleet.Targets, facts.Find).ToList();
        var joins = targets.Where(target => !found.TargetGroups.Contains(target)).ToImmutableArray();
        var leaves = found.TargetGroups
            .Where(target => !targets.Contains(target) && (ours.Contains(target) || found.LostTargetGroups.Contains(target)))
            .ToImmutableArray();
        return joins.Length + leaves.Length > 0 ? new EnvironmentStep.Join(fleet.Group, name, joins, leaves) : null;
    }

    private static EnvironmentStep.ChangeFleet? Correct(WantedFleet fleet, FoundFleet? found)
    {
        if (found is not { Pending: null, Name: { } name })
        {
            return null;
        }

        var differences = ImmutableArray.CreateBuilder<Difference>();
        (int, int)? size = null;
        if (found is { IsHeld: false, Capacity: { } has } && fleet.Capacity is { } wanted)
        {
            var (min, max) = SizeDrift.Of(has, wanted, fleet.Scheduled);
            differences.AddRange(new[] { min, max }.OfType<Difference>());
            size = min is null && max is null ? null : SizeDrift.Bounds(has, wanted, fleet.Scheduled);
        }

        var tags = fleet.Tags
            .Where(tag => found.Tags.GetValueOrDefault(tag.Key) != tag.Value)
            .OrderBy(tag => tag.Key, StringComparer.Ordinal)
            .ToImmutableArray();
        differences.AddRange(tags.Select(tag => new Difference($"tag {tag.Key}", found.Tags.GetValueOrDefault(tag.Key, ""), tag.Value)));
        return differences.Count == 0 ? null
            : new EnvironmentStep.ChangeFleet(fleet.Group, name, size, tags, differences.ToImmutable());
    }

    private static EnvironmentStep? Change(WantedFleet fleet, FoundFleet? found, int wave, bool updates) => found?.Pending switch
    {
        null when found is null => new EnvironmentStep.RunFleet(fleet.Group, wave),
        null when updates && (fleet.NeedsBake || !IsCurrent(found, fleet)) => new EnvironmentStep.UpdateFleet(
            fleet.Group,
            wave,
            $"{found.Image} -> {fleet.Image ?? "the image that is baked"}"),
        null when updates && Outdated(found, fleet) is { } settings => new EnvironmentStep.UpdateFleet(fleet.Group, wave, settings),
        null => null,
        FleetAction.Run => new EnvironmentStep.RunFleet(fleet.Group, wave),
        FleetAction.Update or FleetAction.Roll =>
            new EnvironmentStep.UpdateFleet(fleet.Group, wave, "an update is under way, and goes on"),
        _ => null, // what takes it away or back has to come to its end first, see EnvironmentPlan.Ending
    };

    /// <summary>What of its settings only a new fleet gets; null where they are the manifest's, or nobody knows.</summary>
    private static string? Outdated(FoundFleet found, WantedFleet wanted) =>
        found.Settings is not { } has || wanted.Settings is not { } asked ? null
        : has.Template != asked.Template ? "the settings of its launch template have changed in the manifest"
        : has.Group == asked.Group ? null
        : "the settings of its Auto Scaling group have changed in the manifest";

    private static bool IsCurrent(FoundFleet found, WantedFleet wanted) => wanted.Image is null
        || wanted.Image == found.Image
        || (wanted.Fingerprint.Length > 0 && wanted.Fingerprint == found.Fingerprint);
}
