using System.Collections.Immutable;
using Baker.Core.Discovery;
using Baker.Core.Planning;

namespace Baker.Core.Resources;

/// <summary>What is to be done so that an environment is as the manifest has it, or is gone: from what was found alone.</summary>
public static class EnvironmentPlan
{
    /// <summary>In which order resources go away.</summary>
    private static readonly ResourceKind[] s_removal =
    [
        ResourceKind.Alarm,
        ResourceKind.WarmPool,
        ResourceKind.Schedule,
        ResourceKind.Policy,
        ResourceKind.ListenerRule,
        ResourceKind.Listener,
        ResourceKind.Balancer,
        ResourceKind.TargetGroup,
        ResourceKind.Endpoints,
        ResourceKind.Services,
        ResourceKind.Subscription,
        ResourceKind.Topic,
        ResourceKind.SecurityGroupRule,
        ResourceKind.SecurityGroup,
    ];

    /// <summary>The steps that make it what it should be; none where it is.</summary>
    /// <param name="updates">Whether fleets that run get an image that is current.</param>
    /// <param name="deletesFleets">Whether fleets that the manifest has no more are deleted.</param>
    /// <exception cref="BakerException">Something would have to be made anew; all of that is told.</exception>
    public static ImmutableArray<EnvironmentStep> Apply(
        ImmutableArray<Resource> desired,
        ImmutableArray<WantedFleet> fleets,
        EnvironmentFacts facts,
        bool updates,
        bool deletesFleets = false)
    {
        var wanted = desired.Select(each => each.Resolve(facts.Find)).ToList();
        var found = facts.Resources.ToDictionary(each => (each.Kind, each.Key));
        Refuse(wanted, found);
        Refuse(facts.Obstacles);

        var steps = ImmutableArray.CreateBuilder<EnvironmentStep>();
        var ofFleets = FleetSteps.Of(fleets, facts, updates);
        var surplus = Surplus(wanted, fleets, facts);
        var spared = Spared(surplus, ofFleets, fleets, facts, deletesFleets).Select(each => each.Resource).ToHashSet();
        surplus.RemoveAll(spared.Contains);
        foreach (var kind in Enum.GetValues<ResourceKind>())
        {
            if (kind == ResourceKind.Policy)
            {
                // First, for a fleet that is run anew may get the same name.
                steps.AddRange(facts.Remains);
                steps.AddRange(ofFleets);
            }

            steps.AddRange(Steps(wanted.Where(each => each.Kind == kind), found));
            if (kind == ResourceKind.SecurityGroupRule)
            {
                // What is no longer let in should not wait for fleets to be healthy.
                steps.AddRange(surplus.Where(each => each.Kind == kind).Select(each => new EnvironmentStep.Remove(each)));
            }
        }

        if (deletesFleets)
        {
            steps.AddRange(Gone(fleets, facts).Select(fleet => new EnvironmentStep.DeleteFleet(fleet.Group, fleet.Region, Wave: 0)));
        }

        steps.AddRange(InOrder(surplus.Where(each => each.Kind != ResourceKind.SecurityGroupRule)));
        return steps.ToImmutable();
    }

    /// <summary>What such a plan leaves although the manifest has it no more, and what keeps it.</summary>
    public static ImmutableArray<(Resource Resource, string By)> Spared(
        ImmutableArray<Resource> desired,
        ImmutableArray<WantedFleet> fleets,
        EnvironmentFacts facts,
        bool updates,
        bool deletesFleets)
    {
        var surplus = Surplus([.. desired.Select(each => each.Resolve(facts.Find))], fleets, facts);
        return Spared(surplus, FleetSteps.Of(fleets, facts, updates), fleets, facts, deletesFleets);
    }

    /// <summary>The fleets that the manifest has no more.</summary>
    public static IEnumerable<FoundFleet> Gone(ImmutableArray<WantedFleet> fleets, EnvironmentFacts facts) =>
        facts.Fleets.Where(fleet => fleets.All(each => each.Group != fleet.Group));

    /// <summary>The manifest's fleets of which a delete or a rollback is under way: no step of a plan finishes that.</summary>
    public static IEnumerable<FoundFleet> Ending(ImmutableArray<WantedFleet> fleets, EnvironmentFacts facts) =>
        facts.Fleets.Where(fleet => fleet.Pending is FleetAction.Delete or FleetAction.Rollback
            && fleets.Any(each => each.Group == fleet.Group));

