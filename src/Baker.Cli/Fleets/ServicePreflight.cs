using System.Collections.Immutable;
using Baker.Cli.Changes;
using Baker.Cloud.Configuration;
using Baker.Cloud.Discovery;
using Baker.Core.Configuration;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cli.Fleets;

/// <summary>
/// Warns, before a change, where it takes the last that serves of what others need. Where nobody needs what is touched the catalogue is
/// not asked.
/// </summary>
internal sealed class ServicePreflight(FleetSession fleet, ChangeCommand change, CancellationToken stop)
{
    /// <summary>The fleet's nodes go for good.</summary>
    public Task EndsAsync(NodeGroup group) =>
        WarnAsync(group.Region, ProvidedBy(group), entry => entry.Group == group.Name, IsOf(group.Name));

    /// <summary>The group gets nodes, which sign in to etcd.</summary>
    public async Task BeginsAsync(NodeGroup group)
    {
        if (group.Config is null || (group.Provides.IsEmpty && group.Needs.IsEmpty)
            || fleet.Project.Settings.Catalog.Etcd is not { User: { } user, PasswordVariable: { Text: var variable } })
        {
            return;
        }

        var store = new ConfigStore(fleet.Context(group));
        foreach (var place in ConfigPath.ReadBy(group.Environment, group.Name))
        {
            if ((await store.ReadAsync(place, withSecrets: false, stop).ConfigureAwait(false)).Any(value => value.Variable == variable))
            {
                return;
            }
        }

        var whose = group.Services.CatalogUser ?? user.Text;
        change.Say($"The configuration of {group.Name} has no {variable}, the password of etcd's user {whose}: its nodes "
            + "can announce nothing, and learn of nobody. "
            + $"{fleet.Cloud.Suggested.Package($"config:set {group.Name} {variable} --secret")} sets it.");
    }

    /// <summary>Instances go for good.</summary>
    public async Task EndAsync(IReadOnlyCollection<(NodeGroup Group, string Instance)> nodes)
    {
        foreach (var region in nodes.GroupBy(node => node.Group.Region))
        {
            var ids = region.Select(node => node.Instance).ToHashSet(StringComparer.Ordinal);
            await WarnAsync(region.Key, region.SelectMany(node => ProvidedBy(node.Group)), entry => ids.Contains(entry.Instance))
                .ConfigureAwait(false);
        }
    }

    /// <summary>The group's nodes will not have what the manifest takes from them.</summary>
    public Task ChangesAsync(NodeGroup group) => group.Provides.IsEmpty
        ? Task.CompletedTask
        : WarnAsync(
            group.Region,
            fleet.Graph.Services.Except(ProvidedBy(group)),
            entry => entry.Group == group.Name,
            IsOf(group.Name));

    /// <summary>So many of the group's nodes at a time are out of service.</summary>
    public Task DrainsAsync(NodeGroup group, int atOnce) =>
        WarnAsync(group.Region, ProvidedBy(group), entry => entry.Group == group.Name, IsOf(group.Name), atOnce);

    /// <summary>What is said of a service that nobody else serves; null where nobody needs it.</summary>
    /// <param name="isGoneToo">Whether a group goes with it.</param>
    public static string? Words(ServiceGraph graph, ServiceName service, string? region = null, Func<GroupName, bool>? isGoneToo = null)
    {
        var needers = Needers(graph, service, region, isGoneToo);
        return needers.IsEmpty
            ? null
            : $"Nobody else serves {service}, and {string.Join(", ", needers)} {(needers.Length == 1 ? "needs" : "need")} it.";
    }

    public static bool Serves(AnnouncedService each) => !each.Health.IsDead && each.Entry.State == ServiceState.Serving;

    private static ImmutableArray<GroupName> Needers(
        ServiceGraph graph,
        ServiceName service,
        string? region,
        Func<GroupName, bool>? isGoneToo) =>
    [
        .. graph.NeedersOf(service)
            .Where(each => !each.Need.IsOptional
                && (region is null || each.Group.Region == region)
                && isGoneToo?.Invoke(each.Group.Name) != true)
            .Select(each => each.Group.Name),
    ];

    private static IEnumerable<ServiceName> ProvidedBy(NodeGroup group) => group.Provides.Select(service => service.Name);

    private static Func<GroupName, bool> IsOf(GroupName name) => other => other == name;

    /// <param name="goes">Whether the change takes an entry away.</param>
    /// <param name="atOnce">How many of them at a time, where they come back.</param>
    private async Task WarnAsync(
        string region,
        IEnumerable<ServiceName> services,
        Func<ServiceEntry, bool> goes,
        Func<GroupName, bool>? isGoneToo = null,
        int? atOnce = null)
    {
        var needed = services.Distinct().Where(service => !Needers(fleet.Graph, service, region, isGoneToo).IsEmpty).ToList();
        if (needed.Count == 0)
        {
            return;
        }

        var context = fleet.Context(fleet.Gone.Of(default, region));
        var reader = new ServiceReader(context, fleet.CatalogIn(context));
        foreach (var service in needed)
        {
            var serving = (await reader.ReadAsync(service, stop).ConfigureAwait(false)).Where(Serves).ToList();
            var going = serving.FindAll(each => goes(each.Entry));
            if (going.Count > 0 && going.Count == serving.Count && going.Count <= (atOnce ?? int.MaxValue))
            {
                var nodes = string.Join(", ", going.Select(each => each.Entry.Instance));
                var until = atOnce is null ? "" : $" Nobody does while {nodes} is drained.";
                change.Say(Words(fleet.Graph, service, region, isGoneToo) + until);
            }
        }
    }
}
