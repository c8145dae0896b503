using Amazon.Runtime;
using Baker.Cloud;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>A whole environment on a cloud that nobody here wrote, as far as that goes.</summary>
public sealed class MotoEnvironmentTests
{
    private const string Manifest = """
        {
          "__base__": {"region": "us-east-1", "instance_type": "t3.small", "source_ami": "ami-12c6146b", "run_list": [], "security_groups": ["web"]},
          "__security_groups__": {
            "lb": {"description": "what the world reaches", "inbound": [{"port": 80, "from": ["0.0.0.0/0", "::/0"], "description": "everybody"}]},
            "web": {"inbound": [{"port": 8080, "from": "balancer:www"}, {"port": 22, "from": "10.0.0.0/8"}, {"protocol": "all", "from": "self"}]}
          },
          "__topics__": {"ops": {"display_name": "Ops", "subscriptions": [{"email": "ops@example.com"}]}},
          "__balancers__": {"www": {
            "security_groups": ["lb"], "port": 8080, "health_check": {"path": "/__heartbeat__", "interval": 10, "healthy": 2}, "deregistration_delay": 5,
            "listeners": [{"port": 80, "protocol": "HTTP", "forward": "www", "rules": [
              {"priority": 10, "path": ["/api/*"], "forward": "api"},
              {"priority": 20, "host": "old.example.com", "redirect": {"host": "new.example.com"}}
            ]}],
            "alarms": {
              "errors": {"metric": "HTTPCode_ELB_5XX_Count", "statistic": "Sum", "threshold": 10, "actions": {"alarm": "ops"}},
              "slow": {"metric": "TargetResponseTime", "statistic": "p99", "threshold": 0.5, "actions": {"alarm": "ops", "ok": "ops"}}
            }
          }},
          "db": {"autoscale": {"node_max": 2, "timeout": 1}},
          "www": {
            "balancer": "www", "after": ["db"],
            "autoscale": {"node_min": 2, "node_max": 3, "timeout": 1, "policies": {
              "grow": {"type": "step", "steps": [{"from": 0, "to": 20, "change": 1}, {"from": 20, "change": 2}], "warmup": 60},
              "shrink": {"type": "simple", "change": -1, "cooldown": 300},
              "cpu": {"type": "target_tracking", "metric": "ASGAverageCPUUtilization", "target": 50}
            }},
            "alarms": {
              "busy": {"metric": "CPUUtilization", "threshold": 40, "period": 300, "actions": {"alarm": ["grow", "ops"], "ok": "ops"}},
              "idle": {"metric": "CPUUtilization", "comparison": "<", "threshold": 10, "period": 300, "periods": 3, "actions": {"alarm": "shrink"}}
            }
          },
          "api": {"balancer": "www", "after": "www", "autoscale": {"node_max": 2, "timeout": 1}, "alarms": {"busy": {"metric": "CPUUtilization", "threshold": 80}}},
          "__environments__": {"staging": {}, "production": {}}
        }
        """;

    private static readonly string[] s_reads = ["Describe", "Get", "List"];

    /// <summary>The lock, which every change takes and gives back.</summary>
    private static readonly string[] s_lock = ["PutParameter", "AddTagsToResource", "DeleteParameter"];

    [OneTimeTearDown]
    public static void Stop() => MotoServer.Stop();

    [Test]
    public async Task Environment_OnMoto_IsMadeOnceShownAndDeleted()
    {
        using var moto = new MotoFront(await MotoServer.UrlAsync(), "400000000001");
        using var project = new TestProject(Manifest);
        foreach (var (name, value) in new[] { ("AWS_ENDPOINT_URL", moto.Url.ToString()), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1") })
        {
            project.Environment[name] = value;
        }

        await DoAsync(ExitCode.Changes, "environment:plan staging");
        await DoAsync(ExitCode.TimedOut, "environment:status staging");

        await DoAsync(ExitCode.Done, "environment:create staging");

        var status = JObject.Parse((await DoAsync(ExitCode.Done, "environment:status staging --json")).Out);
        Assert.That(status["roles"]!.Select(role => ((string?)role["role"], (int)role["healthy"]!)), Is.EqualTo(new[] { ("db", 1), ("www", 2), ("api", 1) }));
        moto.Actions();
        var again = await DoAsync(ExitCode.Done, "environment:create staging");
        Assert.That(again.Out, Is.EqualTo("staging is as the manifest has it.\n"), again.Error);
        Assert.That(moto.Actions().Where(action => !s_reads.Any(action.StartsWith) && !s_lock.Contains(action)), Is.Empty, "changing calls");
        await DoAsync(ExitCode.Done, "environment:plan staging");
        await DoAsync(ExitCode.Changes, "environment:plan production");

        await DoAsync(ExitCode.Done, "environment:delete staging --yes staging");

        await DoAsync(ExitCode.TimedOut, "environment:status staging");
        var over = await DoAsync(ExitCode.Done, "environment:delete staging --yes staging");
        Assert.That(over.Out, Is.EqualTo("Nothing of staging is there.\n"));
        Assert.That(await LeftAsync(moto.Url), Is.Empty);

        async Task<ProgramRun> DoAsync(ExitCode code, string line)
        {
            using var process = new Fleets.PackageProcess(project, line.Split(' '));
            var run = await process.EndAsync();
            TestContext.Out.WriteLine($"{run.Code} {line}\n{run.Out}{run.Error}");
            Assert.That(run.Code, Is.EqualTo(code), $"package {line}\n{run.Out}{run.Error}");
            return run;
        }
    }

    /// <summary>What there is of the environment, whoever made it.</summary>
    private static async Task<List<string>> LeftAsync(Uri moto)
    {
        using var clients = new CloudClients(new CloudConnection { Name = "aws", Credentials = new BasicAWSCredentials("test", "test"), ServiceUrl = moto }, "us-east-1");
        var state = JObject.Parse(await EnvironmentState.OfAsync(clients, "staging"));
        state.Remove("Images"); // they belong to the account
        return [.. state.Properties().Where(each => each.Value.Any()).Select(each => each.ToString())];
    }
}
