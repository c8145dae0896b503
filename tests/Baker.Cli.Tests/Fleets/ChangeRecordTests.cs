using Baker.Core;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>What is kept of changes, and how it is shown.</summary>
public sealed class ChangeRecordTests
{
    private const string Image = "ami-1ebb2077";

    [Test]
    public async Task Record_OfAnUpdateBehindABalancer_SaysWhatWasSeen()
    {
        await using var fleet = await FleetProject.ServeAsync(Project(", \"target_groups\": [\"www\"]"), scale: 0.05);
        var (address, _) = await fleet.BalanceAsync("www");
        await DoAsync(fleet.Project, "autoscale:run", "www", "--image", Image);
        using var client = new HttpClient();
        for (var sent = 0; sent < 7; sent++)
        {
            using var answer = await client.GetAsync(address); // nothing runs on the instances: the balancer answers 502
        }

        await DoAsync(fleet.Project, "autoscale:update", "www", "--force", "--image", Image);
        var records = JArray.Parse((await DoAsync(fleet.Project, "change:list", "--json")).Out);
        var id = (string)records[0]["id"]!;
        JObject shown = [];
        await Wait.UntilAsync(
            async () => (shown = JObject.Parse((await DoAsync(fleet.Project, "change:show", id, "--json")).Out))["traffic"]!.Sum(each => (double)each["requests"]!) >= 7,
            "the metrics");
        var text = await DoAsync(fleet.Project, "change:show", id);

        Assert.That(records.Select(each => (string?)each["command"]), Is.EqualTo(new[] { "autoscale:update", "autoscale:run" }));
        Assert.That(((string?)shown["result"], (string?)shown["subject"], (string?)shown["cloud"]), Is.EqualTo(("done", "www", "local")));
        Assert.That(shown["fleets"]!.Select(move => ((string?)move["from"]!["name"], (string?)move["to"]!["name"], (string?)move["to"]!["image"])), Is.EqualTo(new[] { ("www-v001", "www-v002", Image) }));
        Assert.That((int?)shown["least_healthy"]!["www"], Is.EqualTo(2));
        Assert.That(shown["leftovers"], Is.Empty);
        Assert.That(shown["traffic"]!.Sum(each => (double)each["requests"]!), Is.EqualTo(7));
        Assert.That(shown["traffic"]!.Sum(each => (double)each["balancer_5xx"]!), Is.EqualTo(7));
        Assert.That(shown["steps"]!.Select(step => (string?)step["result"]), Is.Not.Empty.And.All.EqualTo("done"));
        Assert.That(text.Out, Does.Contain("www: www-v001 (ami-1ebb2077, 2 wanted) -> www-v002 (ami-1ebb2077, 2 wanted)\n").And.Contain("www: at least 2 healthy at every look\n").And.Contain("nothing is left over\n"));
        Assert.That(ChangeRecord.Parse(fleet.Project.Read($"changes/{id}.json")).Id, Is.EqualTo(id));
    }

    [Test]
    public async Task Record_OfAnUpdateThatIsNotOver_CountsWhatIsLeft()
    {
        using var project = Project("");
        await DoAsync(project, "autoscale:run", "www", "--image", Image);
        await DoAsync(project, "autoscale:update", "www", "--force", "--image", Image, "--no-wait");
        Directory.Delete(project.PathOf("changes"), recursive: true); // the cloud has them, too

        var record = JArray.Parse((await DoAsync(project, "change:list", "www", "--json")).Out).Single(each => (string?)each["command"] == "autoscale:update");

        Assert.That(record["leftovers"]!.Select(each => (string?)each), Is.EqualTo(new[] { "the Auto Scaling group www-v001", "the journal of www, at step warm" }));
    }

    [Test]
    public async Task Record_OfAnOverrideAndOfAFailure_SaysWhy()
    {
        using var project = Project("");
        await DoAsync(project, "freeze", "on");
        await DoAsync(project, "autoscale:run", "www", "--image", Image, "--override", "it burns");
        await DoAsync(project, "freeze", "off");
        var refused = await project.RunAsync("autoscale:run", "www", "--image", Image);
        var list = await DoAsync(project, "change:list");
        var dry = await project.RunAsync("autoscale:scale", "www", "3", "--dry-run");
        var same = await DoAsync(project, "change:list");

        Assert.That(refused.Code, Is.EqualTo(ExitCode.BadInput), "nothing was begun, so that there is no record");
        Assert.That(list.Out, Does.Match(@"^ID .*\n\S+  autoscale:run  done .* www  \(overridden\)\n$"));
        Assert.That((dry.Code, same.Out), Is.EqualTo((ExitCode.Changes, list.Out)));
        Assert.That((string?)JArray.Parse((await DoAsync(project, "change:list", "--json")).Out)[0]["override"], Is.EqualTo("it burns"));
    }

    [Test]
    public async Task Show_OfAnIdThatIsNone_SaysWhereTheyAre()
    {
        using var project = Project("");

        var none = await project.RunAsync("change:show");
        var unknown = await project.RunAsync("change:show", "../../etc/passwd");
        var list = await DoAsync(project, "change:list");
        project.Write("changes/old.json", "{\"id\": nothing");
        project.Write("changes/other.json", "[]");
        var garbage = await DoAsync(project, "change:list");

        Assert.That(garbage.Error, Does.Contain("old.json is left out: it is no record of a change\n").And.Contain("other.json is left out: it is no record of a change\n"));
        Assert.That((none.Code, unknown.Code), Is.EqualTo((ExitCode.BadInput, ExitCode.BadInput)));
        Assert.That(none.Error, Does.Contain("Which id?"));
        Assert.That(unknown.Error, Does.Contain("There is no record of a change \"../../etc/passwd\"."));
        Assert.That(list.Error, Does.Contain("No change is recorded."));
    }

    private static TestProject Project(string ofFleet)
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "{{Image}}"},
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0 {{ofFleet}} } }
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
