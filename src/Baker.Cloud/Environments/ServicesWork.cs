using Baker.Core.Configuration;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>What groups provide and need, in parameters that their nodes read.</summary>
internal sealed class ServicesWork() : ParameterWork(ResourceKind.Services)
{
    protected override ConfigPath PlaceIn(EnvironmentName? environment) => ConfigPath.OfServices(environment);

    protected override Resource Found(EnvironmentScope scope, string name, string text) => ServiceResources.Of(name, scope.Region, text);

    protected override string TextOf(Resource resource) => resource["text"];
}
