using Amazon.EC2.Model;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>A sick node leaves its fleet and its target groups, is replaced, and stays for a look.</summary>
public sealed class QuarantineTests
{
    private const string Image = "ami-1ebb2077";

    [Test]
    public async Task Quarantine_OfANodeBehindABalancer_IsReplacedAndKept()
    {
        await using var fleet = await FleetProject.ServeAsync(NewProject(), scale: 0.05);
        var (_, targetGroup) = await fleet.BalanceAsync("www");
        await DoAsync(fleet.Project, "autoscale:run", "www", "--image", Image);
        var sick = (await fleet.GroupsAsync("www")).Single().Instances[0].InstanceId;

        var dry = await fleet.Project.RunAsync("instance:quarantine", sick, "--dry-run");
        var run = await DoAsync(fleet.Project, "instance:quarantine", sick, "--why", "leaks memory");
        var listed = await DoAsync(fleet.Project, "instance:list", "www");
        var json = JArray.Parse((await DoAsync(fleet.Project, "instance:list", "www", "--json")).Out).Single(node => (string?)node["id"] == sick);
        var inventory = await DoAsync(fleet.Project, "instance:inventory");
        var again = await DoAsync(fleet.Project, "instance:quarantine", sick);

        Assert.That((dry.Code, dry.Out), Is.EqualTo((ExitCode.Changes,
            $"  1. mark {sick} as quarantined, so that no deploy and no inventory has it\n"
            + $"  2. take {sick} out of www-v001, which replaces it\n  3. take {sick} out of www, and wait until no request is under way\n")));
        Assert.That(run.Out, Does.StartWith($"{sick} is in quarantine; "));
        Assert.That(listed.Out, Does.Match($@"{sick} .* running .* quarantine 20\S+Z \S+@\S+: leaks memory\n"));
        Assert.That(((string?)json["fleet"], (string?)json["state"]), Is.EqualTo(((string?)null, "running")));
        Assert.That(inventory.Out, Does.Not.Contain(sick));
        Assert.That(again.Out, Is.EqualTo($"{sick} is in quarantine already.\n"));
        var health = (await fleet.Clients.ELBv2.DescribeTargetHealthAsync(new() { TargetGroupArn = targetGroup })).TargetHealthDescriptions;
        Assert.That(health.Select(target => target.Target.Id), Does.Not.Contain(sick));
        await Wait.UntilAsync(async () => await fleet.HealthyAsync(targetGroup) == 2, "the replacement");
        var members = (await fleet.GroupsAsync("www")).Single();
        Assert.That((members.DesiredCapacity, members.Instances.Exists(each => each.InstanceId == sick)), Is.EqualTo(((int?)2, false)));
        var state = (await fleet.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [sick] })).Reservations[0].Instances[0].State.Name.Value;
        Assert.That(state, Is.EqualTo("running"));
        await DoAsync(fleet.Project, "instance:terminate", sick, "--yes");
        Assert.That((await DoAsync(fleet.Project, "instance:list", "www")).Out, Does.Not.Contain(sick));
    }

    [Test]
    public async Task Quarantine_WhileAnUpdateIsUnderWay_IsRefused()
    {
        using var project = NewProject(balanced: false);
        await DoAsync(project, "autoscale:run", "www", "--image", Image);
        await DoAsync(project, "autoscale:update", "www", "--force", "--image", Image, "--no-wait");
        var node = (string)JArray.Parse((await DoAsync(project, "instance:list", "www", "--json")).Out)[0]["id"]!;

        var run = await project.RunAsync("instance:quarantine", node);

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Error, Does.Contain("A change of www is under way"));
    }

    [Test]
    public async Task Quarantine_OfWhatCannotBe_SaysWhy()
    {
        using var project = NewProject(balanced: false);
        using var key = System.Security.Cryptography.RSA.Create(2048);
        project.Write("key.pem", key.ExportRSAPrivateKeyPem());
        await DoAsync(project, "instance:create", "www", "--key", "key.pem", "--name", "one", "--zone", "us-east-1a", "--image", Image);
        await DoAsync(project, "autoscale:run", "www", "--image", Image);

        var none = await project.RunAsync("instance:quarantine");
        var unknown = await project.RunAsync("instance:quarantine", "i-0");
        var alone = await project.RunAsync("instance:quarantine", "one");
        var many = await project.RunAsync("instance:quarantine", "www");
        var reason = await project.RunAsync("instance:quarantine", "one", "--why", " ");

        Assert.That(new[] { none.Code, unknown.Code, alone.Code, many.Code, reason.Code }, Is.All.EqualTo(ExitCode.BadInput));
        Assert.That(none.Error, Does.Contain("Which instance?"));
        Assert.That(unknown.Error, Does.Contain("There is no node \"i-0\".").And.Contain("instance:list"));
        Assert.That(alone.Error, Does.Contain("belongs to no fleet, which would replace it."));
        Assert.That(many.Error, Does.Contain("2 nodes are called \"www\".\n  Name one by its id: i-"));
        Assert.That(reason.Error, Does.Contain("--why has no reason."));
    }

    private static TestProject NewProject(bool balanced = true)
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "{{Image}}"},
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0 {{(balanced ? ", \"target_groups\": [\"www\"]" : "")}} } }
            }
            """);
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
        return project;
    }

    private static async Task<ProgramRun> DoAsync(TestProject project, params string[] arguments)
    {
        var run = await project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }
}
