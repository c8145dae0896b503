using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Discovery;

/// <summary>Finds where the manifest, the run lists, the cookbooks and the catalogue do not say the same of services.</summary>
public static class ServiceDrifts
{
    /// <summary>What a decommission takes beside its drain, at the most.</summary>
    private static readonly TimeSpan LongestSettle = TimeSpan.FromMinutes(5);

    /// <summary>What the manifest and the cookbooks show.</summary>
    /// <param name="hasRecipe">Whether a cookbook has a recipe; null where the cookbook is not known.</param>
    public static IEnumerable<ServiceDrift> InManifest(NodeGroup group, Func<string, string, bool?> hasRecipe)
    {
        var patterns = PatternsOf(group);
        var brought = group.RunList
            .Select(item => (Item: item, Pattern: patterns.Find(pattern => pattern.NameIn(item) is not null)))
            .Where(each => each.Pattern is not null)
            .Select(each => (each.Item, Pattern: each.Pattern!, Name: each.Pattern!.NameIn(each.Item)!))
            .ToList();
        if (patterns.Count > 0)
        {
            foreach (var service in group.Provides.Where(service => service.RunListItem is null))
            {
                yield return new(
                    "not-in-run-list",
                    group.Name,
                    service.Name,
                    null,
                    $"{group.Name} provides {service.Name}, and no item of its run list brings it");
            }
        }

        foreach (var (item, pattern, name) in brought)
        {
            if (group.Provides.All(service => service.Name != name))
            {
                yield return new(
                    "not-provided",
                    group.Name,
                    name,
                    null,
                    $"{group.Name} has {item} in its run list, and its provides takes {name} away");
            }

            if (pattern.RemovalOf(name) is var (cookbook, recipe) && hasRecipe(cookbook, recipe) == false)
            {
                yield return new(
                    "no-removal",
                    group.Name,
                    name,
                    null,
                    $"{group.Name} has {item} in its run list, and the cookbook {cookbook} has no recipe {recipe}");
            }
        }
    }

    /// <summary>
    /// The recipes, any of which would end a service that the group's run list brings no more; none where the run list has one, or still
    /// brings the service, or no recipe brought it.
    /// </summary>
    public static IReadOnlyList<string> MissingRemovals(NodeGroup group, string service)
    {
        var patterns = PatternsOf(group);
        var removals = patterns.Select(pattern => pattern.RemovalOf(service)).OfType<(string Cookbook, string Recipe)>().ToList();
        return group.RunList.Any(item =>
            patterns.Exists(pattern => pattern.NameIn(item) == service)
                || removals.Exists(removal => ServicePattern.IsOf(removal.Recipe, item)))
            ? []
            : removals.ConvertAll(removal => $"{removal.Cookbook}::{removal.Recipe}");
    }

    /// <summary>What the catalogue shows of the groups.</summary>
    /// <param name="running">The nodes that run.</param>
    /// <param name="now">A node that has been leaving for longer than its drain may take is told.</param>
    public static IEnumerable<ServiceDrift> InCatalog(
        IReadOnlyList<NodeGroup> groups,
        IReadOnlyCollection<(ServiceEntry Entry, ServiceHealth Health)> announced,
        IReadOnlyCollection<(string Group, string Instance)> running,
        DateTimeOffset now)
    {
        var byName = groups.ToDictionary(group => group.Name.ToString(), StringComparer.Ordinal);
        foreach (var (entry, health) in announced)
        {
            var its = byName.GetValueOrDefault(entry.Group);
            if (health.IsDead)
            {
                yield return new(
                    "dead",
                    entry.Group,
                    entry.Service,
                    entry.Instance,
                    $"{entry.Service} is announced on {entry.Instance} of {entry.Group}, and dead: {health.Reason}");
            }
            else if (!Provides(its, entry.Service) && (entry.State == ServiceState.Serving || IsLate(entry, its, now)))
            {
                yield return new(
                    "announced",
                    entry.Group,
                    entry.Service,
                    entry.Instance,
                    NotProvided(entry, its));
            }
        }

        foreach (var live in announced.Where(each => !each.Health.IsDead).GroupBy(each => each.Entry.Service))
        {
            var needing = groups.Where(group => group.Needs.Any(need => need.Name == live.Key)).Select(group => group.Name).ToList();
            if (needing.Count > 0 && live.All(each => each.Entry.State == ServiceState.Leaving))
            {
                var group = live.First().Entry.Group;
                yield return new(
                    "withdrawn",
                    group,
                    live.Key,
                    null,
                    $"{live.Key} is withdrawn wherever it was announced, and {string.Join(", ", needing)} "
                        + $"need{(needing.Count == 1 ? "s" : "")} it"
                        + (Provides(byName.GetValueOrDefault(group), live.Key) ? $": {Back(group)}"
                            : $"; {group} provides it no more: its nodes drain, and instance:deploy {group} goes on with a deploy "
                                + "that was ended"));
            }
        }

        var nodes = running.ToHashSet();
        foreach (var (entry, _) in announced.Where(each => !each.Health.IsDead && each.Entry.State == ServiceState.Leaving))
        {
            if (byName.GetValueOrDefault(entry.Group) is { } group
                && Provides(group, entry.Service)
                && nodes.Contains((entry.Group, entry.Instance))
                && IsLate(entry, group, now))
            {
                yield return new(
                    "leaving",
                    entry.Group,
                    entry.Service,
                    entry.Instance,
                    $"{entry.Service} on {entry.Instance} has been leaving since {entry.Since.UtcDateTime:s}Z, for longer than its drain "
                        + $"may take: {Back(group.Name)}");
            }
        }

        var there = announced.Select(each => (each.Entry.Service.ToString(), each.Entry.Instance)).ToHashSet();
        foreach (var (name, instance) in running)
        {
            foreach (var service in byName.GetValueOrDefault(name)?.Provides ?? [])
            {
                if (!there.Contains((service.Name, instance)))
                {
                    yield return new(
                        "silent",
                        byName[name].Name,
                        service.Name,
                        instance,
                        $"{name} provides {service.Name}, and {instance} runs and has not announced it: {Back(byName[name].Name)}, "
                            + "or says why not");
                }
            }
        }
    }

    private static bool Provides(NodeGroup? group, ServiceName service) =>
        group is not null && group.Provides.Any(provided => provided.Name == service);

    /// <summary>Whether it has been leaving for longer than its drain may take.</summary>
    private static bool IsLate(ServiceEntry entry, NodeGroup? group, DateTimeOffset now) =>
        now - entry.Since > (group?.Services.Drain?.Timeout ?? default) + LongestSettle;

    private static string NotProvided(ServiceEntry entry, NodeGroup? group) => entry.State == ServiceState.Leaving
        ? $"{entry.Service} on {entry.Instance} is leaving since {entry.Since.UtcDateTime:s}Z, and {entry.Group} does not provide it: "
            + (group is null ? $"service:decommission {entry.Service} --node {entry.Instance} removes it once the node is gone"
                : $"instance:run {entry.Group} -- baker-node decommission --dropped ends it, and waits for its drain")
        : $"{entry.Service} is announced on {entry.Instance}, and {entry.Group} does not provide it: "
            + (group is null ? $"service:decommission {entry.Service} --node {entry.Instance}" : $"instance:deploy {entry.Group}")
            + " takes it out of use";

    private static List<ServicePattern> PatternsOf(NodeGroup group) =>
        [.. group.ServicesFrom.Select(text => new ServicePattern(text, default))];

    private static string Back(GroupName group) => $"instance:run {group} -- baker-node notify announces it again";
}
