using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cli.Tests.Fleets;

/// <summary>Images that go out a little at a time, under real load: a bad one is stopped at its first step, and a good one loses nothing.</summary>
[Platform("Linux")]
public sealed class CanaryTests
{
    private const string Group = "12_04-www";
    private const int Connections = 8;

    /// <summary>Answers as the usual one, but for some requests.</summary>
    private const string Server = """

        cat > /usr/local/sbin/serve-www <<'SERVER'
        #!/usr/bin/env python3
        import functools
        import http.server
        import sys
        import time

        class Handler(http.server.SimpleHTTPRequestHandler):
            asked = 0

            def do_GET(self):
                Handler.asked += 1
                SICK
                super().do_GET()

        handler = functools.partial(Handler, directory="/srv/www")
        http.server.ThreadingHTTPServer((sys.argv[1], 8080), handler).serve_forever()
        SERVER

        """;

    [SetUp]
    public Task NeedSandboxes() => Sandboxes.RequireAsync();

    [Test]
    public async Task Canary_OfAnImageWhoseAnswersAreErrors_IsStoppedInItsFirstStepAndTheOldFleetIsUntouched()
    {
        await using var fleet = await StartAsync();
        var (address, targetGroup, before) = await ServeOldAndBakeAsync(fleet, "if Handler.asked % 33 == 0: self.send_error(500); return");
        await using var load = new HttpLoad(address, Connections);
        await WarmAsync(load);

        var run = await fleet.RunAsync("autoscale:update", Group, "--strategy", "canary");
        await load.OnlyAsync("www: version 1");
        await load.StopAsync();

        AssertStopped(run, "5xx: new ");
        Assert.That(load.Lost, Is.Not.Empty.And.All.Contains(" 500 "));
        Assert.That(load.Lost.Count, Is.LessThanOrEqualTo(0.003 * (load.Total + load.Lost.Count)), "0.3 % of all requests");
        await AssertAsBeforeAsync(fleet, before, targetGroup);
        TestContext.Progress.WriteLine($"canary of errors: {load.Lost.Count} of {load.Total + load.Lost.Count} requests failed; {Numbers(run, "5xx")}");
    }

    [Test]
    public async Task Canary_OfAnImageThatIsSlower_IsStoppedInItsFirstStepAndNoRequestIsLost()
    {
        await using var fleet = await StartAsync();
        var (address, targetGroup, before) = await ServeOldAndBakeAsync(fleet, "time.sleep(0.2)");
        await using var load = new HttpLoad(address, Connections);
        await WarmAsync(load);

        var run = await fleet.RunAsync("autoscale:update", Group, "--strategy", "canary");
        await load.OnlyAsync("www: version 1");
        await load.StopAsync();

        AssertStopped(run, "latency p50: new ");
        Assert.That(load.Lost, Is.Empty);
        await AssertAsBeforeAsync(fleet, before, targetGroup);
        TestContext.Progress.WriteLine($"canary that is slower: {load.Total} requests, none lost; {Numbers(run, "latency")}");
    }

    [Test]
    public async Task Canary_OfAGoodImage_GoesThroughAndNoRequestIsLost()
    {
        await using var fleet = await StartAsync();
        var (address, targetGroup, before) = await ServeOldAndBakeAsync(fleet);
        await using var load = new HttpLoad(address, Connections);
        await WarmAsync(load);

        var run = await fleet.DoAsync("autoscale:update", Group, "--strategy", "canary");
        await load.OnlyAsync("www: version 2");
        await load.StopAsync();

        Assert.That(load.Lost, Is.Empty);
        Assert.That(run.Error, Does.Contain("lead 5% of the requests").And.Contain("lead 50% of the requests").And.Contain("it holds:"));
        Assert.That((await fleet.GroupsAsync(Group)).Select(each => each.AutoScalingGroupName), Is.EqualTo(new[] { $"{Group}-v002" }));
        Assert.That(await StandingAsync(fleet), Is.EqualTo(before));
        Assert.That(await fleet.HealthyAsync(targetGroup), Is.EqualTo(2));
        Assert.That(await fleet.LeftAsync(Group), Is.Empty);
        TestContext.Progress.WriteLine($"good canary: {load.Total} requests, none lost; {Numbers(run, "5xx")}; {Numbers(run, "latency")}");
    }

    [Test]
    public async Task Canary_KilledWithHalfOfTheRequestsThenRolledBack_LosesNone()
    {
        await using var fleet = await StartAsync();
        var (address, targetGroup, before) = await ServeOldAndBakeAsync(fleet);
        await using var load = new HttpLoad(address, Connections);
        await WarmAsync(load);
        using var killed = new PackageProcess(fleet.Project, ["autoscale:update", Group, "--strategy", "canary"]);
        await killed.UntilSaysAsync(". lead 50% of the requests");
        killed.Kill();
        await killed.EndAsync();

        await fleet.DoAsync("autoscale:rollback", Group);
        await load.OnlyAsync("www: version 1");
        await load.StopAsync();

        Assert.That(load.Lost, Is.Empty);
        await AssertAsBeforeAsync(fleet, before, targetGroup);
    }

