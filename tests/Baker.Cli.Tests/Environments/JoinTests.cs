using System.Security.Cryptography;
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
        s_fleet = await EnvironmentStage.ServeAsync(["one", "two", "three"]);
        foreach (var environment in new[] { "one", "two", "three" })
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

        var end = await s_fleet.HereAsync(ExitCode.Done, "instance:terminate", "box", "-e", "one");
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
