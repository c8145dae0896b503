using System.Globalization;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>Two environments of a hundred groups each: what it costs to look at one of them, in calls, memory and time.</summary>
public sealed class LargeEnvironmentTests
{
    private const int Groups = 100;
    private const int Balancers = 4;
    private const int Topics = 2;
    private const long MostMemory = 250_000_000;

    /// <summary>Of the processors, for the clock runs on while others have them; <c>bench/environment</c> looks at that.</summary>
    private static readonly TimeSpan s_mostWork = TimeSpan.FromSeconds(5);

    private static readonly string[] s_reads = ["Describe", "Get", "List"];

    /// <summary>The lock, which every change takes and gives back.</summary>
    private static readonly string[] s_lock = ["PutParameter", "AddTagsToResource", "DeleteParameter"];

    [Test]
    public async Task PlanStatusAndSecondCreate_TakeFewCallsAndNoneThatChanges()
    {
        var project = new TestProject(Manifest());
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        await using var fleet = await FleetProject.ServeAsync(project, 0.01);
        foreach (var environment in new[] { "one", "two" })
        {
            await fleet.HereAsync(ExitCode.Done, "environment:create", environment);
        }

        // Fleets and their templates, balancers with a listener each, target groups, topics.
        var own = Groups + Groups + Balancers + Balancers + Groups + Topics;
        foreach (var (command, most) in new[] { ("environment:plan one", 60 + own), ("environment:create one", 70 + own), ("environment:status one", 60 + own) })
        {
            var before = await CallsAsync(fleet);
            var run = await fleet.HereAsync(ExitCode.Done, command.Split(' '));
            var calls = (await CallsAsync(fleet))
                .Select(call => (call.Key, Count: call.Value - before.GetValueOrDefault(call.Key)))
                .Where(call => call.Count > 0)
                .ToList();

            var said = $"{command}: {calls.Sum(call => call.Count)} calls: {string.Join(", ", calls.OrderByDescending(call => call.Count).Select(call => $"{call.Key} {call.Count}"))}";
            TestContext.Out.WriteLine(said);
            Assert.That(calls.Sum(call => call.Count), Is.LessThanOrEqualTo(most), said);
            if (command.StartsWith("environment:plan", StringComparison.Ordinal))
            {
                await AssertFitsAsync(fleet, command);
            }

            Assert.That(calls.Select(call => call.Key.Split(':')[^1]).Where(action => !s_reads.Any(action.StartsWith) && !s_lock.Contains(action)), Is.Empty, run.Out + said);
        }
    }

    /// <summary>The command as a process: a busy machine makes it wait, and not work more.</summary>
    private static async Task AssertFitsAsync(FleetProject fleet, string command)
    {
        using var process = new PackageProcess(fleet.Project, command.Split(' '));
        var (memory, work) = await process.UsedAsync();
        var run = await process.EndAsync();
        var said = $"{command}: {memory / 1_000_000} MB, {work.TotalSeconds:0.0} s of the processors";
        TestContext.Out.WriteLine(said);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(memory, Is.GreaterThan(0).And.LessThanOrEqualTo(MostMemory), said);
        Assert.That(work, Is.LessThanOrEqualTo(s_mostWork), said);
    }

    private static async Task<Dictionary<string, int>> CallsAsync(FleetProject fleet) =>
        ((JObject)JObject.Parse((await fleet.HereAsync(ExitCode.Done, "local:status", "--json")).Out)["calls"]!).Properties().ToDictionary(each => each.Name, each => (int)each.Value["calls"]!);

    private static string Manifest()
    {
        string[] names = [.. Enumerable.Range(0, Groups).Select(number => number.ToString("'g'000", CultureInfo.InvariantCulture))];
        var manifest = new JObject
        {
            ["__settings__"] = JObject.FromObject(new { cloud = "local" }),
            ["__base__"] = JObject.FromObject(new { region = "us-east-1", source_ami = "ami-1ebb2077", instance_type = "t3.small", security_groups = new[] { "nodes" } }),
            ["__security_groups__"] = JObject.FromObject(new
            {
                lb = new { inbound = new[] { new { port = 80, from = "0.0.0.0/0" } } },
                nodes = new { inbound = new[] { new { port = 8080, from = "balancer:b0" } } },
            }),
            ["__topics__"] = JObject.FromObject(new { ops = new { display_name = "Ops", subscriptions = new[] { new { email = "ops@example.com" } } }, dev = new { } }),
            ["__environments__"] = new JObject { ["one"] = Environment(names), ["two"] = Environment(names) },
        };
        foreach (var (index, name) in names.Index())
        {
            manifest[name] = JObject.FromObject(new
            {
                balancer = $"b{index % Balancers}",
                autoscale = new { node_min = 0, node_max = 4, timeout = 0, warmup = 0, policies = new { grow = new { type = "simple", change = 1 } }, schedules = new { night = new { recurrence = "0 20 * * *", max = 2 } } },
                alarms = new { busy = new { metric = "CPUUtilization", threshold = 40, actions = new { alarm = new[] { "grow", "ops" } } } },
            });
        }

        return manifest.ToString();
    }

    private static JObject Environment(string[] names)
    {
        var balancers = new JObject();
        for (var number = 0; number < Balancers; number++)
        {
            var joined = names.Where((_, index) => index % Balancers == number).ToList();
            balancers[$"b{number}"] = JObject.FromObject(new
            {
                security_groups = new[] { "lb" },
                port = 8080,
                health_check = new { path = "/up" },
                attributes = new Dictionary<string, int> { ["idle_timeout.timeout_seconds"] = 30 },
                listeners = new[]
                {
                    new { port = Ports.Next(), protocol = "HTTP", forward = joined[0], rules = joined.Select((name, index) => new { priority = index + 1, path = $"/{name}/*", forward = name }) },
                },
            });
        }

        return new JObject { ["__balancers__"] = balancers };
    }
}
