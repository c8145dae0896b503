using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>Releases that find old fleets which earlier commands have kept: those go, and the newer images come, in one command.</summary>
public sealed class LaterImageTests
{
    private static readonly string[] s_images = ["ami-11111111", "ami-22222222", "ami-33333333"];

    [Test]
    public async Task Release_ThatComesBackAtOnceIsSaidAgain_RetiresTheOldFleetAndGoesOnToTheNewerImage()
    {
        await using var fleet = await StartAsync();
        await DoAsync(fleet, "autoscale:run", "www", "--image", s_images[0]);
        await ReleaseAsync(fleet, 1);

        var newer = await ReleaseAsync(fleet, 2);
        var both = await FleetsAsync(fleet);
        var dry = await fleet.Project.RunAsync("autoscale:update", "www", "--strategy", "replace", "--image", s_images[2], "--no-wait", "--dry-run");
        var again = await ReleaseAsync(fleet, 2);

        Assert.That(newer.Error, Does.Contain("delete Auto Scaling group www-v001"));
        Assert.That(newer.Out, Is.EqualTo($"www: www-v003 serves {s_images[2]}; www-v002 is kept until the next autoscale:update or autoscale:rollback www\n"));
        Assert.That(both, Is.EqualTo("www-v002 www-v003"));
        Assert.That((dry.Code, dry.Error), Is.EqualTo((ExitCode.Changes, dry.Error)));
        Assert.That(dry.Error, Does.Contain("Then it goes on to the images that the groups should have"));
        Assert.That((again.Out, await FleetsAsync(fleet)), Is.EqualTo(($"www: www-v003 serves {s_images[2]}\n", "www-v003")));
        await NothingIsLeftAsync(fleet);
    }

    [Test]
    public async Task Release_AnUpdateKeepsTheOldFleet_RetiresItFirst()
    {
        await using var fleet = await StartAsync();
        await DoAsync(fleet, "autoscale:run", "www", "--image", s_images[0]);
        await DoAsync(fleet, "autoscale:update", "www", "--image", s_images[1], "--no-wait");

        var same = await ReleaseAsync(fleet, 1);
        var one = await FleetsAsync(fleet);
        await DoAsync(fleet, "autoscale:update", "www", "--image", s_images[0], "--no-wait");
        var newer = await ReleaseAsync(fleet, 2);

        Assert.That((same.Out, one), Is.EqualTo(($"www: www-v002 serves {s_images[1]}\n", "www-v002")));
        Assert.That(same.Error, Does.Not.Contain("with the notice"));
        Assert.That(newer.Error, Does.Contain("delete Auto Scaling group www-v002").And.Contain("with the notice"));
        Assert.That(await FleetsAsync(fleet), Is.EqualTo("www-v003 www-v004"));
        await DoAsync(fleet, "autoscale:rollback", "www");
        Assert.That(await FleetsAsync(fleet), Is.EqualTo("www-v003"));
        await NothingIsLeftAsync(fleet);
    }

    [Test]
    public async Task Update_AReleaseKeepsTheOldFleet_RetiresItAndLeavesTheNewerImageToARelease()
    {
        await using var fleet = await StartAsync();
        await DoAsync(fleet, "autoscale:run", "www", "--image", s_images[0]);
        await ReleaseAsync(fleet, 1);

        var plain = await DoAsync(fleet, "autoscale:update", "www", "--image", s_images[2], "--soak", "1m", "--min", "2");

        Assert.That(plain.Error, Does.Contain("WARNING --soak and --min are not taken: the release of www goes on as it was begun."));
        Assert.That(plain.Error, Does.Contain($"www has {s_images[1]}, and there is {s_images[2]}: ").And.Contain("autoscale:update www --strategy replace releases that"));
        Assert.That((plain.Out, await FleetsAsync(fleet)), Is.EqualTo(($"www: www-v002 serves {s_images[1]}\n", "www-v002")));
        await NothingIsLeftAsync(fleet);
    }

    private static async Task<FleetProject> StartAsync()
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "run_list": []},
              "second": {"source_ami": "{{s_images[1]}}"},
              "third": {"source_ami": "{{s_images[2]}}"},
              "www": {"source_ami": "{{s_images[0]}}", "autoscale": {"node_min": 1, "node_max": 2, "timeout": 0, "target_groups": ["www"]} }
            }
            """);
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        var fleet = await FleetProject.ServeAsync(project, scale: 0.02);
        await fleet.BalanceAsync("www");
        return fleet;
    }

    private static Task<ProgramRun> ReleaseAsync(FleetProject fleet, int image) =>
        DoAsync(fleet, "autoscale:update", "www", "--strategy", "replace", "--image", s_images[image], "--no-wait");

    private static async Task<string> FleetsAsync(FleetProject fleet) =>
        string.Join(' ', (await fleet.GroupsAsync("www")).Select(each => each.AutoScalingGroupName).Order(StringComparer.Ordinal));

    private static async Task NothingIsLeftAsync(FleetProject fleet)
    {
        Assert.That(await fleet.LeftAsync("www"), Is.Empty);
        Assert.That((string?)JArray.Parse((await DoAsync(fleet, "maintenance:status", "www", "--json")).Out)[0]["notice"], Is.EqualTo("off"));
    }

    private static async Task<ProgramRun> DoAsync(FleetProject fleet, params string[] arguments)
    {
        var run = await fleet.Project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }
}
