using System.Collections.Immutable;
using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Discovery;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>A cloud with two images, a load balancer and a node group, and the operations of a fleet on it.</summary>
internal sealed class FleetStage : IAsyncDisposable
{
    public static readonly GroupName Group = GroupName.Parse("www");
    public static readonly ServiceName Service = ServiceName.Parse("front");
    private readonly Func<ValueTask> _close;
    private readonly HashSet<string> _announced = new(StringComparer.Ordinal);
    private int _runs;

    private readonly CloudConnection _connection;

    private FleetStage(CloudConnection connection, Func<ValueTask> close)
    {
        (_connection, _close) = (connection, close);
        Clients = new CloudClients(connection, "us-east-1");
    }

    /// <summary>A process of this machine that does not run any more.</summary>
    public static Operator DeadOperator { get; } = new("ann@desk", string.Join('/', Operator.OfThisProcess().Process?.Split('/')[..^2] ?? []) + "/999999999/1");

    public HttpMessageHandler Handler => _connection.Handler!;

    /// <summary>Makes the local cloud go wrong, as its fault plans say.</summary>
    public Action<string> Fault { get; set; } = _ => { };

    public CloudClients Clients { get; }

    public Pacer Pacer { get; } = new(TimeProvider.System);

    public string Image1 { get; private set; } = "";

    public string Image2 { get; private set; } = "";

    public string TargetGroup { get; private set; } = "";

    /// <summary>The services that the group provides.</summary>
    public ImmutableArray<ProvidedService> Provides { get; set; } = [];

    public List<string> Said { get; } = [];

    public List<string> Steps { get; } = [];