    /// <summary>The steps that give a group's fleet its policies, schedules, warm pool and alarms, and nothing else.</summary>
    public static ImmutableArray<EnvironmentStep> Scaling(ImmutableArray<Resource> desired, string group, EnvironmentFacts facts)
    {
        var wanted = desired.Select(each => each.Resolve(facts.Find)).OrderBy(each => each.Kind).ToList();
        var keys = wanted.Select(each => (each.Kind, each.Key)).ToHashSet();
        var there = facts.Resources.Where(each => IsOfFleet(each.Kind) && each.Parent == group).ToList();
        return
        [
            .. Steps(wanted, there.ToDictionary(each => (each.Kind, each.Key))),
            .. InOrder(there.Where(each => !keys.Contains((each.Kind, each.Key)))),
        ];
    }

    /// <summary>
    /// The steps that give nodes the endpoints of datastores as they are now, and what their groups provide and need, and nothing else.
    /// </summary>
    public static ImmutableArray<EnvironmentStep> Endpoints(DesiredEnvironment desired, EnvironmentFacts facts) =>
    [
        .. Steps(desired.Resources.Select(each => each.Resolve(facts.Find)), facts.Resources.ToDictionary(each => (each.Kind, each.Key))),
        .. InOrder(facts.Resources.Where(each => each.Kind == ResourceKind.Services
            && desired.Groups.Any(group => group.Name == each.Name && group.Region == each.Region && NodeServices.MayHaveLeft(group)))),
    ];

    /// <summary>The steps that take down what Baker has made in it.</summary>
    /// <param name="after">Which groups each group comes after, so that they go the other way round.</param>
    /// <exception cref="BakerException">Something of it is protected from deletion.</exception>
    public static ImmutableArray<EnvironmentStep> Delete(EnvironmentFacts facts, ImmutableArray<WantedFleet> after)
    {
        var kept = facts.Resources
            .Where(each => each.Kind == ResourceKind.Balancer && each["attribute:deletion_protection.enabled"] == "true")
            .Select(each => each.Name)
            .ToList();
        if (kept.Count > 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{string.Join(", ", kept)} {(kept.Count == 1 ? "is" : "are")} protected from deletion; nothing was deleted.",
                "Write \"deletion_protection.enabled\": false in its attributes and run environment:update, or lift it by hand.");
        }

