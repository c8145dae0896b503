using System.Diagnostics;
using Amazon.ElastiCache.Model;
using Amazon.RDS.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Baker.Testing;

namespace Baker.Cli.Tests.Environments;

/// <summary>The examples of whole systems, applied to a served local cloud on which nothing executes, and read back by boto3.</summary>
public sealed class ExampleTests
{
    [Test]
    public async Task Opendebates_Applied_HasEveryAlarmAndPolicy()
    {
        Peers.Require("git");
        await using var fleet = await AppliedAsync("opendebates", applied => PushAsync(applied.Project, "app", ".run/opendebates.git"));
        await ReadBackAsync(fleet, """
            topics = {t["TopicArn"].split(":")[-1]: t["TopicArn"] for t in boto3.client("sns").list_topics()["Topics"]}
            assert set(topics) == {"production-client", "production-team", "production-scaling"}, topics
            client, team, scaling = (topics["production-" + n] for n in ("client", "team", "scaling"))
            policies = {p["PolicyName"]: p for p in boto3.client("autoscaling").describe_policies()["ScalingPolicies"]}
            assert {n: p["ScalingAdjustment"] for n, p in policies.items()} == {"baker-decrease-group-size": -2, "baker-increase-group-size": 2}
            down, up = (policies["baker-" + n + "-group-size"]["PolicyARN"] for n in ("decrease", "increase"))
            alarms = {a["AlarmName"].split("/")[-1]: a for a in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]}
            def check(name, metric, statistic, period, periods, comparison, threshold, alarm, ok=(), insufficient=()):
                a = alarms.pop(name)
                found = (a["MetricName"], a["Statistic"], a["Period"], a["EvaluationPeriods"], a["ComparisonOperator"], a["Threshold"])
                assert found == (metric, statistic, period, periods, comparison, threshold), found
                assert (set(a["AlarmActions"]), set(a["OKActions"]), set(a["InsufficientDataActions"])) == (set(alarm), set(ok), set(insufficient)), a
                return {d["Name"]: d["Value"] for d in a["Dimensions"]}
            ge, gt, lt, le = ("GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold")
            both = (client, team)
            d = check("backend-connection-errors", "TargetConnectionErrorCount", "Sum", 300, 1, ge, 1, [team])
            assert d["LoadBalancer"].startswith("app/production-web/"), d
            d = check("healthy-hosts", "HealthyHostCount", "Average", 60, 5, lt, 0.95, both, both, [team])
            assert d["TargetGroup"].startswith("targetgroup/production-web/"), d
            check("latency", "TargetResponseTime", "Average", 300, 2, ge, 0.5, both, both, both)
            check("request-count", "RequestCount", "Sum", 300, 1, gt, 25000, both, both, both)
            d = check("scale-down", "CPUUtilization", "Average", 300, 6, le, 5, [down])
            assert d == {"AutoScalingGroupName": "production/web-v001"}, d
            check("scale-up", "CPUUtilization", "Average", 300, 1, ge, 40, [up, scaling], [], [scaling])
            assert not alarms, alarms
            """);
    }

    [Test]
    public async Task Syncstorage_Applied_HasEverySecurityGroup()
    {
        await using var fleet = await AppliedAsync("syncstorage", MakeDatastoresAsync);
        await ReadBackAsync(fleet, """
            groups = {g["GroupName"]: g for g in boto3.client("ec2").describe_security_groups()["SecurityGroups"]}
            web = groups["sync2-sg-web"]["GroupId"]
            def rules(name):
                return sorted((p["FromPort"], p["ToPort"], *[r["CidrIp"] for r in p["IpRanges"]], *[r["GroupId"] for r in p["UserIdGroupPairs"]])
                    for p in groups[name]["IpPermissions"])
            assert rules("sync2-sg-web") == [(22, 22, "0.0.0.0/0"), (80, 80, "0.0.0.0/0")], rules("sync2-sg-web")
            assert rules("sync2-sg-db") == [(3306, 3306, web)], rules("sync2-sg-db")
            assert rules("sync2-sg-cache") == [(11211, 11211, web)], rules("sync2-sg-cache")
            [balancer] = boto3.client("elbv2").describe_load_balancers(Names=["sync2-lb"])["LoadBalancers"]
            [targets] = boto3.client("elbv2").describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])["TargetGroups"]
            assert targets["HealthCheckPath"] == "/__heartbeat__", targets
            [fleet] = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
            assert (fleet["TargetGroupARNs"], len(fleet["Instances"])) == ([targets["TargetGroupArn"]], 2), fleet
            [instance, _] = [i for r in boto3.client("ec2").describe_instances()["Reservations"] for i in r["Instances"] if i["State"]["Name"] == "running"]
            assert [g["GroupId"] for g in instance["SecurityGroups"]] == [web], instance
            """);
    }

