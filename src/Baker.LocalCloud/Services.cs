using Baker.LocalCloud.Compute;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Systems;

namespace Baker.LocalCloud;

/// <summary>Every service of the local cloud, in the order in which they are reconciled.</summary>
internal static class Services
{
    public static IReadOnlyList<ICloudService> Make(CloudContext cloud) => cloud.Write<IReadOnlyList<ICloudService>>(() =>
    {
        var compute = new ComputeService(cloud);
        return
        [
            compute,
            new SystemsService(cloud, compute),
        ];
    });
}
