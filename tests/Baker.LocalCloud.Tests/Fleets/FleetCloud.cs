using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.CertificateManager;
using Amazon.CloudWatch;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.Runtime;
using Amazon.SimpleNotificationService;
using AutoScalingGroup = Amazon.AutoScaling.Model.AutoScalingGroup;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>A local cloud over loopback HTTP, with the clients that fleets need and the steps that most tests take.</summary>
internal sealed class FleetCloud : IAsyncDisposable
{
    private FleetCloud(TestCloud cloud)
    {
        Inner = cloud;
        Url = cloud.Cloud.Listen().ToString();
        var credentials = new BasicAWSCredentials(cloud.Cloud.Key.Id, cloud.Cloud.Key.Secret);
        Groups = new AmazonAutoScalingClient(credentials, Configure(new AmazonAutoScalingConfig()));
        Balancing = new AmazonElasticLoadBalancingV2Client(credentials, Configure(new AmazonElasticLoadBalancingV2Config()));
        Alarms = new AmazonCloudWatchClient(credentials, Configure(new AmazonCloudWatchConfig()));
        Certificates = new AmazonCertificateManagerClient(credentials, Configure(new AmazonCertificateManagerConfig()));
        Topics = new AmazonSimpleNotificationServiceClient(credentials, Configure(new AmazonSimpleNotificationServiceConfig()));
    }

    public TestCloud Inner { get; }

    public string Url { get; }

    public AmazonEC2Client EC2 => Inner.EC2;

    public AmazonAutoScalingClient Groups { get; }

    public AmazonElasticLoadBalancingV2Client Balancing { get; }

    public AmazonCloudWatchClient Alarms { get; }

    public AmazonCertificateManagerClient Certificates { get; }

    public AmazonSimpleNotificationServiceClient Topics { get; }

    public static async Task<FleetCloud> OpenAsync(bool execute = false, string faults = "", double scale = 0.02, TemporaryFolder? folder = null) =>
        new(await TestCloud.OpenAsync(execute, faults, folder, scale));

    /// <summary>A launch template; gives its id.</summary>
    public async Task<string> TemplateAsync(string name = "web", string? userData = null) =>
        (await EC2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest { LaunchTemplateName = name, LaunchTemplateData = Data(userData) })).LaunchTemplate.LaunchTemplateId;

    public static RequestLaunchTemplateData Data(string? userData = null, string type = "m1.large") => new()
    {
        ImageId = TestCloud.BaseImageId,
        InstanceType = type,
        UserData = userData is null ? null : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(userData)),
        TagSpecifications = [new() { ResourceType = "instance", Tags = [new() { Key = "from", Value = "template" }, new() { Key = "Name", Value = "template" }] }],
    };

    public Task CreateAsync(string name, string template, int size, Action<CreateAutoScalingGroupRequest>? more = null)
    {
        var request = new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = name,
            MinSize = 0,
            MaxSize = 10,
            DesiredCapacity = size,
            AvailabilityZones = ["us-east-1a", "us-east-1b"],
            LaunchTemplate = new() { LaunchTemplateId = template, Version = "1" },
        };
        more?.Invoke(request);
        return Groups.CreateAutoScalingGroupAsync(request);
    }

    public async Task<AutoScalingGroup> GroupAsync(string name) =>
        (await Groups.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest { AutoScalingGroupNames = [name] })).AutoScalingGroups.Single();

    public Task UntilAsync(string name, Func<AutoScalingGroup, bool> condition, string what) =>
        Wait.UntilAsync(async () => condition(await GroupAsync(name)), what);

    public Task UntilInServiceAsync(string name, int count) =>
        UntilAsync(name, group => group.Instances.Count == count && group.Instances.TrueForAll(each => each.LifecycleState == Amazon.AutoScaling.LifecycleState.InService), $"{count} in service in {name}");

    /// <summary>A load balancer with one listener and target group; gives the group's ARN and the address of the listener.</summary>
    public async Task<(string TargetGroup, Uri Address)> BalanceAsync(int port = 8080, int delay = 5)
    {
        var subnets = (await EC2.DescribeSubnetsAsync(new DescribeSubnetsRequest())).Subnets.Take(2).Select(each => each.SubnetId).ToList();
        var target = (await Balancing.CreateTargetGroupAsync(new CreateTargetGroupRequest
        {
            Name = "web",
            Port = port,
            Protocol = ProtocolEnum.HTTP,
            HealthCheckIntervalSeconds = 5,
            HealthCheckTimeoutSeconds = 2,
            HealthyThresholdCount = 2,
        })).TargetGroups[0].TargetGroupArn;
        await Balancing.ModifyTargetGroupAttributesAsync(new ModifyTargetGroupAttributesRequest { TargetGroupArn = target, Attributes = [new() { Key = "deregistration_delay.timeout_seconds", Value = $"{delay}" }] });
        var balancer = (await Balancing.CreateLoadBalancerAsync(new CreateLoadBalancerRequest { Name = "web", Subnets = subnets })).LoadBalancers[0];
        var listener = (await Balancing.CreateListenerAsync(new CreateListenerRequest
        {
            LoadBalancerArn = balancer.LoadBalancerArn,
            Port = 8080,
            Protocol = ProtocolEnum.HTTP,
            DefaultActions = [new() { Type = ActionTypeEnum.Forward, TargetGroupArn = target }],
        })).Listeners[0].ListenerArn;
        Uri? address = null;
        await Wait.UntilAsync(
            async () =>
            {
                var attributes = await Balancing.DescribeListenerAttributesAsync(new DescribeListenerAttributesRequest { ListenerArn = listener });
                address = attributes.Attributes.Find(each => each.Key == "baker.local.address") is { } found ? new Uri(found.Value) : null;
                return address is not null;
            },
            "the listener to open");
        return (target, address!);
    }

    public async Task<List<string>> HealthAsync(string targetGroup) =>
        (await Balancing.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = targetGroup })).TargetHealthDescriptions.ConvertAll(each => each.TargetHealth.State.Value);

    public async ValueTask DisposeAsync()
    {
        Groups.Dispose();
        Balancing.Dispose();
        Alarms.Dispose();
        Certificates.Dispose();
        Topics.Dispose();
        await Inner.DisposeAsync();
    }

    private T Configure<T>(T config)
        where T : ClientConfig
    {
        config.ServiceURL = Url;
        config.AuthenticationRegion = "us-east-1";
        config.MaxErrorRetry = 0;
        return config;
    }
}