    [Test]
    public async Task Syncstorage_ItsDatastores_AreLookedUpAndSpared()
    {
        await using var fleet = await AppliedAsync("syncstorage", MakeDatastoresAsync);
        var first = await fleet.HereAsync(ExitCode.Done, "config:list", "webhead", "-e", "production");
        Assert.That(first.Out, Does.Contain("DB_ENGINE").And.Contain("mysql").And.Contain("DB_READER_HOST").And.Match("CACHE_NODES +[0-9.]+:11211,[0-9.]+:11211 "));

        await fleet.Clients.RDS.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "sync2-db", SkipFinalSnapshot = true });
        await fleet.HereAsync(ExitCode.CloudFailed, "environment:plan", "production");
        await Wait.UntilAsync(async () => await fleet.DatabaseAsync() is null, "the database to be gone");
        var gone = await fleet.HereAsync(ExitCode.CloudFailed, "environment:update", "production");
        Assert.That(gone.Error, Does.Contain("db: RDS has neither a cluster nor an instance sync2-db in us-east-1"));
        Assert.That((await fleet.HereAsync(ExitCode.Done, "environment:status", "production")).Out, Does.Contain("RDS has neither"));

        await fleet.MakeDatabaseAsync("sync2-db", "mysql", 3307);
        Assert.That((await fleet.HereAsync(ExitCode.Done, "environment:status", "production")).Out, Does.Match(@"db .*stale: .*port 3306 -> 3307"));
        Assert.That((await fleet.HereAsync(ExitCode.Changes, "config:push", "webhead", "-e", "production", "--dry-run")).Out, Does.Match("1. give nodes other endpoints of db: .*port 3306 -> 3307"));
        await fleet.HereAsync(ExitCode.Changes, "environment:plan", "production");
        await fleet.HereAsync(ExitCode.Done, "environment:update", "production");
        await fleet.HereAsync(ExitCode.Done, "environment:plan", "production");

        await fleet.HereAsync(ExitCode.Done, "environment:delete", "production", "--yes", "production");
        Assert.That(await fleet.OfAsync("production"), Is.Empty);
        Assert.That((await fleet.DatabaseAsync())?.DBInstanceStatus, Is.EqualTo("available"));
        Assert.That((await fleet.Clients.ElastiCache.DescribeCacheClustersAsync(new DescribeCacheClustersRequest())).CacheClusters.Select(each => each.CacheClusterId), Is.EqualTo(new[] { "sync2-cache" }));
    }

    /// <summary>What the example's manifest says others have made.</summary>
    private static async Task MakeDatastoresAsync(FleetProject fleet)
    {
        await fleet.Clients.ElastiCache.CreateCacheClusterAsync(new CreateCacheClusterRequest { CacheClusterId = "sync2-cache", Engine = "memcached", CacheNodeType = "cache.t3.micro", NumCacheNodes = 2 });
        await fleet.MakeDatabaseAsync("sync2-db", "mysql", 3306);
        await Wait.UntilAsync(
            async () => (await fleet.Clients.ElastiCache.DescribeCacheClustersAsync(new DescribeCacheClustersRequest())).CacheClusters[0].CacheClusterStatus == "available",
            "the cache");
    }

    /// <summary>An example on a cloud of its own; its ports are those of the machine, so that others are taken for them.</summary>
    private static async Task<FleetProject> AppliedAsync(string example, Func<FleetProject, Task>? prepare = null)
    {
        var project = new TestProject();
        var source = Path.Combine(TestProject.RepositoryFolder, "examples", example);
        var free = $"{Ports.Next()}";
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var text = (await File.ReadAllTextAsync(file))
                .Replace("{\"port\": 80, \"protocol\"", $"{{\"port\": {free}, \"protocol\"", StringComparison.Ordinal)
                .Replace("{\"port\": 8081, \"protocol\"", $"{{\"port\": {free}, \"protocol\"", StringComparison.Ordinal)
                .Replace("ami-0123456789abcdef0", "ami-11111111", StringComparison.Ordinal);
            project.Write(Path.GetRelativePath(source, file), text);
        }

        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        var fleet = await FleetProject.ServeAsync(project, 0.02);
        await (prepare?.Invoke(fleet) ?? Task.CompletedTask);
        await fleet.HereAsync(ExitCode.Done, "environment:create", "production");
        await fleet.HereAsync(ExitCode.Done, "environment:plan", "production");
        return fleet;
    }

    /// <summary>The repository that an example's nodes have their code from, with a folder of the example in it.</summary>
    private static async Task PushAsync(TestProject project, string folder, string repository)
    {
        var script = $"""
            git init --quiet --bare --initial-branch=master {repository}
            cd {folder}
            git init --quiet --initial-branch=master
            git add .
            git -c user.name=example -c user.email=example@example.com commit --quiet --message "Version 1"
            git push --quiet ../{repository} HEAD:master
            """;
        var run = await ProcessRun.RunAsync(new ProcessStartInfo("bash", ["-ec", script]) { WorkingDirectory = project.Folder });
        Assert.That(run.Code, Is.Zero, run.Out + run.Error);
    }

    private static async Task ReadBackAsync(FleetProject fleet, string script)
    {
        var key = await fleet.Project.Key().GetCredentialsAsync();
        var start = new ProcessStartInfo("python3", ["-c", "import boto3\n" + script + "\nprint('done')"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AWS_ENDPOINT_URL"] = fleet.Url.ToString();
        start.Environment["AWS_ACCESS_KEY_ID"] = key.AccessKey;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = key.SecretKey;
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if ((await error).Contains("No module named 'boto3'", StringComparison.Ordinal))
        {
            Peers.Missing("boto3 is not installed");
        }

        Assert.That(await output, Is.EqualTo("done\n"), await error);
    }
}
