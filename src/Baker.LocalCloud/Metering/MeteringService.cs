using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.AutoScaling;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Metering;

/// <summary>
/// Gives CloudWatch what really happens: the processor time of sandboxes, what comes through load balancers, the sizes of groups.
/// A quarter of a minute at the delay scale is one measurement, so that every period of an alarm has some.
/// </summary>
internal sealed class MeteringService(
    CloudContext cloud,
    ComputeModel compute,
    LoadBalancingService balancing,
    AutoScalingTables groups,
    Metrics metrics) : ICloudService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(250);

    private readonly InstanceMeter _instances = new(compute, metrics, cloud.Sandboxes);
    private readonly BalancerMeter _balancers = new(balancing, metrics);
    private readonly GroupMeter _groups = new(groups, metrics);
    private DateTimeOffset _measured;

    public void Register(Router router)
    {
    }

    public void Reconcile(DateTimeOffset now)
    {
        var interval = cloud.Delays.Scaled(s_interval);
        if (now >= _measured && now < _measured + (interval < s_shortest ? s_shortest : interval))
        {
            return;
        }

        _measured = now;
        _instances.Measure(now);
        _balancers.Measure(now);
        _groups.Measure(now);
    }
}
