using Baker.Cloud.Configuration;
using Baker.Core.Configuration;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>What groups provide and need, in parameters that their nodes read.</summary>
internal sealed class ServicesWork : IResourceWork
{
    public bool IsOf(ResourceKind kind) => kind == ResourceKind.Services;

    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        foreach (var value in await new ConfigStore(scope.Context).ReadAsync(Place(scope), withSecrets: true, stop).ConfigureAwait(false))
        {
            scope.Found.Add(ServiceResources.Of(value.Variable, scope.Region, value.Value ?? ""));
        }
    }

    public Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop) => new ConfigStore(scope.Context)
        .PutAsync(Place(scope), resource.Name, resource["text"], isNew: false, isSecret: false, key: null, stop);

    public Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop) =>
        CreateAsync(scope, resource, stop);

    public Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop) =>
        new ConfigStore(scope.Context).RemoveAsync(Place(scope), [resource.Name], stop);

    private static ConfigPath Place(EnvironmentScope scope) => ConfigPath.OfServices(scope.Context.Scope.Environment);
}
