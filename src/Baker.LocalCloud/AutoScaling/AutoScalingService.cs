using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.LaunchTemplates;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Auto Scaling.</summary>
internal sealed class AutoScalingService : ICloudService
{
    public const string Name = "autoscaling";

    private readonly CloudContext _cloud;
    private readonly ComputeModel _compute;
    private readonly LoadBalancingService _balancing;

    public AutoScalingService(
        CloudContext cloud,
        ComputeModel compute,
        LaunchTemplateService templates,
        LoadBalancingService balancing,
        AlarmService alarms)
    {
        (_cloud, _compute, _balancing) = (cloud, compute, balancing);
        Tables = new AutoScalingTables(cloud.Store);
        Activities = new Activities(cloud, Tables);
        Launcher = new Launcher(Tables, compute, templates.Templates, Activities);
        Settings = new GroupSettings(templates.Templates, balancing.Tables, Launcher);
        Lifecycle = new Lifecycle(cloud, Tables, compute, balancing, Activities);
        Refreshes = new Refreshes(cloud, Tables, templates.Templates, Lifecycle);
        Tracking = new TrackingAlarms(alarms);
        var pools = new WarmPools(cloud, Tables, compute, Launcher, Lifecycle, Activities);
        Reconciler = new Reconciler(cloud, Tables, compute, balancing, Launcher, Lifecycle, Refreshes, pools, Tracking);
        Scaler = new Scaler(this, alarms);
        Alarms = alarms;
        View = new GroupView(Tables, Launcher);
    }

    public AutoScalingTables Tables { get; }

    public Activities Activities { get; }

    public Launcher Launcher { get; }

    public GroupSettings Settings { get; }

    public Lifecycle Lifecycle { get; }

    public Refreshes Refreshes { get; }

    public TrackingAlarms Tracking { get; }

    public Scaler Scaler { get; }

    public AlarmService Alarms { get; }

    public Reconciler Reconciler { get; }

    public GroupView View { get; }

    public void Register(Router router)
    {
        new GroupActions(this).Register(router);
        new MemberActions(this, _compute).Register(router);
        new HookActions(this).Register(router);
        new AttachmentActions(this, _balancing).Register(router);
        new GroupTagActions(this).Register(router);
        new PolicyActions(this).Register(router);
        new ScheduleActions(this).Register(router);
        new WarmPoolActions(this).Register(router);
        new RefreshActions(this).Register(router);
        FixedActions.Register(router, Tables);
    }

    public void Reconcile(DateTimeOffset now) => Reconciler.Run(now);

    /// <exception cref="CloudException">There is no such group, or it is being deleted.</exception>
    public GroupRecord Changeable(Call call, string? name) => Tables.Group(call, name) is { Status: null } group
        ? group
        : throw new CloudException("ScalingActivityInProgress", $"AutoScalingGroup {name} is pending delete");

    /// <summary>Keeps a changed group and acts on it at once.</summary>
    public void Put(GroupRecord group, DateTimeOffset now)
    {
        Tables.Groups.Put(group);
        Reconciler.Run(group.Id, now);
    }

    public TimeSpan Scaled(int seconds) => _cloud.Delays.Scaled(TimeSpan.FromSeconds(seconds));
}
