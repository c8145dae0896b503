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
        var groups = fleet.Project.Groups([]);
        var service = asked is not null && ServiceName.IsOne(asked) ? ServiceName.Parse(asked) : (ServiceName?)null;
        var entries = ImmutableArray.CreateBuilder<(AnnouncedService, IServiceCatalog)>();
        foreach (var region in GoneGroups.Regions(groups))
        {
            var context = fleet.Context(fleet.Gone.Of(default, region));
            var catalog = new SsmCatalog(context);
            var found = await new ServiceReader(context, catalog).ReadAsync(service, session.Stop).ConfigureAwait(false);
            entries.AddRange(found.Select(each => (each, (IServiceCatalog)catalog)));
        }

        return new ServiceView(new ServiceGraph(groups.Select(ServiceGroup.Of)), entries.ToImmutable());
    }

    /// <exception cref="BakerException">Neither the manifest nor the catalogue knows the service.</exception>
    public ServiceName Require(string asked)
    {
        var known = Graph.Services.Select(service => service.ToString()).ToList();
        return ServiceName.IsOne(asked) && (known.Contains(asked) || Announced.Any(each => each.Entry.Service == asked))
            ? ServiceName.Parse(asked)
            : throw new BakerException(
                ExitCode.BadInput,
                $"There is no service {Quoting.Quote(asked)}: no group provides or needs it, and no node has announced it.",
                DidYouMean.Suggest(asked, known, known.Count == 0 ? "No group has any." : $"There are {string.Join(", ", known)}."));
    }
}
