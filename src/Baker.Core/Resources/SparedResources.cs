using System.Collections.Immutable;

namespace Baker.Core.Resources;

/// <summary>
/// What the manifest has no more, and stays all the same: fleets, which are deleted only where that is asked for, and what they or
/// instances stand on.
/// </summary>
public static class SparedResources
{
    /// <param name="surplus">What was found and is not asked for.</param>
    /// <param name="gone">The fleets that the manifest has no more.</param>
    /// <param name="ends">The fleets whose instances the same plan replaces or ends.</param>
    /// <returns>Each with what keeps it.</returns>
    public static ImmutableArray<(Resource Resource, string By)> Of(
        IReadOnlyCollection<Resource> surplus,
        IReadOnlyCollection<FoundFleet> gone,
        IReadOnlySet<string> ends,
        EnvironmentFacts facts)
    {
        var spared = new Dictionary<(ResourceKind, string), (Resource Resource, string By)>();
        foreach (var fleet in gone.Where(fleet => fleet.Name is { } name && !ends.Contains(name)))
        {
            var actions = facts.Resources
                .Where(each => each.Kind == ResourceKind.Alarm && each.Parent == fleet.Group.ToString())
                .SelectMany(alarm => alarm.Values.Where(each => each.Key.StartsWith("actions.", StringComparison.Ordinal)))
                .SelectMany(each => each.Value.Split(", "))
                .ToHashSet(StringComparer.Ordinal);
            Spare(
                each => (each.Kind == ResourceKind.TargetGroup && fleet.TargetGroups.Contains(each.Id))
                    || (each.Kind == ResourceKind.Topic && actions.Contains(each.Id)),
                fleet.Name!);
        }

        foreach (var use in facts.Uses.Where(use => use.Fleet is null || !ends.Contains(use.Fleet)))
        {
            Spare(each => each.Kind == ResourceKind.SecurityGroup && each.Id == use.SecurityGroup, use.Fleet ?? use.Instance);
        }

        // A security group whose rules name another keeps that as well.
        while (surplus.FirstOrDefault(each => each.Kind == ResourceKind.SecurityGroup && !Has(each) && Namer(each) is not null) is { } one)
        {
            spared[(one.Kind, one.Key)] = (one, Namer(one)!.Name);
        }

        Spare(
            each => each.Kind is ResourceKind.SecurityGroupRule or ResourceKind.Subscription
                && each.Parent is { } parent
                && spared.ContainsKey((each.Kind == ResourceKind.Subscription ? ResourceKind.Topic : ResourceKind.SecurityGroup, parent)),
            "");
        return [.. spared.Values];

        bool Has(Resource resource) => spared.ContainsKey((resource.Kind, resource.Key));

        Resource? Namer(Resource group) => surplus
            .Where(rule => rule.Kind == ResourceKind.SecurityGroupRule && rule["peer"] == group.Id && rule.Parent != group.Key)
            .Select(rule => spared.TryGetValue((ResourceKind.SecurityGroup, rule.Parent!), out var owner) ? owner.Resource : null)
            .FirstOrDefault(owner => owner is not null);

        void Spare(Func<Resource, bool> isOne, string by)
        {
            foreach (var resource in surplus.Where(each => isOne(each) && !Has(each)).ToList())
            {
                spared[(resource.Kind, resource.Key)] = (resource, by);
            }
        }
    }
}
