using Baker.Cli.Environments;
using Baker.Cli.Fleets;
using Baker.Cloud;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>What <c>autoscale:status</c> says of what is under way, behind a load balancer of a served local cloud on which nothing executes.</summary>
public sealed class StatusTests
{
    private const string Image = "ami-1ebb2077";

    [Test]
    public async Task Status_OfAReleaseUnderWay_CountsByTheReleasesPlan()
    {
        await using var fleet = await StartAsync();
        string[] release = ["autoscale:update", "www", "--force", "--image", Image, "--strategy", "replace", "--no-wait"];
        var plan = await fleet.Project.RunAsync([.. release, "--dry-run"]);
        var steps = plan.Out.TrimEnd('\n').Split('\n');

        await fleet.DoAsync(release);
        var text = await fleet.DoAsync("autoscale:status", "www");
        var progress = JArray.Parse((await fleet.DoAsync("autoscale:status", "www", "--json")).Out)[0]["progress"]!;

        var number = (int)progress["step"]!;
        Assert.That(steps[number - 1], Does.EndWith($". {progress["text"]}"), plan.Out);
        Assert.That((int)progress["of"]!, Is.EqualTo(steps.Length));
        Assert.That(text.Out, Does.Contain($"({number} of {steps.Length}): {progress["text"]}"));
    }

    [Test]
    public async Task Status_ADrainedDeployWasNotFinished_NamesTheNodeAndBothWays()
    {
        await using var fleet = await StartAsync("refuse=SendCommand:InvalidInstanceId");
        var deploy = await fleet.Project.RunAsync("instance:deploy", "www", "--drain");

        var status = await fleet.DoAsync("autoscale:status", "www");
        var plan = await fleet.Project.RunAsync("plan");
        await fleet.DoAsync("instance:deploy", "www", "--bring-back");
        var after = await fleet.DoAsync("autoscale:status", "www");
        var planned = await fleet.Project.RunAsync("plan");

        Assert.That(deploy.Error, Does.Contain("OUT OF SERVICE"), deploy.Out);
        Assert.That(status.Out, Does.Match(
            "\nwww: a deploy of nodes of www-v001 was not finished, OUT OF SERVICE: i-[0-9a-f]+: instance:deploy www --drain goes on, instance:deploy www --bring-back takes it back\n"));
        Assert.That(plan.Code, Is.EqualTo(ExitCode.Changes), plan.Error);
        Assert.That(plan.Out, Does.Contain("a deploy of its nodes was not finished; --bring-back takes it back").And.Contain("\nwww: package instance:deploy www --drain\n"));
        Assert.That(after.Out + planned.Out, Does.Not.Contain("not finished"));
    }

    [Test]
    public async Task Update_DryRunOfACurrentFleet_SaysSo_AndADeployNamesBothFleetsOfAChange()
    {
        await using var fleet = await StartAsync();

        var current = await fleet.DoAsync("autoscale:update", "www", "--image", Image, "--dry-run");
        await fleet.DoAsync("autoscale:update", "www", "--force", "--image", Image, "--keep", "1h", "--no-wait");
        var deploy = await fleet.Project.RunAsync("instance:deploy", "www", "--dry-run");

        Assert.That(current.Out, Does.StartWith($"www: www-v001 is current, and serves {Image}; --force replaces it all the same"));
        Assert.That(deploy.Error, Does.Contain("WARNING www has several fleets by a change that is not over, and nodes of all are converged: www-v001, www-v002 (package autoscale:status www shows it)"));
    }

    [Test]
    public async Task Status_BehindAMaintenanceNotice_ServesNobodyAndNamesWhatTakesItAway()
    {
        await using var fleet = await StartAsync();
        await fleet.DoAsync("maintenance:on", "www");

        var status = await fleet.DoAsync("autoscale:status", "www");
        var told = JArray.Parse((await fleet.DoAsync("autoscale:status", "www", "--json")).Out)[0]["fleets"]![0]!;
        await fleet.DoAsync("maintenance:off", "www");
        var after = await fleet.DoAsync("autoscale:status", "www");

        Assert.That(status.Out, Does.Match("\nwww +www-v001 +0 +2 +2 +4 +[^ ]+ +[^,\n]+, behind a notice\n"));
        Assert.That(status.Out, Does.Match("www: a maintenance notice answers instead of its nodes since 20[^,]+, by [^ ]+: maintenance:off www takes it away\n"));
        Assert.That(((int)told["serving"]!, (bool)told["behind_notice"]!), Is.EqualTo((0, true)));
        Assert.That(after.Out, Does.Match("\nwww +www-v001 +2 ").And.Not.Contain("notice"));
    }

