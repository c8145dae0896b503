using System.Globalization;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Baker.Cli.Tests.Environments;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Plans;

/// <summary>What it costs to find everything that is stale among a thousand groups, and to apply a plan of many fleets.</summary>
public sealed class LargePlanTests
{
    private const int Groups = 1000;
    private const long MostMemory = 250_000_000;

    /// <summary>Of the processors, for the clock runs on while others have them.</summary>
    private static readonly TimeSpan s_mostWork = TimeSpan.FromSeconds(10);

    [Test]
    public async Task Plan_OfAThousandGroups_TakesFewCallsLittleMemoryAndSeconds()
    {
        string[] names = [.. Enumerable.Range(0, Groups).Select(number => number.ToString("'g'0000", CultureInfo.InvariantCulture))];
        var manifest = new JObject
        {
            ["__settings__"] = JObject.FromObject(new { cloud = "local", environment = "one" }),
            ["__base__"] = JObject.FromObject(new { region = "us-east-1", source_ami = "ami-1ebb2077", instance_type = "t3.small", autoscale = new { node_min = 0, node_max = 4 } }),
            ["__environments__"] = new JObject { ["one"] = new JObject() },
        };
        foreach (var name in names)
        {
            manifest[name] = new JObject();
        }

        var project = new TestProject(manifest.ToString());
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        await using var fleet = await FleetProject.ServeAsync(project, 0.01);
        await FillAsync(fleet, names);

        var before = await CallsAsync(fleet);
        using var process = new PackageProcess(project, ["plan", "--json"]);
        var (memory, work) = await process.UsedAsync();
        var run = await process.EndAsync();
        var calls = (await CallsAsync(fleet)).Select(call => (call.Key, Count: call.Value - before.GetValueOrDefault(call.Key))).Where(call => call.Count > 0).ToList();

        var said = $"{calls.Sum(call => call.Count)} calls: {string.Join(", ", calls.Select(call => $"{call.Key} {call.Count}"))}; {memory / 1_000_000} MB, {work.TotalSeconds:0.0} s of the processors";
        TestContext.Out.WriteLine(said);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Changes), run.Error);
        var kinds = ((JArray)JObject.Parse(run.Out)["items"]!).GroupBy(item => (string?)item["kind"]).ToDictionary(some => some.Key!, some => some.Count());
        Assert.That((kinds["image"], kinds["fleet"]), Is.EqualTo((Groups, Groups)));
        Assert.That(calls.Sum(call => call.Count), Is.LessThanOrEqualTo(60 + (Groups / 100)), said);
        Assert.That(memory, Is.GreaterThan(0).And.LessThanOrEqualTo(MostMemory), said);
        Assert.That(work, Is.LessThanOrEqualTo(s_mostWork), said);
    }

    [Test]
    public async Task Apply_OfTwentyFleetsInWavesOfFive_TakesLittleMoreThanTheSlowestOfEachWave()
    {
        using var stage = new PlanStage(Waves());
        await stage.DoAsync("role:create");
        await stage.DoAsync("packer:run");
        stage.Project.Environment["BAKER_LOCAL_SCALE"] = "2"; // what is made takes time, as it does on AWS

        var run = (await stage.DoAsync("apply --parallel 5 --json")).End;
        var waves = (JArray)run["result"]!["waves"]!;
        var (took, least) = ((double)run["result"]!["seconds"]!, waves.Sum(wave => (double)wave["slowest"]!));

        TestContext.Out.WriteLine($"{took} s; the slowest of each wave together: {least} s; {waves.ToString(Newtonsoft.Json.Formatting.None)}");
        Assert.That(waves.Select(wave => (int)wave["fleets"]!), Is.EqualTo(new[] { 5, 5, 5, 5 }));
        Assert.That(took, Is.LessThanOrEqualTo(1.3 * least));
    }

    private static string Waves()
    {
        var manifest = new JObject
        {
            ["__settings__"] = JObject.FromObject(new { cloud = "local", environment = "one", local = new { delay_scale = 0.01 } }),
            ["__base__"] = JObject.FromObject(new { region = "us-east-1", source_ami = "ami-1ebb2077", instance_type = "t3.small", autoscale = new { node_min = 1, node_max = 2, timeout = 0 } }),
            ["__environments__"] = new JObject { ["one"] = new JObject() },
        };
        for (var wave = 0; wave < 4; wave++)
        {
            for (var place = 0; place < 5; place++)
            {
                manifest[$"w{wave}n{place}"] = wave == 0 ? new JObject() : JObject.FromObject(new { after = new[] { $"w{wave - 1}n{place}" } });
            }
        }

        return manifest.ToString();
    }

    /// <summary>A fleet for each group, as somebody else might have made them: of an image that is none of the group's.</summary>
    private static async Task FillAsync(FleetProject fleet, string[] names)
    {
        await fleet.Clients.EC2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest
        {
            LaunchTemplateName = "seed",
            LaunchTemplateData = new RequestLaunchTemplateData { ImageId = "ami-1ebb2077", InstanceType = "t3.small" },
        });
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (name, stop) =>
        {
            var group = $"one/{name}-v001";
            await fleet.Clients.AutoScaling.CreateAutoScalingGroupAsync(
                new CreateAutoScalingGroupRequest
                {
                    AutoScalingGroupName = group,
                    MinSize = 0,
                    MaxSize = 4,
                    AvailabilityZones = ["us-east-1a"],
                    LaunchTemplate = new Amazon.AutoScaling.Model.LaunchTemplateSpecification { LaunchTemplateName = "seed", Version = "1" },
                    Tags =
                    [
                        .. new[] { ("group", name), ("baker:group", name), ("baker:environment", "one"), ("baker:image", "ami-1ebb2077") }
                            .Select(tag => new Amazon.AutoScaling.Model.Tag { ResourceType = "auto-scaling-group", ResourceId = group, Key = tag.Item1, Value = tag.Item2, PropagateAtLaunch = true }),
                    ],
                },
                stop);
        });
    }

    private static async Task<Dictionary<string, int>> CallsAsync(FleetProject fleet) =>
        ((JObject)JObject.Parse((await fleet.HereAsync(ExitCode.Done, "local:status", "--json")).Out)["calls"]!).Properties().ToDictionary(each => each.Name, each => (int)each.Value["calls"]!);
}
