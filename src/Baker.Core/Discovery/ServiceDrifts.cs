using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Discovery;

/// <summary>Finds where the manifest, the run lists, the cookbooks and the catalogue do not say the same of services.</summary>
public static class ServiceDrifts
{
    /// <summary>What the manifest and the cookbooks show.</summary>
    /// <param name="hasRecipe">Whether a cookbook has a recipe; null where the cookbook is not known.</param>
    public static IEnumerable<ServiceDrift> InManifest(NodeGroup group, Func<string, string, bool?> hasRecipe)
    {
        var patterns = group.ServicesFrom.Select(text => new ServicePattern(text, default)).ToList();
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

    /// <summary>What the catalogue shows of the groups.</summary>
    /// <param name="running">The nodes that run.</param>
    public static IEnumerable<ServiceDrift> InCatalog(
        IReadOnlyList<NodeGroup> groups,
        IReadOnlyCollection<(ServiceEntry Entry, ServiceHealth Health)> announced,
        IEnumerable<(string Group, string Instance)> running)
    {
        var byName = groups.ToDictionary(group => group.Name.ToString(), StringComparer.Ordinal);
        foreach (var (entry, health) in announced)
        {
            if (health.IsDead)
            {
                yield return new(
                    "dead",
                    entry.Group,
                    entry.Service,
                    entry.Instance,
                    $"{entry.Service} is announced on {entry.Instance} of {entry.Group}, and dead: {health.Reason}");
            }
            else if (!(byName.GetValueOrDefault(entry.Group)?.Provides.Any(service => service.Name == entry.Service) ?? false))
            {
                yield return new(
                    "announced",
                    entry.Group,
                    entry.Service,
                    entry.Instance,
                    $"{entry.Service} is announced on {entry.Instance}, and {entry.Group} does not provide it");
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
                        + $"need{(needing.Count == 1 ? "s" : "")} it: instance:run {group} -- baker-node notify announces it again");
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
                        $"{name} provides {service.Name}, and {instance} runs and has not announced it");
                }
            }
        }
    }
}
