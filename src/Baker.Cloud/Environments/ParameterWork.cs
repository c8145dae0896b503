using Baker.Cloud.Configuration;
using Baker.Core.Configuration;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>What nodes read in parameters that Baker alone writes, one a resource.</summary>
internal abstract class ParameterWork(ResourceKind kind) : IResourceWork
{
    public bool IsOf(ResourceKind other) => other == kind;

    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        foreach (var value in await new ConfigStore(scope.Context).ReadAsync(Place(scope), withSecrets: true, stop).ConfigureAwait(false))
        {
            scope.Found.Add(Found(scope, value.Variable, value.Value ?? ""));
        }
    }

    public Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop) => new ConfigStore(scope.Context)
        .PutAsync(Place(scope), resource.Name, TextOf(resource), isNew: false, isSecret: false, key: null, stop);

    public Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop) =>
        CreateAsync(scope, resource, stop);

    public Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop) =>
        new ConfigStore(scope.Context).RemoveAsync(Place(scope), [resource.Name], stop);

    /// <summary>Where the parameters of an environment are.</summary>
    protected abstract ConfigPath PlaceIn(EnvironmentName? environment);

    /// <summary>The resource that a parameter is.</summary>
    protected abstract Resource Found(EnvironmentScope scope, string name, string text);

    /// <summary>What the parameter of a resource holds.</summary>
    protected abstract string TextOf(Resource resource);

    private ConfigPath Place(EnvironmentScope scope) => PlaceIn(scope.Context.Scope.Environment);
}