    private static async Task<FleetProject> StartAsync() => await FleetProject.ServeAsync(FleetProject.CopyOfRepository(manifest => manifest.Replace(
        "\"grace\": 30}",
        """
        "grace": 300}, "warmup": 10, "timeout": 1, "canary": {
          "steps": ["5% 5s", "50% 5s", "100%"],
          "checks": [{"metric": "5xx", "max": 1, "min_requests": 140}, {"metric": "latency", "percentile": "p50", "worse_by": 100, "min_requests": 50},
            {"metric": "healthy_hosts", "worse_by": 0}, {"http": "http://{{address}}:8080/"}]}
        """,
        StringComparison.Ordinal).Replace("\"autoscale\": {\"timeout\": 120, \"node_min\": 2, \"node_max\": 4,", "\"autoscale\": {\"node_min\": 2, \"node_max\": 4,", StringComparison.Ordinal)));

    /// <summary>Version 1 serves, behind a balancer, and version 2 is baked.</summary>
    private static async Task<(Uri Address, string TargetGroup, string Before)> ServeOldAndBakeAsync(FleetProject fleet, string? sick = null)
    {
        var (address, targetGroup) = await fleet.BalanceAsync("www");
        await BakeAsync(fleet, "version 1");
        await fleet.DoAsync("autoscale:run", Group);
        var before = await StandingAsync(fleet);
        await BakeAsync(fleet, "version 2", sick);
        return (address, targetGroup, before);
    }

    private static void AssertStopped(ProgramRun run, string numbers)
    {
        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut), run.Error);
        Assert.That(run.Error, Does.Contain("5% in, fails its checks:").And.Contain(numbers).And.Contain("v001 serves as before"));
        Assert.That(run.Error, Does.Not.Contain(". lead 50% of the requests"), "its first step shows it");
    }

    /// <summary>The old fleet serves as if nothing had been, and nothing is left of the new one.</summary>
    private static async Task AssertAsBeforeAsync(FleetProject fleet, string before, string targetGroup)
    {
        Assert.That((await fleet.GroupsAsync(Group)).Select(each => each.AutoScalingGroupName), Is.EqualTo(new[] { $"{Group}-v001" }));
        Assert.That(await StandingAsync(fleet), Is.EqualTo(before));
        Assert.That(await fleet.HealthyAsync(targetGroup), Is.EqualTo(2));
        Assert.That(await fleet.LeftAsync(Group), Is.Empty);
    }

    /// <summary>What listeners do, which target groups there are, and the group's size.</summary>
    internal static async Task<string> StandingAsync(FleetProject fleet)
    {
        var lines = new List<string>();
        foreach (var balancer in (await fleet.Clients.ELBv2.DescribeLoadBalancersAsync(new DescribeLoadBalancersRequest())).LoadBalancers)
        {
            foreach (var listener in (await fleet.Clients.ELBv2.DescribeListenersAsync(new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners)
            {
                lines.AddRange(listener.DefaultActions.SelectMany(action => action.ForwardConfig?.TargetGroups ?? []).Select(each =>
                    string.Create(CultureInfo.InvariantCulture, $"{listener.Port} leads to {each.TargetGroupArn} by {each.Weight}")));
            }
        }

        lines.AddRange((await fleet.Clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest())).TargetGroups.Select(group => group.TargetGroupName));
        lines.AddRange((await fleet.GroupsAsync(Group)).Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.MinSize} {each.MaxSize} {each.DesiredCapacity} {each.TargetGroupARNs?.Count} {each.SuspendedProcesses?.Count ?? 0}")));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    /// <summary>So much that a share of it can be measured.</summary>
    private static Task WarmAsync(HttpLoad load) => Wait.UntilAsync(() => Task.FromResult(load.Total > 100 * Connections), "load");

    private static string Numbers(ProgramRun run, string of) =>
        run.Error.Split('\n').LastOrDefault(line => line.Contains($"  {of}", StringComparison.Ordinal) && line.Contains(": new ", StringComparison.Ordinal))?.Trim() ?? "";

    private static async Task BakeAsync(FleetProject fleet, string version, string? sick = null)
    {
        var script = TestProject.Repository("scripts/www.sh").Replace("version 1", version, StringComparison.Ordinal);
        fleet.Project.Write("scripts/www.sh", sick is null ? script : script + Server.Replace("SICK", sick, StringComparison.Ordinal));
        await fleet.DoAsync("packer:run", Group);
    }
}
