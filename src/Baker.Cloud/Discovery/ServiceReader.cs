using System.Collections.Immutable;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Discovery;

/// <summary>Joins what the catalogue of a Region has with what EC2, Auto Scaling and the load balancers say of the nodes.</summary>
public sealed class ServiceReader(FleetContext context, IServiceCatalog catalog)
{
    /// <summary>The entries of a service, or of all.</summary>
    public async Task<ImmutableArray<AnnouncedService>> ReadAsync(ServiceName? service, CancellationToken stop)
    {
        var entries = await catalog.ReadAsync(service, stop).ConfigureAwait(false);
        if (entries.IsEmpty)
        {
            return [];
        }

        var nodes = await NodesAsync(entries.Select(entry => entry.Instance).ToHashSet(StringComparer.Ordinal), stop).ConfigureAwait(false);
        return
        [
            .. entries.Select(entry => new AnnouncedService(
                entry,
                ServiceHealth.Of(entry, nodes.GetValueOrDefault(entry.Instance)),
                context.Clients.Region)),
        ];
    }

    private async Task<Dictionary<string, AnnouncedNode>> NodesAsync(HashSet<string> announced, CancellationToken stop)
    {
        var found = (await new InstanceReader(context).ReadAllWithKeptAsync(stop).ConfigureAwait(false))
            .FindAll(node => announced.Contains(node.Id) && !node.IsKeptBake);
        if (found.Count == 0)
        {
            return [];
        }

        var reader = new FleetReader(context);
        var fleets = (await reader.OfAllNodeGroupsAsync(stop).ConfigureAwait(false))
            .ConvertAll(FleetReader.View)
            .FindAll(fleet => fleet.Instances.Any(instance => announced.Contains(instance.Id)));
        var members = fleets.SelectMany(fleet => fleet.Instances).ToDictionary(instance => instance.Id);
        var targets = await reader.TargetsAsync(fleets.SelectMany(fleet => fleet.TargetGroups).Distinct(), stop).ConfigureAwait(false);
        var checks = await reader.StatusChecksAsync(found.Select(node => node.Id), stop).ConfigureAwait(false);
        return found.ToDictionary(node => node.Id, node => new AnnouncedNode(
            node.Group,
            node.State,
            [.. new[] { node.PrivateAddress, node.PublicAddress }.OfType<string>()],
            (members.GetValueOrDefault(node.Id) ?? new FleetInstance { Id = node.Id, Lifecycle = "InService" }) with
            {
                StatusChecks = checks.GetValueOrDefault(node.Id, "ok"),
                Targets = [.. targets[node.Id]],
            }));
    }
}
