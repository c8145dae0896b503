using System.Collections.Immutable;
using Baker.Core.Configuration;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>The endpoints of datastores, in parameters that nodes read. The datastores themselves are looked up and left alone.</summary>
internal sealed class EndpointsWork() : ParameterWork(ResourceKind.Endpoints)
{
    protected override ConfigPath PlaceIn(EnvironmentName? environment) => ConfigPath.OfDatastores(environment);

    protected override Resource Found(EnvironmentScope scope, string name, string text) =>
        new(ResourceKind.Endpoints, DatastoreResources.KeyOf(name, scope.Region, scope.HomeRegion), scope.Region, name)
        {
            Values = DatastoreEndpoints.Parse(text)?.Values ?? Resource.Empty,
        };

    protected override string TextOf(Resource resource) => new DatastoreEndpoints(
        resource.Values.Where(each => each.Value.Length > 0).ToImmutableSortedDictionary(StringComparer.Ordinal)).ToString();
}
