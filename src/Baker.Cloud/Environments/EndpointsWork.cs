using System.Collections.Immutable;
using Baker.Cloud.Configuration;
using Baker.Core.Configuration;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>The endpoints of datastores, in parameters that nodes read. The datastores themselves are looked up and left alone.</summary>
internal sealed class EndpointsWork : IResourceWork
{
    public bool IsOf(ResourceKind kind) => kind == ResourceKind.Endpoints;

    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        foreach (var value in await new ConfigStore(scope.Context).ReadAsync(Place(scope), withSecrets: true, stop).ConfigureAwait(false))
        {
            var key = DatastoreResources.KeyOf(value.Variable, scope.Region, scope.HomeRegion);
            scope.Found.Add(new Resource(ResourceKind.Endpoints, key, scope.Region, value.Variable)
            {
                Values = DatastoreEndpoints.Parse(value.Value ?? "")?.Values ?? Resource.Empty,
            });
        }
    }

    public Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop) =>
        new ConfigStore(scope.Context).PutAsync(
            Place(scope),
            resource.Name,
            new DatastoreEndpoints(resource.Values.Where(each => each.Value.Length > 0).ToImmutableSortedDictionary(StringComparer.Ordinal))
                .ToString(),
            isNew: false,
            isSecret: false,
            key: null,
            stop);

    public Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop) =>
        CreateAsync(scope, resource, stop);

    public Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop) =>
        new ConfigStore(scope.Context).RemoveAsync(Place(scope), [resource.Name], stop);

    private static ConfigPath Place(EnvironmentScope scope) => ConfigPath.OfDatastores(scope.Context.Scope.Environment);
}
