using System.Collections.Immutable;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Discovery;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;

namespace Baker.Cli.Commands;

/// <summary>What the manifest says of services, and what the catalogues of its Regions have.</summary>
/// <param name="Entries">Each with the catalogue that has it.</param>
internal sealed record ServiceView(ServiceGraph Graph, ImmutableArray<(AnnouncedService Announced, IServiceCatalog Catalog)> Entries)
{
    public IEnumerable<AnnouncedService> Announced => Entries.Select(each => each.Announced);

    /// <param name="asked">The service whose entries are read; all where it is null, or cannot be one's name.</param>
    public static async Task<ServiceView> ReadAsync(Session session, FleetSession fleet, string? asked)
    {
        var service = asked is not null && ServiceName.IsOne(asked) ? ServiceName.Parse(asked) : (ServiceName?)null;
        var entries = ImmutableArray.CreateBuilder<(AnnouncedService, IServiceCatalog)>();
        foreach (var region in fleet.Regions)
        {
            var context = fleet.Context(fleet.Gone.Of(default, region));
            var catalog = fleet.CatalogIn(context);
            var found = await new ServiceReader(context, catalog).ReadAsync(service, session.Stop).ConfigureAwait(false);
            entries.AddRange(found.Select(each => (each, catalog)));
        }

        return service is { } unknown && entries.Count == 0 && !fleet.Graph.Services.Contains(unknown)
            ? await ReadAsync(session, fleet, asked: null).ConfigureAwait(false) // who asks for it is told of all that there are
            : new ServiceView(fleet.Graph, entries.ToImmutable());
    }

    /// <summary>More nodes than SSM's quotas of an account let follow the catalogue, at one look in fifteen seconds.</summary>
    private const int MostNodes = 500;

    /// <summary>Where the catalogue has more nodes than SSM is for: in words; null where it has not.</summary>
    public string? TooMany => Entries
        .Where(each => each.Catalog is SsmCatalog)
        .GroupBy(each => each.Announced.Region, each => each.Announced.Entry.Instance)
        .Select(each => (Region: each.Key, Nodes: each.Distinct().Count()))
        .FirstOrDefault(each => each.Nodes > MostNodes) is { Nodes: > 0 } found
            ? $"{found.Nodes} nodes in {found.Region} have announced services: beyond {MostNodes} SSM's quotas are too small for them to "
                + "follow the catalogue; keep it in etcd (\"catalog\": {\"etcd\": […]} in __settings__)."
            : null;

    /// <exception cref="BakerException">Neither the manifest nor the catalogue knows the service.</exception>
    public ServiceName Require(string asked) =>
        Require(Graph.Services.Concat(Announced.Select(each => each.Entry.Service)), asked, ", and no node has announced it");

    /// <exception cref="BakerException">The manifest does not know the service.</exception>
    public static ServiceName Require(ServiceGraph graph, string asked) => Require(graph.Services, asked, "");

    private static ServiceName Require(IEnumerable<ServiceName> services, string asked, string nor)
    {
        var known = services.Select(service => service.ToString()).Distinct().Order(StringComparer.Ordinal).ToList();
        return known.Contains(asked)
            ? ServiceName.Parse(asked)
            : throw new BakerException(
                ExitCode.BadInput,
                $"There is no service {Quoting.Quote(asked)}: no group provides or needs it{nor}.",
                DidYouMean.Suggest(
                    asked,
                    known,
                    known.Count == 0
                        ? "Name what a group's nodes serve in its \"provides\"."
                        : $"There are {string.Join(", ", known)}."));
    }
}