        var steps = ImmutableArray.CreateBuilder<EnvironmentStep>();
        var gone = facts.Fleets.Select(fleet => fleet.Group.ToString()).ToHashSet(StringComparer.Ordinal);
        var left = facts.Resources.Where(each => !(IsOfFleet(each.Kind) && each.Parent is { } parent && gone.Contains(parent))).ToList();
        steps.AddRange(InOrder(left.Where(each => each.Kind >= ResourceKind.Policy)));
        steps.AddRange(facts.Remains);
        var waves = Waves(after);
        steps.AddRange(facts.Fleets
            .Select(fleet => new EnvironmentStep.DeleteFleet(fleet.Group, fleet.Region, waves.GetValueOrDefault(fleet.Group, 0)))
            .OrderByDescending(step => step.Wave));
        steps.AddRange(facts.Instances);
        steps.AddRange(InOrder(left.Where(each => each.Kind < ResourceKind.Policy)));
        return steps.ToImmutable();
    }

    /// <summary>The wave in which each group's fleet runs: the first is 0.</summary>
    public static Dictionary<string, int> Waves(ImmutableArray<WantedFleet> fleets)
    {
        var after = fleets.ToDictionary(fleet => fleet.Group.ToString(), fleet => fleet.After, StringComparer.Ordinal);
        var waves = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var fleet in fleets)
        {
            Wave(fleet.Group);
        }

        return waves;

        // The manifest's reader has refused circles; a group without a fleet is no wave of its own.
        int Wave(string group)
        {
            if (!after.TryGetValue(group, out var others))
            {
                return -1;
            }

            if (!waves.TryGetValue(group, out var wave))
            {
                waves[group] = wave = others.Length == 0 ? 0 : others.Max(Wave) + 1;
            }

            return wave;
        }
    }

    private static IEnumerable<EnvironmentStep> Steps(
        IEnumerable<Resource> wanted,
        Dictionary<(ResourceKind Kind, string Key), Resource> found)
    {
        foreach (var resource in wanted)
        {
            if (!found.TryGetValue((resource.Kind, resource.Key), out var there))
            {
                yield return new EnvironmentStep.Create(resource);
            }
            else if (Differences(there, resource).AddRange(there.Drift) is { IsEmpty: false } differences)
            {
                yield return new EnvironmentStep.Change(there, resource, differences);
            }
        }
    }

    private static ImmutableArray<(Resource Resource, string By)> Spared(
        List<Resource> surplus,
        ImmutableArray<EnvironmentStep> ofFleets,
        ImmutableArray<WantedFleet> fleets,
        EnvironmentFacts facts,
        bool deletesFleets)
    {
        var gone = Gone(fleets, facts).ToList();
        var replaced = ofFleets.OfType<EnvironmentStep.UpdateFleet>().Select(step => step.Group).ToHashSet();
        var ends = facts.Fleets
            .Where(fleet => replaced.Contains(fleet.Group) || (deletesFleets && gone.Contains(fleet)))
            .Select(fleet => fleet.Name)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        return SparedResources.Of(surplus, gone, ends, facts);
    }

    /// <summary>What was found and is not asked for; of a fleet that is not in the manifest nothing, for it runs.</summary>
    private static List<Resource> Surplus(List<Resource> wanted, ImmutableArray<WantedFleet> fleets, EnvironmentFacts facts)
    {
        var keys = wanted.Select(each => (each.Kind, each.Key)).ToHashSet();
        var groups = fleets.Select(fleet => fleet.Group.ToString()).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. facts.Resources.Where(each => !keys.Contains((each.Kind, each.Key))
                && !(IsOfFleet(each.Kind) && each.Parent is { } group && !groups.Contains(group))),
        ];
    }

    private static IEnumerable<EnvironmentStep> InOrder(IEnumerable<Resource> surplus)
    {
        var all = surplus.ToList();
        var keys = all.Select(each => (each.Kind, each.Key)).ToHashSet();
        return all
            .Where(each => each.IsInTheWay || !GoesWith(each, keys))
            .OrderBy(each => Array.IndexOf(s_removal, each.Kind))
            .Select(each => new EnvironmentStep.Remove(each));
    }

    /// <summary>Whether something goes away with what it belongs to.</summary>
    private static bool GoesWith(Resource resource, HashSet<(ResourceKind Kind, string Key)> all) => resource.Parent is { } parent
        && resource.Kind switch
        {
            ResourceKind.SecurityGroupRule => all.Contains((ResourceKind.SecurityGroup, parent)),
            ResourceKind.Subscription => all.Contains((ResourceKind.Topic, parent)),
            ResourceKind.Listener => all.Contains((ResourceKind.Balancer, parent)),
            ResourceKind.ListenerRule => all.Contains((ResourceKind.Listener, parent)),
            _ => false,
        };

    private static bool IsOfFleet(ResourceKind kind) => kind >= ResourceKind.Policy;

    private static ImmutableArray<Difference> Differences(Resource found, Resource wanted) =>
    [
        .. wanted.Kind == ResourceKind.Services
            ? ServiceResources.Differences(found, wanted)
            : wanted.Values
                .Where(each => found[each.Key] != each.Value)
                .Select(each => new Difference(each.Key.Replace("attribute:", "", StringComparison.Ordinal), found[each.Key], each.Value)),
    ];

    private static void Refuse(ImmutableArray<string> obstacles)
    {
        if (!obstacles.IsEmpty)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "What the manifest asks for cannot be made:" + string.Concat(obstacles.Select(each => $"\n  - {each}")),
                "Nothing was changed. Correct what the manifest names; a resource may be given another \"name\" there.");
        }
    }

    private static void Refuse(List<Resource> wanted, Dictionary<(ResourceKind, string), Resource> found)
    {
        var reasons = wanted
            .Where(each => found.ContainsKey((each.Kind, each.Key)))
            .SelectMany(each => each.Fixed
                .Where(made => made.Value.Length > 0
                    && found[(each.Kind, each.Key)].Fixed.TryGetValue(made.Key, out var there)
                    && there != made.Value)
                .Select(made =>
                    $"\n  - {ResourceWords.Of(each)}: "
                        + $"{new Difference(made.Key, found[(each.Kind, each.Key)].Fixed[made.Key], made.Value)}"))
            .ToList();
        if (reasons.Count > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "What AWS cannot change would have to be made anew:" + string.Concat(reasons),
                "Nothing was changed. Give it another key in the manifest, so that a new one is made beside it and the old one removed.");
        }
    }
}
