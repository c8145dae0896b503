using System.Security.Cryptography;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Instances;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>Instances outside fleets behind their group's balancer; the cases share one served cloud on which nothing executes.</summary>
public sealed class JoinTests
{
    private static FleetProject s_fleet = null!;

    [OneTimeSetUp]
    public static async Task ServeAsync()
    {
        s_fleet = await EnvironmentStage.ServeBakedAsync(["one", "two", "three", "again"]);
        foreach (var environment in new[] { "one", "two", "three", "again" })
        {
            using var rsa = RSA.Create(2048);
            s_fleet.Project.Write($"{environment}.pem", rsa.ExportRSAPrivateKeyPem());
        }
    }

    [OneTimeTearDown]
    public static async Task EndAsync() => await s_fleet.DisposeAsync();

    [Test]
    public async Task Join_GroupWithABalancer_IsBehindItUntilItIsTerminated()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "one");
        var dry = await s_fleet.HereAsync(ExitCode.Changes, Create("www", "box", "one", "--dry-run"));
        var wet = await s_fleet.HereAsync(ExitCode.Done, Create("www", "box", "one"));
        var id = wet.Out.Trim();
        Assert.That(InstanceProject.Steps(dry.Out), Is.EqualTo(InstanceProject.Steps(wet.Error)).And.Some.Contains("register box in one-www"));
        Assert.That(await HealthAsync("one-www", id), Is.EqualTo("healthy"));

        var listed = await s_fleet.HereAsync(ExitCode.Done, "instance:list", "www", "-e", "one");
        Assert.That(listed.Out, Does.Match($"{id} .* joined one-www\n"));
        var status = await s_fleet.HereAsync(ExitCode.Done, "environment:status", "one");
        Assert.That(status.Out, Does.Match($"INSTANCE +NAME +ROLE +STATE\n{id} +box +www +healthy in one-www\n"));

        var end = await s_fleet.HereAsync(ExitCode.Done, "instance:terminate", "box", "--yes", "-e", "one");
        Assert.That(InstanceProject.Steps(end.Error), Is.EqualTo(new[]
        {
            $"  1. take {id} out of one-www, and wait until no request is under way", $"  2. terminate {id} (box of www)",
        }));
        Assert.That(await HealthAsync("one-www", id), Is.Null, "it was waited for until it had drained");
    }

    [Test]
    public async Task Join_TakenOutBehindBakersBack_ShowsInTheStatus()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "three");
        var id = (await s_fleet.HereAsync(ExitCode.Done, Create("api", "box", "three"))).Out.Trim();
        await s_fleet.Clients.ELBv2.DeregisterTargetsAsync(new DeregisterTargetsRequest { TargetGroupArn = await ArnAsync("three-www-api"), Targets = [new TargetDescription { Id = id }] });
        await Wait.UntilAsync(async () => await HealthAsync("three-www-api", id) is null);

        var status = await s_fleet.HereAsync(ExitCode.TimedOut, "environment:status", "three", "--json");
        Assert.That((string?)JObject.Parse(status.Out)["instances"]![0]!["state"], Is.EqualTo("not registered in three-www-api"));

        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", "three", "--yes", "three");
        Assert.That(await s_fleet.OfAsync("three"), Is.Empty);
    }

    [Test]
    public async Task Create_KilledAsItWaits_GoesOnWithTheInstanceOfThatName()
    {
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", "again");
        foreach (var step in new[] { "write dna", "register box" })
        {
            var isEnded = false;
            using var process = new PackageProcess(s_fleet.Project, Create("www", "box", "again"), (self, line) =>
            {
                if (!isEnded && line.Contains(step, StringComparison.Ordinal))
                {
                    isEnded = true;
                    self.Kill();
                }
            });
            await process.EndAsync();
            Assert.That(isEnded, step);
        }

        var run = await s_fleet.HereAsync(ExitCode.Done, Create("www", "box", "again"));
        var id = run.Out.Trim();
        Assert.That(run.Error, Does.Contain($"box is there already, as {id}: going on with it"));
        Assert.That(await HealthAsync("again-www", id), Is.EqualTo("healthy"));
        Assert.That(s_fleet.Project.Read($"dna/again/www-{id}.json"), Is.Not.Empty);
        var alone = JArray.Parse((await s_fleet.HereAsync(ExitCode.Done, "instance:list", "www", "-e", "again", "--json")).Out).Where(node => (string?)node["fleet"] is null);
        Assert.That(alone.Select(node => (string?)node["id"]), Is.EqualTo(new[] { id }));

        var other = await s_fleet.HereAsync(ExitCode.BadInput, [.. Create("www", "box", "again").Select(word => word == "us-east-1a" ? "us-east-1b" : word)]);
        Assert.That(other.Error, Does.Contain($"www has an instance box already, {id}, and its zone is us-east-1a, not us-east-1b."));

        // One that a person has called the same.
        var second = (await s_fleet.HereAsync(ExitCode.Done, Create("www", "second", "again"))).Out.Trim();
        await s_fleet.Clients.EC2.CreateTagsAsync(new CreateTagsRequest { Resources = [second], Tags = [new Amazon.EC2.Model.Tag { Key = "Name", Value = "box" }] });
        var both = await s_fleet.HereAsync(ExitCode.BadInput, "instance:terminate", "box", "-e", "again");
        Assert.That(both.Error, Does.Contain("instance:terminate asks before it begins, and there is no terminal to ask on.").And.Contain("--yes"));
        Assert.That((await s_fleet.HereAsync(ExitCode.BadInput, Create("www", "box", "again"))).Error, Does.Contain("www has 2 instances box already"));
        s_fleet.Project.Answer = "n\n";
        var asked = await s_fleet.HereAsync(ExitCode.BadInput, "instance:terminate", "box", "-e", "again");
        s_fleet.Project.Answer = null;
        Assert.That(asked.Error, Does.Match($"On the local cloud, us-east-1, environment again:\n(.*\n)*{id} box of www \\(running, launched .*\\)\n").And.Contain(second).And.Contain("End these 2 instances? [y/N] ").And.Contain("Not confirmed; nothing was ended."));
        await s_fleet.HereAsync(ExitCode.Done, "instance:terminate", second, "--yes", "-e", "again");
        await s_fleet.HereAsync(ExitCode.Done, "instance:terminate", "box", "--yes", "-e", "again");
        Assert.That(await HealthAsync("again-www", id), Is.Null);
    }

    [Test]
    public async Task Join_GroupWithoutABalancer_IsRefusedBeforeAnything()
    {
        var run = await s_fleet.HereAsync(ExitCode.BadInput, Create("db", "box", "two"));

        Assert.That(run.Error, Does.Contain("The group db joins no balancer, so that --join has nothing to join.").And.Not.Contain("1. "));
    }

    [Test]
    public async Task Join_BalancerThatIsNotMade_IsRefusedAndSaysWhatMakesIt()
    {
        var run = await s_fleet.HereAsync(ExitCode.BadInput, Create("www", "box", "two"));

        Assert.That(run.Error, Does.Contain("The target group two-www is not there, and www joins it.").And.Contain("environment:create").And.Not.Contain("1. "));
    }

    private static string[] Create(string group, string name, string environment, params string[] more) =>
        ["instance:create", group, "-e", environment, "--key", $"{environment}.pem", "--name", name, "--zone", "us-east-1a", "--image", "ami-11111111", "--join", .. more];

    private static async Task<string> ArnAsync(string targetGroup) =>
        (await s_fleet.Clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest { Names = [targetGroup] })).TargetGroups[0].TargetGroupArn;

    private static async Task<string?> HealthAsync(string targetGroup, string id) =>
        (await s_fleet.Clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = await ArnAsync(targetGroup) }))
            .TargetHealthDescriptions?.Find(each => each.Target.Id == id)?.TargetHealth.State.Value;
}
