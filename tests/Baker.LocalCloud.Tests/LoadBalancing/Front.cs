using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Serving;
using Baker.LocalCloud.Tests.Fleets;
using Microsoft.AspNetCore.Http;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>A load balancer of a local cloud, with targets by address that a test answers for.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _targets = [];

    private Front(FleetCloud cloud, LoadBalancer balancer) => (Cloud, Balancer) = (cloud, balancer);

    public FleetCloud Cloud { get; }

    public LoadBalancer Balancer { get; }

    private AmazonElasticLoadBalancingV2Client Elb => Cloud.Balancing;

    public static async Task<Front> OpenAsync(string type = "application")
    {
        var cloud = await FleetCloud.OpenAsync();
        var subnets = (await cloud.EC2.DescribeSubnetsAsync(new())).Subnets.OrderBy(each => each.AvailabilityZone).Take(2).Select(each => each.SubnetId);
        var made = await cloud.Balancing.CreateLoadBalancerAsync(new() { Name = "front", Type = type, Subnets = [.. subnets] });
        return new Front(cloud, made.LoadBalancers[0]);
    }

    /// <summary>A target group of one target, which answers with a word and what it sees.</summary>
    public async Task<string> GroupAsync(string name, HttpAnswer? answer = null)
    {
        var target = new HttpServer(
            new IPEndPoint(IPAddress.Loopback, 0),
            new HttpLimits(LargestBody: null, TimeSpan.FromMinutes(1)),
            answer ?? (context => context.Response.WriteAsync(name)),
            (context, status) => Task.FromResult(context.Response.StatusCode = status));
        _targets.Add(target);
        return await GroupAsync(name, "HTTP", target.Address);
    }

    public async Task<string> GroupAsync(string name, string protocol, params IPEndPoint[] targets)
    {
        var arn = (await Elb.CreateTargetGroupAsync(new()
        {
            Name = name,
            Protocol = protocol,
            Port = 80,
            TargetType = TargetTypeEnum.Ip,
            HealthCheckIntervalSeconds = 5,
            HealthCheckTimeoutSeconds = 4,
        })).TargetGroups[0].TargetGroupArn;
        await Elb.RegisterTargetsAsync(new()
        {
            TargetGroupArn = arn,
            Targets = [.. targets.Select(each => new TargetDescription { Id = each.Address.ToString(), Port = each.Port })],
        });
        return arn;
    }

    /// <summary>A listener, once it is open and the target groups that it forwards to are healthy.</summary>
    public async Task<(string Arn, string Address)> ListenAsync(int port, string protocol, Action action, string? certificate = null, string? policy = null)
    {
        var arn = (await Elb.CreateListenerAsync(new()
        {
            LoadBalancerArn = Balancer.LoadBalancerArn,
            Port = port,
            Protocol = protocol,
            SslPolicy = policy,
            Certificates = certificate is null ? null : [new() { CertificateArn = certificate }],
            DefaultActions = [action],
        })).Listeners[0].ListenerArn;
        await UntilHealthyAsync(action);
        string? address = null;
        await Wait.UntilAsync(
            async () => (address = (await Elb.DescribeListenerAttributesAsync(new() { ListenerArn = arn })).Attributes.Find(each => each.Key == "baker.local.address")?.Value) is not null,
            "the listener to open");
        return (arn, address!);
    }

    public async Task<string> RuleAsync(string listener, int priority, RuleCondition condition, Action action)
    {
        var rule = await Elb.CreateRuleAsync(new() { ListenerArn = listener, Priority = priority, Conditions = [condition], Actions = [action] });
        await UntilHealthyAsync(action);
        return rule.Rules[0].RuleArn;
    }

    public static Action To(params (string Group, int Weight)[] groups) => new()
    {
        Type = ActionTypeEnum.Forward,
        ForwardConfig = new() { TargetGroups = [.. groups.Select(each => new TargetGroupTuple { TargetGroupArn = each.Group, Weight = each.Weight })] },
    };

    /// <summary>A certificate that signs itself, for these names; its ARN.</summary>
    public async Task<string> CertificateAsync(string? renews, params string[] names)
    {
        var (body, key) = Certificate(names);
        return (await Cloud.Certificates.ImportCertificateAsync(new() { CertificateArn = renews, Certificate = body, PrivateKey = key })).CertificateArn;
    }

    public static (MemoryStream Body, MemoryStream Key) Certificate(params string[] names)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var subject = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            subject.AddDnsName(name);
        }

        request.CertificateExtensions.Add(subject.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return (new(Encoding.ASCII.GetBytes(made.ExportCertificatePem())), new(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem())));
    }

    public async ValueTask DisposeAsync()
    {
        await Cloud.DisposeAsync();
        foreach (var target in _targets)
        {
            await target.DisposeAsync();
        }
    }

    private async Task UntilHealthyAsync(Action action)
    {
        foreach (var group in action.ForwardConfig?.TargetGroups ?? [])
        {
            await Wait.UntilAsync(async () => (await Cloud.HealthAsync(group.TargetGroupArn)).TrueForAll(each => each == "healthy"), "healthy targets");
        }
    }
}
