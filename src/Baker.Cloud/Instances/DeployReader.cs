using System.Collections.Immutable;
using System.Globalization;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>Looks up what <see cref="DeployPlan"/> plans from. Changes nothing.</summary>
public sealed class DeployReader(FleetContext context)
{
    private readonly FleetReader _groups = new(context);
    private readonly InstanceReader _instances = new(context);

    public async Task<HashSet<string>> RunningAsync(GroupName group, CancellationToken stop) =>
        (await _instances.ReadAsync([group], stop).ConfigureAwait(false))
            .Where(node => node.State == "running")
            .Select(node => node.Id)
            .ToHashSet(StringComparer.Ordinal);

    /// <param name="drains">Every running node is looked at from all sides; else only what an earlier run left, in two calls.</param>
    public async Task<DeployFacts> ReadAsync(GroupName group, bool drains, CancellationToken stop)
    {
        var found = drains
            ? await _instances.ReadAsync([group], stop).ConfigureAwait(false)
            : await _instances.ReadDrainedAsync(group, stop).ConfigureAwait(false);
        var nodes = found.FindAll(node => node.State == "running");
        var fleets = await FleetsAsync(group, nodes, stop).ConfigureAwait(false);
        var alone = nodes.FindAll(node => !fleets.ContainsKey(node.Fleet ?? ""));
        var all = alone.Count == 0 ? [] : await TargetGroupsAsync(stop).ConfigureAwait(false);
        ImmutableArray<string> looked = nodes.Count == 0
            ? []
            : [.. fleets.Values.SelectMany(fleet => fleet.TargetGroups).Union(all.Values)];
        var targets = await _groups.TargetsAsync(looked, stop).ConfigureAwait(false);
        return new DeployFacts
        {
            Group = group,
            Fleets = [.. fleets.Values],
            Nodes = [.. nodes
                .OrderBy(node => node.Id, StringComparer.Ordinal)
                .Select(node => View(node, fleets, all, [.. targets[node.Id]]))],
            Healthy = targets
                .SelectMany(each => each)
                .Where(target => target.IsHealthy)
                .GroupBy(target => target.TargetGroup)
                .ToImmutableDictionary(each => each.Key, each => each.Count()),
        };
    }

    /// <summary>A node's registrations as <see cref="FleetTags.Targets"/> has them.</summary>
    internal static string ToText(IEnumerable<(string TargetGroup, int? Port)> registrations) =>
        string.Join(' ', registrations.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.TargetGroup}:{each.Port ?? 0}")));

    private static IEnumerable<(string TargetGroup, int? Port)> Parse(string tag) =>
        tag.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split(':')).Select(parts =>
            (
                parts[0],
                int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port : (int?)null));

    /// <summary>The target groups that instances can be registered in: ARNs by name.</summary>
    private async Task<Dictionary<string, string>> TargetGroupsAsync(CancellationToken stop)
    {
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        var request = new DescribeTargetGroupsRequest { PageSize = 400 };
        var pages = context.Pacer.PagesAsync(
            context.Clients.ELBv2.DescribeTargetGroupsAsync,
            request,
            reply => request.Marker = reply.NextMarker,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var group in (page.TargetGroups ?? []).Where(each => each.TargetType == TargetTypeEnum.Instance))
            {
                groups[group.TargetGroupName] = group.TargetGroupArn;
            }
        }

        return groups;
    }

    private static DeployNode View(
        NodeInstance node,
        Dictionary<string, FleetView> fleets,
        Dictionary<string, string> all,
        ImmutableArray<TargetView> targets)
    {
        var view = new DeployNode { Id = node.Id, Targets = targets, IsMarked = node.DrainedBy is not null };
        if (fleets.TryGetValue(node.Fleet ?? "", out var fleet))
        {
            return view with
            {
                Fleet = fleet.Name,
                TargetGroups = fleet.TargetGroups,
                Lifecycle = fleet.Instances.FirstOrDefault(instance => instance.Id == node.Id)?.Lifecycle ?? "Terminated",
            };
        }

        var now = targets.Where(target => target.State != "draining").Select(target => (ArnText.Name(target.TargetGroup), target.Port));
        ImmutableArray<(string TargetGroup, int? Port)> registrations = [.. Parse(node.Registrations ?? "").Union(now)];
        return view with
        {
            Registrations = registrations,
            TargetGroups = [.. registrations.Select(each => all.GetValueOrDefault(each.TargetGroup)).OfType<string>().Distinct()],
        };
    }

    private async Task<Dictionary<string, FleetView>> FleetsAsync(GroupName group, List<NodeInstance> nodes, CancellationToken stop)
    {
        var fleets = (await _groups.OfNodeGroupAsync(group, stop).ConfigureAwait(false))
            .Select(FleetReader.View)
            .ToDictionary(fleet => fleet.Name, StringComparer.Ordinal);
        foreach (var name in nodes.Select(node => node.Fleet).OfType<string>().Distinct().Where(name => !fleets.ContainsKey(name)).ToList())
        {
            if (await _groups.FindAsync(name, stop).ConfigureAwait(false) is { } other)
            {
                fleets[name] = FleetReader.View(other);
            }
        }

        return fleets;
    }
}
