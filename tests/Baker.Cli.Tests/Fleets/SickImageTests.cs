using System.Net.Sockets;
using System.Text;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Baker.Core;

namespace Baker.Cli.Tests.Fleets;

/// <summary>
/// Images that do not serve, baked and launched for real: the update ends with code 4 and the reasons, and the old fleet is
/// the same instances as before, healthy all the time. The cases share one served cloud and one good image.
/// </summary>
[Platform("Linux")]
public sealed class SickImageTests
{
    private const int Wanted = 2;
    private const string Boot = """
        #!/bin/sh
        echo "boot: image $(cat /etc/made-for)"
        nohup /usr/local/sbin/serve "$(hostname -i | awk '{print $1}')" >/dev/null 2>&1 </dev/null &
        """;

    /// <summary>Answers as it is told by its second word, and dies when it is asked for /die.</summary>
    private const string Serve = """
        set -eu
        echo "$BAKER_GROUP" > /etc/made-for
        mkdir -p /usr/local/sbin
        cat > /usr/local/sbin/serve <<'SERVER'
        #!/usr/bin/env python3
        import http.server, os, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/die":
                    os._exit(1)
                body = b"good\n"
                self.send_response(STATUS)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        http.server.ThreadingHTTPServer((sys.argv[1], 8080), Handler).serve_forever()
        SERVER
        chmod 755 /usr/local/sbin/serve

        """;

    private static FleetProject s_fleet = null!;
    private static string s_good = "";

