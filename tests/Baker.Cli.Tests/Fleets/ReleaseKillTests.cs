using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>A release of two groups by a process that is killed in it, continued and rolled back from the command line.</summary>
[Platform("Linux")]
public sealed class ReleaseKillTests
{
    private static readonly string[] s_groups = ["www", "api"];
    private static readonly string[] s_release = ["autoscale:update", .. s_groups, "--strategy", "replace"];

    [Test]
    public async Task Release_OfTwoGroupsKilled_IsContinuedAndRolledBackWhole()
    {
        var project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "provision": ["a.sh"]},
              "www": {"after": "api", "autoscale": {"node_min": 1, "node_max": 2, "timeout": 0, "target_groups": ["www"]}},
              "api": {"autoscale": {"node_min": 1, "node_max": 2, "timeout": 0, "target_groups": ["api"]}}
            }
            """);
        project.Write("a.sh", "true\n");
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        await using var fleet = await FleetProject.ServeAsync(project, scale: 0.02);
        foreach (var group in s_groups)
        {
            await fleet.BalanceAsync(group);
        }

        await HereAsync(fleet, "packer:run");
        foreach (var group in s_groups)
        {
            await HereAsync(fleet, "autoscale:run", group);
        }

        foreach (var step in new[] { "create Auto Scaling group www", "have the balancers answer", "take api", "size www", "take the notice away" })
        {
            var before = await FleetsAsync(fleet);
            await KillAsync(fleet, step);
            foreach (var group in step.StartsWith("take api", StringComparison.Ordinal) ? s_groups : [])
            {
                // The notice is written down for the first of the groups alone.
                Assert.That((await HereAsync(fleet, "autoscale:status", group)).Out, Does.Match($"\n{group} .*, behind a notice\n")
                    .And.Match(@" \([0-9]+ of [0-9]+\): ")
                    .And.Match($"{group}: nobody works on it: autoscale:update (www api|api www) goes on, autoscale:rollback (www api|api www) goes back\n"));
                Assert.That((await HereAsync(fleet, "maintenance:status", group)).Out, Does.StartWith($"{group}: a notice is on since "));
            }

            await HereAsync(fleet, ["autoscale:rollback", .. s_groups]);
            Assert.That(await FleetsAsync(fleet), Is.EqualTo(before), $"rolled back from '{step}'");

            await KillAsync(fleet, step);
            await HereAsync(fleet, s_release);
            Assert.That(await FleetsAsync(fleet), Is.Not.EqualTo(before), $"continued from '{step}'");
        }
    }

    /// <summary>The groups' fleets, one each, where nothing is left over and no notice is on.</summary>
    private static async Task<string> FleetsAsync(FleetProject fleet)
    {
        foreach (var group in s_groups)
        {
            Assert.That(await fleet.LeftAsync(group), Is.Empty);
        }

        var notices = JArray.Parse((await HereAsync(fleet, "maintenance:status", "www", "api", "--json")).Out);
        Assert.That(notices.Select(each => (string?)each["notice"]), Is.All.EqualTo("off"));
        return string.Join(' ', await Task.WhenAll(s_groups.Select(async group => (await fleet.GroupsAsync(group)).Single().AutoScalingGroupName)));
    }

    private static async Task<ProgramRun> HereAsync(FleetProject fleet, params string[] arguments)
    {
        var run = await fleet.Project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }

    private static async Task KillAsync(FleetProject fleet, string step)
    {
        var isKilled = false;
        using var process = new PackageProcess(fleet.Project, s_release, (self, line) =>
        {
            if (!isKilled && line.Contains($". {step}", StringComparison.Ordinal))
            {
                isKilled = true;
                self.Kill();
            }
        });
        var run = await process.EndAsync();
        Assert.That(isKilled, $"step {step} was never seen in:\n{run.Error}");
    }
}
