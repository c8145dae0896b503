using System.Collections.Immutable;
using System.Globalization;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets.Operations;
using Baker.Cloud.Instances;
using Baker.Core.Planning;
using Baker.Core.Resources;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Environments;

/// <summary>How an environment is: its roles, the instances beside fleets, and where balancers and datastores are reached.</summary>
/// <param name="Instances">Instances outside any fleet, with why they are not healthy behind the balancer that they joined.</param>
/// <param name="Balancers">Their keys, with the addresses of their listeners.</param>
internal sealed record EnvironmentStatus(
    string Environment,
    ImmutableArray<RoleStatus> Roles,
    ImmutableArray<(NodeInstance Node, string? Problem)> Instances,
    ImmutableArray<(string Key, ImmutableArray<string> Addresses)> Balancers,
    ImmutableArray<DatastoreState> Datastores)
{
    /// <summary>Whether every role of the manifest is, and every instance that joined a balancer.</summary>
    public bool IsHealthy => Roles.All(role => role.IsHealthy || role.IsGone) && Instances.All(each => each.Problem is null);

    public static async Task<EnvironmentStatus> ReadAsync(Session session, FleetSession fleet)
    {
        var name = EnvironmentChange.NameOf(fleet);
        var all = fleet.Project.Groups([]);
        var groups = all.Where(group => group.Autoscale is not null).ToList();
        var desired = DesiredEnvironment.Of(fleet.Project.Resources, all);
        var known = groups.Select(group => group.Name).ToHashSet();
        var roles = ImmutableArray.CreateBuilder<RoleStatus>();
        var instances = ImmutableArray.CreateBuilder<(NodeInstance, string?)>();
        var balancers = ImmutableArray.CreateBuilder<(string, ImmutableArray<string>)>();
        foreach (var region in desired.Regions)
        {
            var context = fleet.Context(fleet.Gone.Of(default, region));
            var reports = await new FleetReports(context).ReadAsync(
                [.. groups.Where(group => group.Region == region).Select(group => group.Name)],
                withTargets: true,
                session.Stop,
                known).ConfigureAwait(false);
            roles.AddRange(reports.Select(report =>
                RoleStatus.Of(
                    report,
                    GoneGroups.Words(fleet.Project, isFleetless: !fleet.Gone.IsGone(report.Group)),
                    groups.Find(group => group.Name == report.Group) is { } found ? FleetSettingsReader.Read(found).Capacity.Min : 0)));

            var nodes = await new InstanceReader(context).ReadAllWithKeptAsync(session.Stop).ConfigureAwait(false);
            var alone = nodes.FindAll(node => node.Fleet is null && !node.IsKeptBake);
            var problems = await new InstanceTraffic(context, fleet.Run).NotHealthyAsync(
                alone.FindAll(node => !node.Joined.IsEmpty),
                session.Stop).ConfigureAwait(false);
            instances.AddRange(alone.Select(node => (node, problems.GetValueOrDefault(node.Id))));

            var named = desired.Resources
                .Where(each => each.Kind == ResourceKind.Balancer)
                .Select(each => (each.Key, each.Region, each.Name))
                .Concat(desired.Existing)
                .Where(each => each.Region == region)
                .ToList();
            var addresses = named.Count == 0 ? null
                : await new BalancerAddresses(context).ReadAsync([.. named.Select(each => each.Name)], session.Stop).ConfigureAwait(false);
            balancers.AddRange(named.Select(each => (each.Key, addresses![each.Name].ToImmutableArray())));
        }

        return new EnvironmentStatus(
            name,
            roles.ToImmutable(),
            instances.ToImmutable(),
            balancers.ToImmutable(),
            await fleet.DatastoresAsync(all).ConfigureAwait(false));
    }

    public JObject ToJson() => new()
    {
        ["environment"] = Environment,
        ["healthy"] = IsHealthy,
        ["roles"] = new JArray(Roles.Select(role => role.ToJson())),
        ["instances"] = new JArray(Instances.Select(each => new JObject
        {
            ["instance"] = each.Node.Id,
            ["name"] = each.Node.Name,
            ["role"] = each.Node.Group,
            ["joined"] = new JArray(each.Node.Joined),
            ["state"] = State(each.Node, each.Problem),
        })),
        ["balancers"] = new JArray(Balancers.Select(each => new JObject
        {
            ["balancer"] = each.Key,
            ["addresses"] = new JArray(each.Addresses),
        })),
        ["datastores"] = new JArray(Datastores.Select(state => new JObject
        {
            ["datastore"] = state.Name,
            ["region"] = state.Region,
            ["store"] = state.Found.Datastore.Words,
            ["endpoint"] = state.Given?.Address,
            ["current"] = state.Found.Problem is null && !state.IsStale,
            ["state"] = state.Words,
        })),
    };

    /// <param name="manifest">What the manifest is called.</param>
    /// <param name="columns">How wide the terminal is.</param>
    public void Write(TextWriter output, string manifest, int columns)
    {
        Table(output, columns, ["ROLE", "FLEET", "HEALTHY", "STATE"], Roles.Select(role => new[]
        {
            role.Group,
            role.Fleet,
            string.Create(CultureInfo.InvariantCulture, $"{role.Healthy}/{role.Desired}"),
            role.State,
        }));
        Table(output, columns, ["INSTANCE", "NAME", "ROLE", "STATE"], Instances.Select(each => new[]
        {
            each.Node.Id,
            each.Node.Name,
            each.Node.Group,
            State(each.Node, each.Problem),
        }));
        Table(output, columns, ["BALANCER", "ADDRESS"], Balancers.SelectMany(each =>
            each.Addresses.DefaultIfEmpty("is not there").Select(address => new[] { each.Key, address })));
        Table(output, columns, ["DATASTORE", "ENDPOINT", "STATE"], Datastores.Select(state => new[]
        {
            state.Name,
            state.Given?.Address ?? "-",
            state.Words,
        }));
        if (Roles.Where(role => role.IsGone).Select(role => role.Group).ToList() is { Count: > 0 } gone)
        {
            output.WriteLine();
            output.WriteLine($"{string.Join(", ", gone)}: another manifest of {Environment} made {(gone.Count == 1 ? "it" : "them")}, or "
                + $"{manifest} has {(gone.Count == 1 ? "it" : "them")} no more; environment:update --delete-fleets deletes "
                + $"{(gone.Count == 1 ? "it" : "them")}.");
        }
    }

    private static string State(NodeInstance node, string? problem) => problem
        ?? (node.Joined.IsEmpty ? node.State : $"healthy in {string.Join(", ", node.Joined)}");

    private static void Table(TextWriter output, int columns, string[] heads, IEnumerable<string[]> lines)
    {
        var all = lines.ToList();
        if (heads[0] == "ROLE")
        {
            output.WriteLine(TextTable.Of(heads, all, columns));
        }
        else if (all.Count > 0)
        {
            output.WriteLine();
            output.WriteLine(TextTable.Of(heads, all, columns));
        }
    }
}
