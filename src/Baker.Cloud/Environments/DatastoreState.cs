using System.Collections.Immutable;
using Amazon.Runtime;
using Baker.Cloud.Configuration;
using Baker.Cloud.Fleets;
using Baker.Core.Configuration;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>What nodes of a region are given of a datastore, and how that one is now.</summary>
/// <param name="Region">The nodes' region.</param>
/// <param name="Given">What the parameter holds; null where nodes have been given nothing yet.</param>
/// <param name="Parameter">The parameter itself.</param>
public sealed record DatastoreState(string Region, FoundDatastore Found, DatastoreEndpoints? Given, ConfigValue? Parameter)
{
    public string Name => Found.Datastore.Name;

    /// <summary>Whether nodes would be given something else now, or something at all.</summary>
    public bool IsStale => Found.Problem is null && !Differences.IsEmpty;

    /// <summary>In words, how the one is beside the other.</summary>
    public string Words => Found.Problem
        ?? (Given is null ? "no node has been given it yet"
            : IsStale ? $"stale: {string.Join("; ", Differences)}"
            : "current");

    private ImmutableArray<Difference> Differences => Found.Endpoints is not { } now ? [] :
    [
        .. now.Values.Keys.Union(Given?.Values.Keys ?? [], StringComparer.Ordinal)
            .Select(name => new Difference(
                name,
                Given?.Values.GetValueOrDefault(name) ?? "",
                now.Values.GetValueOrDefault(name) ?? ""))
            .Where(each => each.From != each.To),
    ];

    /// <summary>How each of an environment's datastores is; it changes nothing, and one that is not there is told, not thrown.</summary>
    public static async Task<ImmutableArray<DatastoreState>> ReadAsync(
        Func<string, FleetContext> contextIn,
        DesiredEnvironment desired,
        CancellationToken stop)
    {
        var states = ImmutableArray.CreateBuilder<DatastoreState>();
        var found = await LookAsync(new DatastoreLookup(contextIn), desired.Datastores, stop).ConfigureAwait(false);
        foreach (var some in desired.Resources.Where(each => each.Kind == ResourceKind.Endpoints).GroupBy(each => each.Region))
        {
            var context = contextIn(some.Key);
            var given = await new ConfigStore(context)
                .ReadAsync(ConfigPath.OfDatastores(context.Scope.Environment), withSecrets: true, stop)
                .ConfigureAwait(false);
            foreach (var resource in some)
            {
                var parameter = given.FirstOrDefault(each => each.Variable == resource.Name);
                states.Add(new DatastoreState(
                    some.Key,
                    found.First(each => each.Datastore.Name == resource.Name),
                    DatastoreEndpoints.Parse(parameter?.Value ?? ""),
                    parameter));
            }
        }

        return states.ToImmutable();
    }

    /// <summary>Who may not look them up still sees what nodes were given.</summary>
    private static async Task<IReadOnlyList<FoundDatastore>> LookAsync(
        DatastoreLookup lookup,
        IReadOnlyCollection<Datastore> datastores,
        CancellationToken stop)
    {
        try
        {
            return await lookup.LookAsync(datastores, stop).ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.ErrorCode is "AccessDenied" or "AccessDeniedException")
        {
            return [.. datastores.Select(each => new FoundDatastore(each, null, $"it cannot be looked up: {error.Message}"))];
        }
    }
}