    public static async Task<FleetStage> OnAsync(CloudConnection connection, string image, int listenerPort, Func<ValueTask> close)
    {
        var stage = new FleetStage(connection, close);
        stage.Image1 = await stage.BakeAsync(image, "one");
        stage.Image2 = await stage.BakeAsync(image, "two");
        var subnets = (await stage.Clients.EC2.DescribeSubnetsAsync(new DescribeSubnetsRequest())).Subnets;
        var vpc = subnets[0].VpcId;
        var target = await stage.Clients.ELBv2.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "www", Protocol = ProtocolEnum.HTTP, Port = 80, VpcId = vpc });
        stage.TargetGroup = target.TargetGroups[0].TargetGroupArn;
        await stage.Clients.ELBv2.ModifyTargetGroupAttributesAsync(new ModifyTargetGroupAttributesRequest { TargetGroupArn = stage.TargetGroup, Attributes = [new TargetGroupAttribute { Key = "deregistration_delay.timeout_seconds", Value = "0" }] });
        var balancer = await stage.Clients.ELBv2.CreateLoadBalancerAsync(new CreateLoadBalancerRequest { Name = "www", Subnets = [.. subnets.Where(subnet => subnet.VpcId == vpc).Take(2).Select(subnet => subnet.SubnetId)] });
        await stage.Clients.ELBv2.CreateListenerAsync(new CreateListenerRequest
        {
            LoadBalancerArn = balancer.LoadBalancers[0].LoadBalancerArn,
            Protocol = ProtocolEnum.HTTP,
            Port = listenerPort,
            DefaultActions = [new Amazon.ElasticLoadBalancingV2.Model.Action { Type = ActionTypeEnum.Forward, TargetGroupArn = stage.TargetGroup }],
        });
        return stage;
    }

    private static CloudClock ClockOf(TimeProvider time, CloudClients clients)
    {
        var clock = new CloudClock(time);
        clock.Watch(clients.SSM);
        clock.Watch(clients.AutoScaling);
        return clock;
    }

    public FleetContext Context(string owner = "ann@desk", TimeProvider? time = null, CloudClients? clients = null) => new()
    {
        Clients = clients ?? Clients,
        Pacer = clients is null ? Pacer : new Pacer(TimeProvider.System),
        Time = time ?? TimeProvider.System,
        Clock = ClockOf(time ?? TimeProvider.System, clients ?? Clients),
        Operator = new Operator(owner, null),
        Say = Said.Add,
        Poll = TimeSpan.FromMilliseconds(20),
        AgentLimit = TimeSpan.FromSeconds(2),

        // Bounds that a busy machine does not reach: no test waits for one of them to pass.
        HealthLimit = TimeSpan.FromMinutes(1),
        RetireLimit = TimeSpan.FromMinutes(2),
        Lease = TimeSpan.FromSeconds(45),
        Notice = TimeSpan.Zero,
    };

    public static GroupServices ServicesThrough(FleetContext context) => new(context, new SsmCatalog(context), Group, isNeeded: true);

    /// <summary>Has the fleet's nodes announce a service, which the group provides from now on.</summary>
    public async Task AnnounceAsync()
    {
        Provides = [new ProvidedService(Service, default) { Port = 80 }];
        _announced.Clear();
        await AnnounceAllAsync(_announced);
    }

    /// <summary>Has nodes that are new in service announce the service once, as they would by themselves, until told to end.</summary>
    public async Task KeepAnnouncingAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await AnnounceAllAsync(_announced);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task AnnounceAllAsync(HashSet<string> known)
    {
        var catalog = new SsmCatalog(Context());
        foreach (var id in (await InServiceAsync()).Where(known.Add))
        {
            var found = (await Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [id] })).Reservations[0].Instances[0];
            if (found.PrivateIpAddress is { } address)
            {
                await catalog.AnnounceAsync(
                    new ServiceEntry { Service = Service, Group = Group, Instance = id, Address = address, Port = 80, Since = DateTimeOffset.UnixEpoch },
                    CancellationToken.None);
            }

            if (!(await InServiceAsync()).Contains(id))
            {
                await catalog.RemoveAsync(Service, id, CancellationToken.None);
            }
        }
    }

    private async Task<string[]> InServiceAsync() =>
        [.. (await GroupsAsync()).SelectMany(group => group.Instances).Where(instance => instance.LifecycleState.Value == "InService").Select(instance => instance.InstanceId)];

    /// <summary>Instances that have announced the service, and what they say now.</summary>
    public async Task<string[]> AnnouncedAsync() =>
        [.. (await new SsmCatalog(Context()).ReadAsync(Service, CancellationToken.None)).Select(entry => $"{entry.Instance} {ServiceEntry.Word(entry.State)}")];

    public static FleetTarget Target(string autoscale = """{"node_min": 2, "node_max": 4, "timeout": 0, "target_groups": ["www"]}""")
    {
        var group = new NodeGroup { Name = Group, Attributes = [], InstanceTypes = ["m5.large"], UserData = "#!/bin/sh\n"u8.ToArray(), Autoscale = JObject.Parse(autoscale) };
        return new FleetTarget(group, FleetSettingsReader.Read(group));
    }

    public CloudClients ClientsThrough(HttpMessageHandler handler) => new(_connection with { Handler = handler }, "us-east-1");

    /// <summary>Stops whatever comes up in the group, until told to end: an image that does not stay up.</summary>
    public async Task KeepStoppingInstancesOfAsync(string group, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            foreach (var instance in (await GroupsAsync()).Find(each => each.AutoScalingGroupName == group)?.Instances ?? [])
            {
                try
                {
                    await Clients.EC2.StopInstancesAsync(new StopInstancesRequest { InstanceIds = [instance.InstanceId] }, CancellationToken.None);
                }
                catch (Amazon.EC2.AmazonEC2Exception)
                {
                    // Not running yet, or not any more.
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }
    }

    public async Task TerminateInstancesOfAsync(string group) =>
        await Clients.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = await InstancesOfAsync(group) });

    public string NewRun() => $"run-{++_runs}";

    public Task<FleetJournal> RunAsync(FleetTarget? target = null, FleetContext? context = null, CancellationToken stop = default)
    {
        target ??= Target();
        var run = NewRun();
        return Execute(target, context ?? Context(), run, FleetAction.Run, (service, token) => service.PlanRunAsync(target, run, new FleetImage(Image1, "one"), target.Settings.Capacity, token), stop: stop);
    }

    public Task<FleetJournal> UpdateAsync(UpdateOptions? options = null, FleetTarget? target = null, FleetContext? context = null, bool breakLock = false, bool whileWarm = true, Action<FleetStep>? onStep = null, CancellationToken stop = default)
    {
        context ??= Context();
        target = Providing(target, context);
        var run = NewRun();
        options ??= new UpdateOptions(false, TimeSpan.Zero, null, []);
        return Execute(target, context, run, FleetAction.Update, (service, token) => service.PlanUpdateAsync(target, run, new FleetImage(Image2, "two"), options, token), breakLock, whileWarm, onStep, stop);
    }

    public Task<FleetJournal> RollbackAsync(FleetContext? context = null, bool breakLock = false, Action<FleetStep>? onStep = null, CancellationToken stop = default) =>
        Execute(Providing(null, context ?? Context()), context ?? Context(), NewRun(), FleetAction.Rollback, (service, token) => service.PlanRollbackAsync(Group, token), breakLock, true, onStep, stop);

    public Task<FleetJournal> DeleteAsync(FleetContext? context = null, Action<FleetStep>? onStep = null, CancellationToken stop = default)
    {
        context ??= Context();
        var (run, target) = (NewRun(), Providing(null, context));
        return Execute(target, context, run, FleetAction.Delete, (service, token) => service.PlanDeleteAsync(target, run, token), onStep: onStep, stop: stop);
    }

    public async Task<List<AutoScalingGroup>> GroupsAsync() =>
        (await Clients.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest())).AutoScalingGroups ?? [];

    public async Task<AutoScalingGroup> OneAsync() => (await GroupsAsync()).Single();

    /// <summary>Images that instances of the group run.</summary>
    public async Task<ImmutableArray<string>> RunningAsync()
    {
        var reply = await Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new Amazon.EC2.Model.Filter { Name = "instance-state-name", Values = ["pending", "running"] }] });
        return [.. (reply.Reservations ?? []).SelectMany(reservation => reservation.Instances).Where(instance => (instance.Tags ?? []).Exists(tag => tag.Key == "aws:autoscaling:groupName")).Select(instance => instance.ImageId)];
    }

    /// <summary>Healthy targets that run an image.</summary>
    public async Task<int> HealthyAsync()
    {
        var reply = await Clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = TargetGroup });
        return (reply.TargetHealthDescriptions ?? []).Count(target => target.TargetHealth.State == TargetHealthStateEnum.Healthy);
    }

    /// <summary>What should not be there when nothing is under way.</summary>
    public async Task<ImmutableArray<string>> LeftAsync()
    {
        var left = ImmutableArray.CreateBuilder<string>();
        var parameters = await Clients.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = "/baker", Recursive = true });
        left.AddRange((parameters.Parameters ?? []).Select(parameter => parameter.Name).Where(name => Provides.IsEmpty || !name.StartsWith("/baker/services/", StringComparison.Ordinal)));
        var groups = (await GroupsAsync()).Select(group => group.AutoScalingGroupName).ToHashSet(StringComparer.Ordinal);
        var templates = await Clients.EC2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest());
        left.AddRange((templates.LaunchTemplates ?? []).Select(template => template.LaunchTemplateName).Where(name => !groups.Contains(name)));
        return left.ToImmutable();
    }

    public async ValueTask DisposeAsync()
    {
        Clients.Dispose();
        await _close();
    }

    private async Task<List<string>> InstancesOfAsync(string group) =>
        [.. (await GroupsAsync()).Single(each => each.AutoScalingGroupName == group).Instances.Select(instance => instance.InstanceId)];

    private async Task<string> BakeAsync(string image, string fingerprint)
    {
        var instance = (await Clients.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = image, InstanceType = Amazon.EC2.InstanceType.M5Large, MinCount = 1, MaxCount = 1 })).Reservation.Instances[0].InstanceId;
        await Wait.UntilAsync(async () => (await Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [instance] })).Reservations[0].Instances[0].State.Name == Amazon.EC2.InstanceStateName.Running);
        var made = await Clients.EC2.CreateImageAsync(new CreateImageRequest
        {
            InstanceId = instance,
            Name = $"{Group} {fingerprint}",
            TagSpecifications = [new TagSpecification { ResourceType = Amazon.EC2.ResourceType.Image, Tags = [new Amazon.EC2.Model.Tag { Key = BakerTags.Group, Value = Group }, new Amazon.EC2.Model.Tag { Key = BakerTags.Fingerprint, Value = fingerprint }] }],
        });
        await Clients.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [instance] });
        await Wait.UntilAsync(async () => (await Clients.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [made.ImageId] })).Images is [{ State.Value: "available" }]);
        return made.ImageId;
    }

    private FleetTarget Providing(FleetTarget? target, FleetContext context)
    {
        target ??= Target();
        return target with { Group = target.Group with { Provides = Provides }, Services = ServicesThrough(context) };
    }

    private async Task<FleetJournal> Execute(FleetTarget target, FleetContext context, string run, FleetAction action, Func<FleetService, CancellationToken, Task<FleetChange>> plan, bool breakLock = false, bool whileWarm = true, Action<FleetStep>? onStep = null, CancellationToken stop = default)
    {
        var operation = new FleetOperation(context, target, run, action, breakLock, whileWarm, token => plan(new FleetService(context), token));
        var watcher = new StepWatcher(step =>
        {
            lock (Steps)
            {
                Steps.Add(step.Text);
            }

            onStep?.Invoke((FleetStep)step);
        });
        (await new ChangeEngine(watcher, context.Time).RunAsync(operation, stop)).ThrowIfFailed();
        return operation.Journal;
    }
}
