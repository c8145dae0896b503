using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Load balancing with instances that really answer.</summary>
internal sealed class BalancingTests
{
    // It ends with the sandbox; nothing but Python is needed to serve.
    private const string Serve = """
        #!/bin/sh
        cat > /tmp/serve.py <<'PY'
        import http.server, socket, os
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = (os.environ['VERSION'] + '\n').encode()
                self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
            def log_message(self, *a): pass
        http.server.ThreadingHTTPServer((os.environ['ADDRESS'], 8080), Handler).serve_forever()
        PY
        VERSION=%VERSION% ADDRESS=$(getent hosts "$(hostname)" | cut -d' ' -f1) setsid python3 /tmp/serve.py >/tmp/serve.log 2>&1 &
        """;

    [Test]
    public async Task TargetGroup_ThatNoListenerUses_NeverBecomesHealthy()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var id = await cloud.Inner.LaunchAsync();
        await cloud.Inner.UntilStateAsync(id, "running");
        var target = (await cloud.Balancing.CreateTargetGroupAsync(new() { Name = "alone", Port = 80, Protocol = ProtocolEnum.HTTP })).TargetGroups[0].TargetGroupArn;
        await cloud.Balancing.RegisterTargetsAsync(new() { TargetGroupArn = target, Targets = [new() { Id = id }] });

        var health = (await cloud.Balancing.DescribeTargetHealthAsync(new() { TargetGroupArn = target })).TargetHealthDescriptions.Single().TargetHealth;

        Assert.That((health.State.Value, health.Reason.Value), Is.EqualTo(("unused", "Target.NotInUse")));
    }

    [Test]
    public async Task Target_ThatDoesNotRun_IsRefused()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var target = (await cloud.Balancing.CreateTargetGroupAsync(new() { Name = "alone", Port = 80, Protocol = ProtocolEnum.HTTP })).TargetGroups[0].TargetGroupArn;

        await Assert.ThrowsAsync<InvalidTargetException>(() => cloud.Balancing.RegisterTargetsAsync(new() { TargetGroupArn = target, Targets = [new() { Id = "i-0123456789abcdef0" }] }));
    }

    [Test]
    public async Task TargetGroup_InUse_IsNotDeleted_AndItsListenerIsTheOnlyOneOnItsPort()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var (target, _) = await cloud.BalanceAsync();
        var balancer = (await cloud.Balancing.DescribeLoadBalancersAsync(new())).LoadBalancers.Single().LoadBalancerArn;

        await Assert.ThrowsAsync<ResourceInUseException>(() => cloud.Balancing.DeleteTargetGroupAsync(new() { TargetGroupArn = target }));
        await Assert.ThrowsAsync<DuplicateListenerException>(() => cloud.Balancing.CreateListenerAsync(new()
        {
            LoadBalancerArn = balancer,
            Port = 8080,
            Protocol = ProtocolEnum.HTTP,
            DefaultActions = [new() { Type = ActionTypeEnum.Forward, TargetGroupArn = target }],
        }));
    }

    [Test]
    public async Task Group_NotExecuted_IsHealthyAsSoonAsItRuns_AndDrainsWhenItShrinks()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var (target, _) = await cloud.BalanceAsync(delay: 100);
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 2, group => group.TargetGroupARNs = [target]);
        await cloud.UntilInServiceAsync("web", 2);
        await Wait.UntilAsync(async () => await cloud.HealthAsync(target) is ["healthy", "healthy"], "healthy targets");

        await cloud.Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = "web", DesiredCapacity = 1 });

        await Wait.UntilAsync(async () => (await cloud.HealthAsync(target)).Contains("draining"), "a draining target");
        await Wait.UntilAsync(async () => await cloud.HealthAsync(target) is ["healthy"], "the drained one to be gone");
        var attached = await cloud.Groups.DescribeLoadBalancerTargetGroupsAsync(new() { AutoScalingGroupName = "web" });
        Assert.That(attached.LoadBalancerTargetGroups.Single().State, Is.EqualTo("InService"));
    }

    [Test]
    public async Task Group_ReplacedUnderLoadByWhatServesAfterItsWarmUp_LosesNoRequest()
    {
        await using var cloud = await FleetCloud.OpenAsync(execute: true, scale: 0.1);
        var (target, address) = await cloud.BalanceAsync(delay: 20);
        var template = await cloud.TemplateAsync(userData: Serve.Replace("%VERSION%", "one", StringComparison.Ordinal));
        await cloud.EC2.CreateLaunchTemplateVersionAsync(new() { LaunchTemplateId = template, SourceVersion = "1", LaunchTemplateData = FleetCloud.Data(Serve.Replace("%VERSION%", "two", StringComparison.Ordinal).Replace("#!/bin/sh", "#!/bin/sh\nsleep 2", StringComparison.Ordinal)) });
        await cloud.CreateAsync("web", template, 2, group => (group.TargetGroupARNs, group.HealthCheckType, group.HealthCheckGracePeriod) = ([target], "ELB", 600));
        await cloud.UntilInServiceAsync("web", 2);
        await Wait.UntilAsync(async () => await cloud.HealthAsync(target) is ["healthy", "healthy"], "healthy targets");
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => LoadAsync(address, stop.Token)).ToList();

        await cloud.Groups.StartInstanceRefreshAsync(new()
        {
            AutoScalingGroupName = "web",
            Preferences = new() { MinHealthyPercentage = 100, MaxHealthyPercentage = 150, InstanceWarmup = 0 },
            DesiredConfiguration = new() { LaunchTemplate = new() { LaunchTemplateId = template, Version = "2" } },
        });
        await Wait.UntilAsync(
            async () => (await cloud.Groups.DescribeInstanceRefreshesAsync(new() { AutoScalingGroupName = "web" })).InstanceRefreshes[0].Status == Amazon.AutoScaling.InstanceRefreshStatus.Successful,
            "the refresh");
        await stop.CancelAsync();

        var results = await Task.WhenAll(load);
        Assert.That(results.SelectMany(each => each.Failures), Is.Empty);
        Assert.That(results.Sum(each => each.Answers), Is.GreaterThan(50));
        Assert.That(results.Select(each => each.Last), Has.Some.EqualTo("two"));
    }

    private static async Task<(int Answers, List<string> Failures, string Last)> LoadAsync(Uri address, CancellationToken stop)
    {
        using var http = new HttpClient();
        var (answers, failures, last) = (0, new List<string>(), "");
        while (!stop.IsCancellationRequested)
        {
            try
            {
                last = (await http.GetStringAsync(address, CancellationToken.None)).Trim();
                answers++;
            }
            catch (HttpRequestException error)
            {
                failures.Add(error.Message);
            }
        }

        return (answers, failures, last);
    }
}
