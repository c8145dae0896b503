using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>What the fleets' commands refuse, and in which words; what they show.</summary>
public sealed class FleetCommandTests
{
    private const string Image = "ami-1ebb2077";
    private TestProject _project = null!;

    [SetUp]
    public void Begin() => _project = NewProject("");

    [TearDown]
    public void End() => _project.Dispose();

    [TestCase("autoscale:run ww", "nodes.json has no group \"ww\".\n  Did you mean \"www\"?")]
    [TestCase("autoscale:run", "Which group?")]
    [TestCase("autoscale:run www --image ami-1ebb2077 --min 3 --max 2", "contradict")]
    [TestCase("autoscale:run www --image ami-1ebb2077 --desired many", "--desired many is not a whole number")]
    [TestCase("autoscale:update www --strategy red-black", "There is no strategy 'red-black'")]
    [TestCase("autoscale:update www --soak soon", "--soak soon is not a time")]
    [TestCase("autoscale:update www --image ami-1ebb2077", "www does not run: no Auto Scaling group is tagged group:www.\n  Start it with autoscale:run www.")]
    [TestCase("autoscale:rollback www", "There is nothing to put back: no change of www is under way, and none keeps an old fleet of it.")]
    [TestCase("autoscale:delete www", "www does not run: no Auto Scaling group is tagged group:www.\n  There is nothing to delete; package autoscale:status shows the fleets.")]
    [TestCase("autoscale:scale www", "To what size?")]
    [TestCase("autoscale:scale www 3", "www does not run")]
    [TestCase("autoscale:scale www --desired 3 5", "--desired 3 says the size, and so does \"5\".\n  Give one or the other.")]
    [TestCase("autoscale:suspend www", "www does not run")]
    [TestCase("autoscale:suspend www launch", "There is no scaling process \"launch\".\n  Did you mean \"Launch\"? There are Launch, Terminate, ")]
    [TestCase("autoscale:resume www Launch launch", "There is no scaling process \"launch\".")]
    [TestCase("autoscale:suspend www frobnicate", "There is no scaling process \"frobnicate\".\n  There are Launch, ")]
    [TestCase("instance:terminate", "Which instance?")]
    [TestCase("instance:terminate i-0123456789abcdef0", "No instance of the groups is \"i-0123456789abcdef0\", by its id or its name.\n  package instance:list shows them.")]
    [TestCase("environment:updat", "Did you mean \"environment:update\"?")]
    [TestCase("enviroment:update", "Did you mean \"environment:update\"?")]
    [TestCase("role:updat", "Did you mean \"role:update\"?")]
    [TestCase("channel:frobnicate", "See package --help.")]
    [TestCase("config:frobnicate", "There are config:")]
    [TestCase("environment:diff", "environment:diff compares two environments, and none is named.")]
    [TestCase("environment:diff staging", "environment:diff compares two environments, and only one is named.\n  Name both: environment:diff staging production.")]
    [TestCase("autoscale:update www --maintenance down.html", "--maintenance goes with --strategy replace")]
    [TestCase("autoscale:update www --strategy rolling --before migrate", "--before goes with --strategy replace")]
    [TestCase("autoscale:update www --after check", "--after goes with --strategy replace")]
    [TestCase("autoscale:update www --undo back", "--undo goes with --strategy replace")]
    [TestCase("autoscale:update www --strategy replace --soak 1m", "--soak does not go with --strategy replace")]
    [TestCase("autoscale:update www --strategy rolling --soak 1m", "--soak does not go with --strategy rolling")]
    [TestCase("autoscale:update www --strategy rolling --keep 1m", "--keep does not go with --strategy rolling")]
    [TestCase("autoscale:update www bee", "autoscale:update takes several groups with --strategy replace")]
    [TestCase("autoscale:update www bee --strategy replace --image ami-1ebb2077", "--image names the image of one group")]
    [TestCase("autoscale:update www bee --strategy replace", "The group bee has no fleet")]
    [TestCase("autoscale:update www --strategy replace --before migrate", "--before migrate: www has no such task.")]
    [TestCase("autoscale:update www --strategy replace --undo back", "--undo back: www has no such task.")]
    [TestCase("autoscale:update www --strategy replace --maintenance none.html", "--maintenance none.html cannot be read")]
    [TestCase("autoscale:update www --strategy replace --keep long", "--keep long is not a time")]
    [TestCase("autoscale:update www --strategy replace --image ami-1ebb2077", "www does not run")]
    [TestCase("autoscale:rollback www --undo back", "--undo goes with a release that is under way")]
    [TestCase("autoscale:rollback www bee", "These groups were not released together.")]
    [TestCase("maintenance:on", "Which group?")]
    [TestCase("maintenance:on ww", "nodes.json has no group \"ww\"")]
    [TestCase("maintenance:on www", "www does not run")]
    [TestCase("maintenance:on www --page none.html", "--page none.html cannot be read")]
    [TestCase("maintenance:on www --status 302", "--status 302 is not a status that a balancer can answer with")]
    [TestCase("maintenance:on www --status many", "--status many is not a status")]
    [TestCase("maintenance:on www --redirect nowhere", "--redirect nowhere is no address")]
    [TestCase("maintenance:on www --redirect ftp://a.example/", "--redirect ftp://a.example/ is no address")]
    [TestCase("maintenance:on www --target-group www", "--target-group www is no ARN")]
    [TestCase("maintenance:on www --status 503 --redirect https://a.example/", "exclude one another")]
    public async Task Command_ThatCannotBe_ExitsOneAndSaysWhatToDo(string command, string words)
    {
        var run = await RunAsync(command);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain(words));
    }

    [TestCase("autoscale:run")]
    [TestCase("autoscale:update")]
    [TestCase("autoscale:rollback")]
    [TestCase("autoscale:delete")]
    [TestCase("autoscale:create")]
    [TestCase("autoscale:suspend")]
    public async Task Command_GroupWithoutFleet_SaysWhatToWrite(string command)
    {
        var run = await RunAsync($"{command} bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.EndWith("package: The group bee has no fleet: its \"autoscale\" is false.\n  Give it an object, such as \"autoscale\": {\"node_min\": 1, \"node_max\": 2}.\n"));
    }

    [TestCase("down.html", 1025, "down.html has 1025 characters: a balancer answers with at most 1024.\n  Put the page elsewhere and use --redirect URL")]
    [TestCase("down.png", 10, "A balancer cannot answer with a .png file")]
    [TestCase("down.html", 1024, "No rule of an application load balancer leads to www-v001")]
    public async Task MaintenanceOn_PageOrGroupThatCannotBe_IsRefusedBeforeAnyChange(string page, int length, string words)
    {
        await DoAsync($"autoscale:run www --image {Image}");
        _project.Write(page, new string('x', length));

        var run = await RunAsync($"maintenance:on www --page {page}");
        var status = await DoAsync("maintenance:status www");

        Assert.That((run.Code, status.Out), Is.EqualTo((ExitCode.BadInput, "www: no notice\n")), run.Error);
        Assert.That(run.Error, Does.Contain(words));
    }

    [TestCase("down.html", 1025, "down.html has 1025 characters: a balancer answers with at most 1024.")]
    [TestCase("down.png", 10, "A balancer cannot answer with a .png file")]
    [TestCase("down.html", 1024, "No rule of an application load balancer leads to www: there is no place for a notice.")]
    public async Task Release_PageOrGroupThatCannotBe_IsRefusedBeforeAnyChange(string page, int length, string words)
    {
        await DoAsync($"autoscale:run www --image {Image}");
        _project.Write(page, new string('x', length));

        var run = await RunAsync($"autoscale:update www --image {Image} --strategy replace --maintenance {page}");
        var status = await DoAsync("autoscale:status www --json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain(words));
        Assert.That(status.Out, Does.Contain("www-v001").And.Not.Contain("www-v002"));
    }

    [Test]
    public async Task MaintenanceOff_NoNoticeIsOn_ChangesNothingAndSaysSo()
    {
        var off = await DoAsync("maintenance:off www");

        Assert.That((off.Out, off.Code), Is.EqualTo(("www: no notice is on\n", ExitCode.Done)));
    }

    [Test]
    public async Task Run_NoImageThenAStaleOne_NamesTheCommandThatBakes()
    {
        var without = await RunAsync("autoscale:run www");
        await DoAsync("packer:run www");
        _project.Write("scripts/a.sh", "true # changed\n");
        var stale = await RunAsync("autoscale:run www");
        var allowed = await RunAsync("autoscale:run www --allow-stale");

        Assert.That((without.Code, stale.Code, allowed.Code), Is.EqualTo((ExitCode.BadInput, ExitCode.BadInput, ExitCode.Done)), allowed.Error);
        Assert.That(without.Error, Does.Contain("has no image").And.Contain("package packer:run www"));
        Assert.That(stale.Error, Does.Contain("is stale").And.Contain("package packer:run www").And.Contain("--allow-stale"));
    }

    [Test]
    public async Task Run_GroupRunsAlready_IsRefusedAndNamesIt()
    {
        await DoAsync($"autoscale:run www --image {Image}");

        var again = await RunAsync($"autoscale:run www --image {Image}");

        Assert.That(again.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(again.Error, Does.Contain("runs already, as www-v001").And.Contain("autoscale:update www"));
    }

    [Test]
    public async Task Run_ImageThatIsNotThere_IsRefusedBeforeAnyChange()
    {
        var run = await RunAsync("autoscale:run www --image ami-0bad0bad");

        Assert.That(run.Code, Is.Not.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Does.Contain("ami-0bad0bad is not in us-east-1"));
        Assert.That((await RunAsync("autoscale:status")).Out, Does.Contain("does not run"));
    }

    [Test]
    public async Task Status_FleetThatRuns_ShowsSizesImageInstancesAndStaleness()
    {
        await DoAsync("packer:run www");
        await DoAsync("autoscale:run www");
        var fresh = (JObject)JArray.Parse((await DoAsync("autoscale:status www --json")).Out)[0];
        _project.Write("scripts/a.sh", "true # changed\n");
        var stale = await DoAsync("autoscale:status www");

        var fleet = (JObject)fresh["fleets"]![0]!;
        Assert.That(((string?)fresh["group"], (bool?)fresh["current"], fresh["change"]!.Type, fresh["lock"]!.Type), Is.EqualTo(("www", true, JTokenType.Null, JTokenType.Null)));
        Assert.That(((string?)fleet["name"], (int?)fleet["min"], (int?)fleet["desired"], (int?)fleet["max"]), Is.EqualTo(("www-v001", 2, 2, 4)));
        Assert.That((string?)fleet["image"], Is.EqualTo((string?)JObject.Parse(_project.Read("builds/www.json"))["image"]));
        Assert.That(fleet["instances"]!.Select(instance => (string?)instance["state"]), Is.EqualTo(new[] { "InService", "InService" }));
        Assert.That(stale.Out, Does.Contain("stale against nodes.json").And.Match(@"\n  i-[0-9a-f]+  m5.large  us-east-1[a-z]  healthy\n"));
        Assert.That(stale.Out.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(100));
    }

    [Test]
    public async Task Status_UpdateKeepsTheOldGroup_ShowsBothAndHowToGoOnOrBack()
    {
        await DoAsync($"autoscale:run www --image {Image}");
        await DoAsync($"autoscale:update www --force --image {Image} --no-wait");

        var text = await DoAsync("autoscale:status www");
        var json = (JObject)JArray.Parse((await DoAsync("autoscale:status www --json")).Out)[0];

        Assert.That(text.Out, Does.Match("www-v001.*old\n").And.Match("www-v002.*new\n").And.Contain("step warm (12 of 16): keep www-v001 running").And.Contain("autoscale:rollback www goes back"));
        Assert.That(((string?)json["change"]!["action"], (string?)json["change"]!["step"], (string?)json["change"]!["old"]), Is.EqualTo(("update", "warm", "www-v001")));
    }

    [Test]
    public async Task SuspendThenResume_AllProcesses_StatusWarnsUntilTheyAreBack()
    {
        await DoAsync($"autoscale:run www --image {Image}");
        await DoAsync("autoscale:suspend www");
        var warned = await DoAsync("autoscale:status www");
        await DoAsync("autoscale:resume www");
        var after = await DoAsync("autoscale:status www");
        var nothing = await DoAsync("autoscale:resume www");

        Assert.That(warned.Out, Does.Contain("WARNING www-v001: suspended: ").And.Contain("Terminate"));
        Assert.That(after.Out, Does.Not.Contain("WARNING"));
        Assert.That(nothing.Out, Is.EqualTo("www-v001: nothing to resume\n"));
    }

    [Test]
    public async Task Scale_WhatItNeedsIsSuspended_WarnsAndNamesTheCommandThatResumes()
    {
        await DoAsync($"autoscale:run www --image {Image}");
        await DoAsync("autoscale:suspend www Launch");

        var up = await DoAsync("autoscale:scale www 4");
        var again = await DoAsync("autoscale:scale www 4");
        await DoAsync("autoscale:resume www");
        var free = await DoAsync("autoscale:scale www 3");

        Assert.That(up.Error, Does.Contain("WARNING www-v001: Launch is suspended").And.Contain("package autoscale:resume www Launch"));
        Assert.That(again.Error, Does.Contain("WARNING"), "asked again while it is still so");
        Assert.That(free.Error, Does.Not.Contain("WARNING"));
    }

    [Test]
    public async Task Deploy_NothingToConverge_SaysWhy()
    {
        var none = await DoAsync("instance:deploy www");

        Assert.That(none.Out, Does.StartWith("Nothing to converge: no instance of www runs.").Or.StartWith("Nothing to converge: www has neither"));
    }

    [Test]
    public async Task Change_WhileAnotherIsUnderWay_IsRefusedAndSaysWhichAndSinceWhen()
    {
        await DoAsync($"autoscale:run www --image {Image}");
        await DoAsync($"autoscale:update www --force --image {Image} --no-wait");

        foreach (var command in new[] { "autoscale:scale www 3", "autoscale:suspend www", "autoscale:delete www" })
        {
            var run = await RunAsync(command);

            Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), command);
            Assert.That(run.Error, Does.Contain("of www is under way, begun by").And.Contain("step warm"), command);
        }
    }

    [Test]
    public async Task Create_GroupWithAFleet_WritesItsDnaAndItsRole()
    {
        var run = await DoAsync("autoscale:create www");

        Assert.That(JObject.Parse(_project.Read("dna/asg/www.json")).ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("""{"id":"www","run_list":["role[role-www]"]}"""));
        Assert.That(_project.Files("roles"), Is.EqualTo(new[] { "www.json" }));
        Assert.That(run.Out, Is.EqualTo("created dna/asg/www.json\n"));
        Assert.That((await DoAsync("autoscale:create www")).Out, Is.EqualTo("unchanged dna/asg/www.json\n"));
    }

    [Test]
    public async Task Scale_FewerThanTwoHealthyWouldBeLeft_IsRefusedWithoutForce()
    {
        await using var fleet = await FleetProject.ServeAsync(NewProject(", \"target_groups\": [\"www\"]"), scale: 0.05);
        var (_, targetGroup) = await fleet.BalanceAsync("www");
        await fleet.Project.RunAsync("autoscale:run", "www", "--image", Image);
        Assert.That(await fleet.HealthyAsync(targetGroup), Is.EqualTo(2));

        var refused = await fleet.Project.RunAsync("autoscale:scale", "www", "1", "--min", "1");
        var forced = await fleet.Project.RunAsync("autoscale:scale", "www", "1", "--min", "1", "--force");

        Assert.That((refused.Code, forced.Code), Is.EqualTo((ExitCode.BadInput, ExitCode.Done)), refused.Error + forced.Error);
        Assert.That(refused.Error, Does.Contain("www-v001 at 1 would leave 1 healthy in www, fewer than 2").And.Contain("--force"));
    }

    [Test]
    public async Task Update_FewerThanTwoHealthyWouldBeLeft_IsRefusedWithoutForce()
    {
        var project = NewProject(", \"target_groups\": [\"www\"]");
        await using var fleet = await FleetProject.ServeAsync(project, scale: 0.05);
        await fleet.BalanceAsync("www");
        await fleet.DoAsync("autoscale:run", "www", "--image", Image);
        project.Write("nodes.json", project.Read("nodes.json").Replace("m5.large", "m5.xlarge", StringComparison.Ordinal));
        string[] update = ["autoscale:update", "www", "--image", Image, "--min", "0", "--desired", "0"];

        var refused = await fleet.Project.RunAsync(update);
        var dry = await fleet.Project.RunAsync([.. update, "--dry-run"]);
        var forced = await fleet.Project.RunAsync([.. update, "--dry-run", "--force"]);

        Assert.That((refused.Code, dry.Code, forced.Code), Is.EqualTo((ExitCode.BadInput, ExitCode.BadInput, ExitCode.Changes)), refused.Error + forced.Error);
        Assert.That(refused.Error, Does.Contain("www-v002 at 0 would leave 0 healthy in www, fewer than 2").And.Contain("--force"));
    }

    [Test]
    public async Task Resume_SomebodyElseSuspendedOneBefore_LeavesThatSuspended()
    {
        await using var fleet = await FleetProject.ServeAsync(NewProject(""), scale: 0.05);
        await fleet.Project.RunAsync("autoscale:run", "www", "--image", Image);
        await fleet.Clients.AutoScaling.SuspendProcessesAsync(new() { AutoScalingGroupName = "www-v001", ScalingProcesses = ["AZRebalance"] });

        await fleet.Project.RunAsync("autoscale:suspend", "www");
        var suspended = (await fleet.GroupsAsync("www")).Single().SuspendedProcesses.Count;
        await fleet.Project.RunAsync("autoscale:resume", "www");

        Assert.That(suspended, Is.GreaterThan(5));
        Assert.That((await fleet.GroupsAsync("www")).Single().SuspendedProcesses.Select(process => process.ProcessName), Is.EqualTo(new[] { "AZRebalance" }));
    }

    private static TestProject NewProject(string more)
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "{{Image}}", "run_list": []},
              "bee": {"autoscale": false},
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0{{more}} }, "provision": ["scripts/a.sh"]}
            }
            """);
        project.Write("scripts/a.sh", "true\n");
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
        return project;
    }

    private Task<ProgramRun> RunAsync(string command) => _project.RunAsync(command.Split(' '));

    private async Task<ProgramRun> DoAsync(string command)
    {
        var run = await RunAsync(command);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}\n{run.Out}{run.Error}");
        return run;
    }
}
