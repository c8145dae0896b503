using Baker.Core.Configuration;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks how the resources around the fleets fit together, in each environment and without one.</summary>
public static class ResourceChecks
{
    public static void Check(NodeManifest manifest, DiagnosticBag diagnostics)
    {
        if (manifest.Resources.Count == 0 && manifest.Environments.All(environment => environment.Resources.Count == 0))
        {
            return;
        }

        if (manifest.Environments.Count == 0)
        {
            // Datastores are only looked up: no environment has to make them.
            if (manifest.Resources.Where(each => each.Key != ResourceTable.Datastores).ToList() is [var first, ..] made)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    first.Value,
                    $"The manifest has {string.Join(", ", made.Select(each => each.Key))}, and no environment that would have them.",
                    "Add one, such as \"__environments__\": {\"production\": {}}.");
            }

            Check(manifest, null, diagnostics);
        }

        foreach (var environment in manifest.Environments)
        {
            Check(manifest, environment, diagnostics);
        }

        Between(manifest, diagnostics);
    }

    /// <summary>
    /// Names that are made of an environment's and a key may be the same of two: of <c>prod</c> with <c>eu-www</c>, and of
    /// <c>prod-eu</c> with <c>www</c>.
    /// </summary>
    private static void Between(NodeManifest manifest, DiagnosticBag diagnostics)
    {
        var first = new Dictionary<(string, string, string), (string Environment, ManifestValue Place)>();
        foreach (var environment in manifest.Environments)
        {
            var resources = MergedResources.Of(manifest, environment);
            var joins = Joins(manifest, environment, resources);
            var begin = ResourceNames.Plain(ResourceNames.Of(environment.Name.ToString(), ""));
            var names = new List<(string Kind, string Name, ResourceEntry Entry)>();
            names.AddRange(resources.SecurityGroups.Select(each => ("security group", resources.NameOf(each), each)));
            names.AddRange(resources.Topics.Select(each => ("topic", resources.NameOf(each), each)));
            names.AddRange(resources.Balancers.Where(each => !each.IsTrue("existing"u8)).Select(each =>
                ("balancer", resources.BalancerName(each), each)));
            names.AddRange(resources.Balancers.SelectMany(each => joins[each.Name].Select(group =>
                ("target group", resources.TargetGroupName(each, group.Name), each))));
            foreach (var (kind, name, entry) in names.Where(each =>
                ResourceNames.Plain(each.Name).StartsWith(begin, StringComparison.Ordinal)))
            {
                var key = (kind, name.ToUpperInvariant(), resources.Region(entry));
                if (!first.TryAdd(key, (environment.Name.ToString(), entry.Key)) && first[key].Environment != environment.Name.ToString())
                {
                    diagnostics.Error(
                        DiagnosticCode.Conflict,
                        entry.Key,
                        $"In {environment.Name} this would be called {Quoting.Quote(name)}, as would a {kind} of {first[key].Environment} "
                            + $"(at {first[key].Place.Position}).",
                        "Give one of them another key, or a \"name\".");
                }
            }
        }
    }

    private static void Check(NodeManifest manifest, ManifestEnvironment? environment, DiagnosticBag diagnostics)
    {
        var resources = MergedResources.Of(manifest, environment);
        var joins = Joins(manifest, environment, resources);
        SecurityGroupChecks.Check(resources, diagnostics);
        foreach (var balancer in resources.Balancers)
        {
            BalancerLinkChecks.Check(balancer, resources, joins[balancer.Name].ToList(), diagnostics);
        }

        Unique(
            "target group",
            resources.Balancers.SelectMany(balancer => joins[balancer.Name].Select(group => (
                Name: resources.TargetGroupName(balancer, group.Name),
                Region: resources.Region(balancer),
                Place: balancer.Key))),
            diagnostics);
        var existing = resources.Balancers
            .Where(each => each.IsTrue("existing"u8))
            .DistinctBy(each => (resources.BalancerName(each), resources.Region(each)));
        Unique(
            "balancer",
            resources.Balancers.Where(each => !each.IsTrue("existing"u8)).Concat(existing).Select(each => (
                resources.BalancerName(each),
                resources.Region(each),
                each.Key)),
            diagnostics);
        Unique("topic", resources.Topics.Select(each => (resources.NameOf(each), resources.Region(each), each.Key)), diagnostics);
        CheckVariables(resources.Datastores, diagnostics);
        foreach (var topic in resources.Topics.Where(topic => topic.Text("name"u8) is null))
        {
            if (resources.NameOf(topic).Contains('.'))
            {
                diagnostics.Error(
                    DiagnosticCode.BadName,
                    topic.Key,
                    $"{Quoting.Quote(resources.NameOf(topic))} cannot be the name of a topic: SNS takes letters, digits, hyphens "
                        + "and underscores.",
                    "Write it without dots, or give it a \"name\".");
            }
        }
    }

    /// <summary>Of two datastores that give nodes a variable of the same name, one would not be seen.</summary>
    private static void CheckVariables(IReadOnlyList<ResourceEntry> datastores, DiagnosticBag diagnostics)
    {
        var taken = new Dictionary<string, ResourceEntry>(StringComparer.Ordinal);
        foreach (var datastore in datastores)
        {
            foreach (var variable in DatastoreEndpoints.VariablesOf(datastore.Name))
            {
                if (!taken.TryAdd(variable, datastore))
                {
                    diagnostics.Error(
                        DiagnosticCode.Conflict,
                        datastore.Key,
                        $"{datastore.Name} and {taken[variable].Name} (at {taken[variable].Key.Position}) would both be {variable} "
                            + "on nodes.",
                        "Rename one of them.");
                    break;
                }
            }
        }
    }

    /// <summary>The groups that join each balancer.</summary>
    private static ILookup<string, MergedGroup> Joins(NodeManifest manifest, ManifestEnvironment? environment, MergedResources resources)
    {
        var within = manifest.In(environment);
        var joins = new List<(string Balancer, MergedGroup Group)>();
        foreach (var entry in resources.Balancers.Count == 0 ? [] : within.Groups)
        {
            // What is wrong with the group is told where it is read itself.
            if (AncestryChecks.Merged(entry, within, environment) is { } merged)
            {
                joins.AddRange(LinkChecks.BalancersOf(merged, resources).Select(balancer => (balancer.Name, merged)).Distinct());
            }
        }

        return joins.ToLookup(each => each.Balancer, each => each.Group);
    }

    private static void Unique(
        string what,
        IEnumerable<(string Name, string Region, ManifestValue Place)> all,
        DiagnosticBag diagnostics)
    {
        var first = new Dictionary<(string, string), ManifestValue>();
        foreach (var (name, region, place) in all)
        {
            if (!first.TryAdd((name.ToUpperInvariant(), region), place))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    place,
                    $"Two would be called {Quoting.Quote(name)} in {region}, as a {what}; the other is at "
                        + $"{first[(name.ToUpperInvariant(), region)].Position}.",
                    "Give one of them another \"name\".");
            }
        }
    }
}