    [OneTimeSetUp]
    public static async Task ServeAsync()
    {
        await Sandboxes.RequireAsync();
        const string sick = "\"autoscale\": {\"node_min\": 2, \"node_max\": 4, \"timeout\": 0, \"target_groups\": [\"NAME\"], \"health_check\": {\"type\": \"elb\", \"grace\": 3600} }";
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "run_list": [], "user_data_file": "scripts/boot.sh"},
              "good": {"provision": ["scripts/good.sh"]},
              "bootless": {"provision": ["scripts/good.sh", "scripts/bootless.sh"], {{sick.Replace("NAME", "bootless", StringComparison.Ordinal)}} },
              "failing": {"provision": ["scripts/failing.sh"], {{sick.Replace("NAME", "failing", StringComparison.Ordinal)}} },
              "kept": {"provision": ["scripts/failing.sh"], {{sick.Replace("NAME", "kept", StringComparison.Ordinal)}} },
              "mortal": {"provision": ["scripts/good.sh"], {{sick.Replace("NAME", "mortal", StringComparison.Ordinal)}} },
              "alarming": {"provision": ["scripts/good.sh"], {{sick.Replace("NAME", "alarming", StringComparison.Ordinal)}} }
            }
            """);
        project.Write("scripts/boot.sh", Boot);
        project.Write("scripts/good.sh", Serve.Replace("STATUS", "200", StringComparison.Ordinal));
        project.Write("scripts/failing.sh", Serve.Replace("STATUS", "500", StringComparison.Ordinal));
        project.Write("scripts/bootless.sh", "rm -f /usr/bin/sh /usr/bin/dash\n");
        s_fleet = await FleetProject.ServeAsync(project);
        await s_fleet.DoAsync("packer:run");
        s_good = s_fleet.ImageOf("good");
    }

    [OneTimeTearDown]
    public static async Task EndAsync()
    {
        if (s_fleet is not null)
        {
            await s_fleet.DisposeAsync();
        }
    }

    [Test]
    public async Task Update_ImageDoesNotBoot_GivesUpEarlyAndSaysWhy()
    {
        var run = await UpdateAsync("bootless", ["--wait", "1h"], _ => Task.CompletedTask);

        // It may fail before the cloud calls it running or right after: the cause is told either way.
        Assert.That(run.Error, Does.Contain("last activity").And.Contain("/bin/sh of the instance cannot be executed: error 2 (No such file or directory)"));
    }

    [Test]
    public async Task Update_ImageFailsItsHealthCheck_GivesUpAndSaysWhatEachInstanceAnswered()
    {
        var run = await UpdateAsync("failing", ["--wait", "15s"], _ => Task.CompletedTask);

        Assert.That(run.Error, Does.Contain("Target.ResponseCodeMismatch").And.Contain("[500]").And.Contain("last activity").And.Contain("| boot: image failing"));
    }

    [Test]
    public async Task Update_ImageFailsItsHealthCheckAndIsToBeKept_LeavesTheNodesInQuarantine()
    {
        var run = await UpdateAsync("kept", ["--wait", "15s", "--on-error", "keep"], _ => Task.CompletedTask);

        var nodes = Newtonsoft.Json.Linq.JArray.Parse((await s_fleet.DoAsync("instance:list", "kept", "--json")).Out);
        var kept = nodes.Where(node => (string?)node["quarantine"] is not null).ToList();
        Assert.That(kept, Has.Count.EqualTo(Wanted), run.Error);
        Assert.That(kept.Select(node => (string?)node["quarantine"]), Is.All.Contain("Target.ResponseCodeMismatch"));
        Assert.That(kept.Select(node => (string?)node["fleet"]), Is.All.Null);
        foreach (var node in kept)
        {
            Assert.That(run.Error, Does.Contain($"{(string?)node["id"]} is in quarantine; "));
            await s_fleet.DoAsync("instance:terminate", (string)node["id"]!, "--yes");
        }
    }

    [Test]
    public async Task Update_InstanceDiesDuringTheSoak_TakesTheNewGroupBack()
    {
        var run = await UpdateAsync("mortal", ["--soak", "1h"], async process =>
        {
            await process.UntilSaysAsync("let both groups serve");
            await DieAsync("mortal-v002");
        });

        Assert.That(run.Error, Does.Contain("still healthy").And.Contain("Target.FailedHealthChecks").And.Contain("| boot: image mortal"));
    }

    [Test]
    public async Task Update_AlarmGoesOffDuringTheSoak_TakesTheNewGroupBack()
    {
        await s_fleet.Clients.CloudWatch.PutMetricAlarmAsync(new PutMetricAlarmRequest { AlarmName = "errors", Namespace = "App", MetricName = "5xx", Statistic = Statistic.Sum, Period = 60, EvaluationPeriods = 1, Threshold = 1, ComparisonOperator = ComparisonOperator.GreaterThanThreshold });

        var run = await UpdateAsync("alarming", ["--soak", "1h", "--alarm", "errors"], async process =>
        {
            await process.UntilSaysAsync("let both groups serve");
            await s_fleet.Clients.CloudWatch.PutMetricDataAsync(new PutMetricDataRequest { Namespace = "App", MetricData = [new MetricDatum { MetricName = "5xx", Value = 40 }] });
        });

        Assert.That(run.Error, Does.Contain("the alarm errors went off"));
    }

    /// <summary>Runs the group from the good image, updates it to its own, sick one, and sees that it comes to nothing.</summary>
    private static async Task<ProgramRun> UpdateAsync(string group, string[] options, Func<PackageProcess, Task> meanwhile)
    {
        var (_, targetGroup) = await s_fleet.BalanceAsync(group);
        await s_fleet.DoAsync("autoscale:run", group, "--image", s_good);
        var before = await InstancesAsync($"{group}-v001");
        await using var watch = new HealthWatch(s_fleet, targetGroup);

        using var process = new PackageProcess(s_fleet.Project, ["autoscale:update", group, .. options]);
        await meanwhile(process);
        var run = await process.EndAsync();

        await watch.NeverFewerThanAsync(Wanted);
        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut), run.Error);
        var fleet = (await s_fleet.GroupsAsync(group)).Single();
        Assert.That((fleet.AutoScalingGroupName, fleet.MinSize, fleet.MaxSize, fleet.DesiredCapacity), Is.EqualTo(($"{group}-v001", Wanted, 4, Wanted)));
        Assert.That(fleet.SuspendedProcesses ?? [], Is.Empty);
        Assert.That(await InstancesAsync($"{group}-v001"), Is.EqualTo(before), "the old fleet was to be left alone");
        Assert.That(await s_fleet.LeftAsync(group), Is.Empty);
        return run;
    }

    /// <summary>The ids of a group's instances, in order.</summary>
    private static async Task<List<string>> InstancesAsync(string name) => [.. (await DescribeAsync(name)).Select(instance => instance.InstanceId).Order(StringComparer.Ordinal)];

    private static async Task<List<Instance>> DescribeAsync(string name)
    {
        var filters = new List<Filter> { new() { Name = "tag:aws:autoscaling:groupName", Values = [name] }, new() { Name = "instance-state-name", Values = ["running"] } };
        var reply = await s_fleet.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = filters });
        return [.. (reply.Reservations ?? []).SelectMany(reservation => reservation.Instances)];
    }

    private static async Task DieAsync(string name)
    {
        foreach (var instance in await DescribeAsync(name))
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(instance.PrivateIpAddress, 8080);
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /die HTTP/1.0\r\n\r\n"));
            await connection.GetStream().ReadExactlyAsync(new byte[1]).AsTask().ContinueWith(_ => { }, TaskScheduler.Default); // it ends without a word
        }
    }
}