    [Test]
    public void Role_BehindAMaintenanceNotice_IsNotHealthyAndSaysWhoWorksOnIt()
    {
        var www = GroupName.Parse("www");
        var view = new FleetView { Name = "www-v001", Capacity = new Capacity(0, 1, 0), TargetGroups = ["arn"] };
        var notice = new NoticeRecord { Run = "r", Owner = "ada@host", Since = "now", Answer = "[]", Stood = [], Places = [], Keepers = [] };
        var journal = new FleetJournal { Run = "r", Group = www, Action = FleetAction.Update, Owner = "ada@host", Step = "healthy", Capacity = view.Capacity };
        var alone = new FleetReport(www, [view], null, null) { Notice = notice };
        var killed = alone with { Journal = journal };
        var held = killed with { Lock = new LockRecord { Run = "r", Owner = "ada@host", Doing = "autoscale:update", Lease = TimeSpan.FromMinutes(2) } };

        var told = new[] { alone, killed, held, killed with { Notice = null } }.Select(each => RoleStatus.Of(each, "", least: 0));

        Assert.That(told.Select(each => (each.IsHealthy, each.State)), Is.EqualTo(new[]
        {
            (false, "a maintenance notice answers instead: maintenance:off www takes it away"),
            (false, "update under way (step healthy), a maintenance notice answers instead, nobody works on it: autoscale:status www"),
            (false, "update under way (step healthy), a maintenance notice answers instead"),
            (true, "update under way (step healthy), nobody works on it: autoscale:status www"),
        }));
    }

    [Test]
    public void Status_ALockThatWasNotRenewed_SaysWhenItsOwnerWasLastHeardOf()
    {
        var held = new LockRecord { Run = "r", Owner = "ada@host", Since = "now", Doing = "autoscale:update", Lease = TimeSpan.FromMinutes(2) };
        var report = new FleetReport(GroupName.Parse("www"), [], null, held);

        Assert.That(Text(report with { Silent = TimeSpan.FromSeconds(40) }), Does.Contain("www: locked: ada@host has it since now for autoscale:update (run r)\n"));
        Assert.That(Text(report with { Silent = TimeSpan.FromSeconds(80) }), Does.Contain("(run r, last heard of 80 s ago)\n"));

        static string Text(FleetReport report)
        {
            using var output = new StringWriter();
            StatusText.Write(output, [report], new Dictionary<string, string?>(StringComparer.Ordinal), withInstances: false, withTargets: true, _ => "", 200);
            return output.ToString();
        }
    }

    [Test]
    public void Json_AGoneGroupInSeveralRegions_IsToldOfEach()
    {
        var report = new FleetReport(GroupName.Parse("www"), [], null, null);

        var told = StatusText.Json([report, report], new Dictionary<string, string?>(StringComparer.Ordinal), withTargets: false, new SuggestedCommands());

        Assert.That(told, Has.Count.EqualTo(2));
    }

    [TestCase("drained", 2, true)]
    [TestCase("empty", 2, true)]
    [TestCase("empty", 0, false)]
    [TestCase("delete", 0, false)]
    public void Status_ADeleteThatNobodyWorksOn_OffersTheWayBackUntilTheGroupIsEmptied(string step, int desired, bool isOffered)
    {
        var www = GroupName.Parse("www");
        var view = new FleetView { Name = "www-v001", Capacity = new(0, 4, desired) };
        var journal = new FleetJournal { Group = www, Run = "r", Action = FleetAction.Delete, Owner = "o", Old = "www-v001", Capacity = new(2, 4, 2), Step = step };
        var report = new FleetReport(www, [view], journal, null);
        using var output = new StringWriter();

        var told = StatusText.Json([report], new Dictionary<string, string?>(StringComparer.Ordinal), withTargets: false, new SuggestedCommands { PackageOptions = " --environment staging" })[0];
        StatusText.Write(output, [report], new Dictionary<string, string?>(StringComparer.Ordinal), withInstances: false, withTargets: false, _ => "gone", columns: 120);

        Assert.That(FleetPlan.Steps(journal).Select(each => each.Key), Does.Contain(step));
        Assert.That(output.ToString(), Does.Contain("nobody works on it: autoscale:delete www goes on"));
        Assert.That(output.ToString().Contains("autoscale:rollback www goes back", StringComparison.Ordinal), Is.EqualTo(isOffered));
        Assert.That(((string?)told["goes_on"], (string?)told["goes_back"]), Is.EqualTo(
            ("package autoscale:delete www --environment staging", isOffered ? "package autoscale:rollback www --environment staging" : null)));
    }

    [TestCase(false, false, "a deploy was not finished: instance:deploy www --drain goes on, --bring-back takes it back")]
    [TestCase(true, true, "healthy")]
    public void EnvironmentStatus_ADrainedDeploy_IsSaidWhereNobodyWorksOnIt(bool isAtWork, bool isHealthy, string state)
    {
        var view = new FleetView { Name = "www-v001", Capacity = new(0, 4, 0), Held = new(2, Rebalances: true) };
        var at = isAtWork ? new LockRecord { Run = "r1", Owner = "one@host", Doing = "instance:deploy", Lease = TimeSpan.FromMinutes(1) } : null;

        var role = RoleStatus.Of(new FleetReport(GroupName.Parse("www"), [view], null, at), "gone", least: 0);

        Assert.That((role.IsHealthy, role.State), Is.EqualTo((isHealthy, state)));
    }

    private static async Task<FleetProject> StartAsync(string faults = "")
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "{{Image}}", "run_list": ["recipe[www]"]},
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0, "target_groups": ["www"]} }
            }
            """);
        (project.Environment["BAKER_LOCAL_EXEC"], project.Environment["BAKER_LOCAL_FAULTS"]) = ("0", faults);
        var fleet = await FleetProject.ServeAsync(project, scale: 0.02);
        await fleet.BalanceAsync("www");
        await fleet.DoAsync("autoscale:run", "www", "--image", Image);
        return fleet;
    }
}
