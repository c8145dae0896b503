using Baker.Cli.Changes;
using Baker.Cli.Sessions;
using Baker.Cloud.Discovery;
using Baker.Cloud.Instances;
using Baker.Core.Discovery;
using Baker.Core.Merging;

namespace Baker.Cli.Fleets;

/// <summary>
/// What a group's nodes have announced and the manifest has taken from the group: withdrawn before a deploy takes it off the nodes, and
/// removed after, by the nodes themselves where they drain. Where no group has to do with services the catalogue is not asked.
/// </summary>
internal sealed class DroppedServices(Session session, FleetSession fleet, ChangeCommand change)
{
    /// <returns>What is to be removed after the deploy.</returns>
    public async Task<List<(AnnouncedService Announced, IServiceCatalog Catalog)>> WithdrawAsync(NodeGroup group)
    {
        if (fleet.Graph.Groups.IsEmpty)
        {
            return [];
        }

        var context = fleet.Context(group);
        var catalog = fleet.CatalogIn(context);
        var dropped = (await catalog.ReadAsync(null, session.Stop).ConfigureAwait(false))
            .Where(entry => entry.Group == group.Name && !group.Provides.Any(service => service.Name == entry.Service))
            .Select(entry => entry.Service)
            .ToHashSet();
        var going = new List<(AnnouncedService Announced, IServiceCatalog Catalog)>();
        foreach (var service in dropped)
        {
            var found = await new ServiceReader(context, catalog).ReadAsync(service, session.Stop).ConfigureAwait(false);
            if (found.Any(ServicePreflight.Serves)
                && !found.Any(each => each.Entry.Group != group.Name && ServicePreflight.Serves(each))
                && ServicePreflight.Words(fleet.Graph, service, group.Region) is { } warning)
            {
                change.Say(warning);
            }

            going.AddRange(found.Where(each => each.Entry.Group == group.Name).Select(each => (each, catalog)));
        }

        if (going.Count > 0)
        {
            await change.ApplyAsync(new ServiceWithdrawal(group.Name, going)).ConfigureAwait(false);
            if (change.IsDone && going.Exists(each => ServicePreflight.Serves(each.Announced) && IsNeeded(each.Announced.Entry)))
            {
                await Task.Delay(context.Notice, session.Time, session.Stop).ConfigureAwait(false);
            }
        }

        return going;
    }

    /// <summary>Of the nodes on which the deploy went well; in a dry run, of all.</summary>
    public async Task RemoveAsync(
        NodeGroup group,
        List<(AnnouncedService Announced, IServiceCatalog Catalog)> going,
        IReadOnlyCollection<DeployResult> results)
    {
        var over = going.FindAll(each => !each.Announced.Health.IsDead
            && (!change.IsDone || results.Any(result => result.Instance == each.Announced.Entry.Instance && result.IsDone)));
        if (over.Count > 0 && group.Services.Drain is not null)
        {
            change.Say($"{group.Name}: {string.Join(", ", over.Select(each => each.Announced.Entry.Service).Distinct())} is leaving: its "
                + "nodes drain what is dropped, and then take it out of the catalogue; service:list shows it");
        }
        else if (over.Count > 0)
        {
            await change.ApplyAsync(new ServiceWithdrawal(group.Name, over, $"{group.Name} provides it no more")).ConfigureAwait(false);
        }

        foreach (var service in over.Select(each => each.Announced.Entry.Service).Distinct())
        {
            if (ServiceDrifts.MissingRemovals(group, service) is { Count: > 0 } missing)
            {
                var replaced = group.Autoscale is null ? "the nodes are replaced" : $"autoscale:update {group.Name} replaces the nodes";
                change.Say($"WARNING The run list of {group.Name} has no recipe that ends {service} ({string.Join(" or ", missing)}): "
                    + $"what it installed runs on until such a recipe has run, or {replaced}.");
            }
        }
    }

    private bool IsNeeded(ServiceEntry entry) => fleet.Graph.NeedersOf(entry.Service).Any();
}
