using Baker.Cloud.Configuration;
using Baker.Cloud.Discovery;
using Baker.Core.Configuration;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>What groups provide and need, in parameters that their nodes read.</summary>
internal sealed class ServicesWork() : ParameterWork(ResourceKind.Services)
{
    /// <summary>With the last group that took part goes the environment's catalogue.</summary>
    public override async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        await base.RemoveAsync(scope, resource, stop).ConfigureAwait(false);
        if (scope.Context.Scope.Environment is not null
            && (await new ConfigStore(scope.Context).ReadAsync(Place(scope), withSecrets: false, stop).ConfigureAwait(false)).IsEmpty)
        {
            await new SsmCatalog(scope.Context).EmptyAsync(stop).ConfigureAwait(false);
        }
    }

    protected override ConfigPath PlaceIn(EnvironmentName? environment) => ConfigPath.OfServices(environment);

    protected override Resource Found(EnvironmentScope scope, string name, string text) => ServiceResources.Of(name, scope.Region, text);

    protected override string TextOf(Resource resource) => resource["text"];
}
