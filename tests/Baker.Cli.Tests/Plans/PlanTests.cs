using System.Collections.Concurrent;
using System.Diagnostics;
using Amazon.AutoScaling.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Baker.LocalCloud.Sandboxes;
using Newtonsoft.Json.Linq;
using Tag = Amazon.AutoScaling.Model.Tag;

namespace Baker.Cli.Tests.Plans;

/// <summary>Everything that is stale in one plan, and its end: <c>plan</c> and <c>apply</c>.</summary>
public sealed class PlanTests
{
    private static readonly string[] s_reading = ["Describe", "Get", "List"];

    private PlanStage _stage = null!;

    [SetUp]
    public void Begin() => _stage = new PlanStage();

    [TearDown]
    public void End() => _stage.Dispose();

    [Test]
    public async Task Apply_OfAnEnvironmentThatIsNotThere_MakesAllOfItInOrderAndLeavesNothingStale()
    {
        var stale = await _stage.StaleAsync();
        var table = await _stage.DoAsync("plan", ExitCode.Changes);
        var steps = await _stage.DoAsync("apply --dry-run", ExitCode.Changes);
        var run = await _stage.DoAsync("apply --json");
        var after = await _stage.DoAsync("plan");
        var again = await _stage.DoAsync("apply");

        Assert.That(stale, Is.EqualTo(new[]
        {
            "role roles/db.json: is missing", "role roles/www.json: is missing", "role environments/staging.json: is missing",
            "image db: never baked", "image www: never baked",
            "resource topic staging-ops: is missing", "fleet db: it does not run", "fleet www: it does not run",
        }));
        Assert.That(table.Out, Does.Contain("www (wave 2)").And.EndsWith("Stale: 3 roles, 2 images, 2 fleets and 1 resource; package apply does it.\n"));
        Assert.That(steps.Out.Split('\n').Select(line => line.Length > 5 ? line[5..] : ""), Is.EqualTo(new[]
        {
            "write roles/db.json, roles/www.json, environments/staging.json", "bake the images of db, www", "create topic staging-ops",
            "run the fleet db, and wait until it is healthy", "run the fleet www, and wait until it is healthy (wave 2)", "",
        }));
        var told = run.End;
        Assert.That(told["steps"]!.Select(step => (string?)step["result"]), Is.All.EqualTo("done"));
        Assert.That(told["result"]!["waves"]!.Select(wave => ((int)wave["wave"]!, (int)wave["fleets"]!)), Is.EqualTo(new[] { (1, 1), (2, 1) }));
        Assert.That(after.Out, Is.EqualTo("Nothing of staging is stale.\n"));
        Assert.That(again.Out, Is.EqualTo("There is nothing to apply.\n"));
    }

    [Test]
    public async Task Plan_OfWhatPeopleChanged_SaysWhatAndWhy()
    {
        await _stage.DoAsync("apply");
        _stage.Edit(manifest =>
        {
            manifest["db"]!["default_attributes"]!["pool"] = 20;
            manifest["www"]!["autoscale"] = JObject.Parse("""{"node_min": 0, "node_max": 4, "timeout": 0, "warmup": 60}""");
        });
        await _stage.AskAsync(async cloud =>
        {
            await cloud.AutoScaling.DeleteTagsAsync(new DeleteTagsRequest { Tags = [new Tag { ResourceType = "auto-scaling-group", ResourceId = "staging/db-v001", Key = "team" }] });
            await cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "/baker/images/other/stable", Value = "ami-1ebb2077", Type = ParameterType.String });
        });

        var stale = await _stage.StaleAsync();
        var one = await _stage.StaleAsync(" www");

        Assert.That(stale.Select(line => System.Text.RegularExpressions.Regex.Replace(line, "ami-[0-9a-f]+", "ami-x")), Is.EqualTo(new[]
        {
            "role roles/db.json: differs from what the manifest says",
            "image db: ami-x was made from something else: its attributes, scripts, roles or cookbooks have changed",
            "drift db: tag team none -> shop",
            "fleet db: ami-x -> the image that is baked",
            "size www: node_max 2 -> 4",
            "fleet www: the settings of its Auto Scaling group have changed in the manifest",
        }));
        Assert.That(one, Is.EqualTo(stale[^2..]));

        await _stage.DoAsync("apply");
        Assert.That(await _stage.StaleAsync(), Is.Empty);
    }

    [Test]
    public async Task Plan_OfAChannelThatIsBehind_IsLeftToAPersonWithTheCommand()
    {
        await _stage.DoAsync("apply");
        await _stage.DoAsync("image:promote db --to stable");
        _stage.Edit(manifest =>
        {
            manifest["db"]!["image_channel"] = "stable";
            manifest["db"]!["default_attributes"]!["pool"] = 20;
        });
        await _stage.DoAsync("apply"); // a new image, which nobody has promoted

        var plan = JObject.Parse((await _stage.DoAsync("plan --json", ExitCode.Changes)).Out);
        var markdown = await _stage.DoAsync("plan --markdown", ExitCode.Changes);
        var item = ((JArray)plan["items"]!).Single();

        Assert.That(((string?)item["kind"], (string?)item["subject"], (bool?)item["applied"]), Is.EqualTo(("channel", "db:stable", false)));
        Assert.That((string?)item["command"], Is.EqualTo("package image:promote db --to stable"));
        Assert.That(markdown.Out, Does.StartWith("### package plan: staging\n\nFor a person to decide: 1 channel.\n\n| stale | what | why |\n|---|---|---|\n| channel | db:stable | it points at ami-"));

        await _stage.DoAsync("image:promote db --to stable");
        Assert.That((await _stage.StaleAsync()).Single(), Does.StartWith("fleet db: ami-"));
    }

    [TestCase("delete", "drained", "; package autoscale:rollback db takes it back")]
    [TestCase("delete", "delete", "")]
    [TestCase("rollback", "open", "")]
    public async Task Plan_OfAGroupThatIsBeingDeletedOrTakenBack_LeavesThatToAPersonAndShowsTheRest(string action, string step, string back)
    {
        await _stage.DoAsync("apply");
        _stage.Edit(manifest =>
        {
            manifest["db"]!["autoscale"] = JObject.Parse("""{"node_min": 0, "node_max": 4, "timeout": 0}""");
            manifest["www"]!["autoscale"] = JObject.Parse("""{"node_min": 0, "node_max": 3, "timeout": 0}""");
        });
        await _stage.AskAsync(cloud => cloud.SSM.PutParameterAsync(new PutParameterRequest
        {
            Name = "/baker/env/staging/db/journal",
            Type = ParameterType.String,
            Value = $$"""{"group":"db","run":"r","action":"{{action}}","owner":"ops@elsewhere","since":"2026-11-27T08:00:00Z","step":"{{step}}","old":"staging/db-v001","new":null,"image":"ami-1ebb2077","capacity":[0,2,0]}""",
        }));
        var unfinished = $"fleet db: an autoscale:{action} of it is under way{back}";

        var stale = await _stage.StaleAsync();
        var plan = JObject.Parse((await _stage.DoAsync("plan --json", ExitCode.Changes)).Out);
        var applied = await _stage.DoAsync("apply");

        Assert.That(stale, Is.EqualTo(new[] { "size www: node_max 2 -> 3", unfinished }));
        Assert.That((string?)plan["items"]![1]!["command"], Is.EqualTo($"package autoscale:{action} db"));
        Assert.That(applied.Error, Does.Contain($"left: db: an autoscale:{action} of it is under way{back}; package autoscale:{action} db\n"));
        Assert.That(await _stage.StaleAsync(), Is.EqualTo(new[] { unfinished }));
        Assert.That(await _stage.StaleAsync(" www"), Is.Empty);
        Assert.That((await _stage.DoAsync("environment:update staging", ExitCode.CloudFailed)).Error, Does.Contain($"An autoscale:{action} of db is under way."));
    }

    [TestCase("image", "the image of db was ami-.*, and is ami-.* now")]
    [TestCase("size", "the size of the fleet of db was 0 to 2, and is 0 to 7 now")]
    [TestCase("tag", "the tag team of the fleet of db was shop, and is blog now")]
    [TestCase("manifest", "the manifest says something else of db now")]
    [TestCase("run", "something is under way for db: autoscale:update of ops@elsewhere since 2026-11-27T08:00:00Z")]
    [TestCase("apply", "another apply has not been finished: begun by ops@elsewhere at 2026-11-27T08:00:00Z, last step: bake")]
    public async Task Apply_OfASavedPlanWhoseWorldMoved_IsRefusedWithWhatMoved(string what, string said)
    {
        await _stage.DoAsync("apply");
        _stage.Edit(manifest => manifest["www"]!["default_attributes"]!["port"] = 81);
        await _stage.DoAsync("plan --out plan.json", ExitCode.Changes);
        await (what switch
        {
            "image" => _stage.DoAsync("packer:run db --force"),
            "size" => _stage.DoAsync("autoscale:scale db --max 7"),
            "manifest" => Edit(() => _stage.Edit(manifest => manifest["db"]!["description"] = "the database")),
            "tag" => _stage.AskAsync(cloud => cloud.AutoScaling.CreateOrUpdateTagsAsync(new CreateOrUpdateTagsRequest
            {
                Tags = [new Tag { ResourceType = "auto-scaling-group", ResourceId = "staging/db-v001", Key = "team", Value = "blog", PropagateAtLaunch = true }],
            })),
            "run" => PutAsync("db/journal", """{"group":"db","run":"r","action":"update","owner":"ops@elsewhere","since":"2026-11-27T08:00:00Z","step":"open","old":"staging/db-v001","new":"staging/db-v002","image":"ami-1ebb2077","capacity":[0,2,0]}"""),
            _ => PutAsync("apply", """{"plan":"0123456789abcdef","run":"r","owner":"ops@elsewhere","since":"2026-11-27T08:00:00Z","reached":1,"step":"bake"}"""),
        });
        var calls = new ConcurrentBag<string>();
        _stage.Project.Network = cloud => new Watch(cloud, calls);

        var refused = await _stage.DoAsync("apply plan.json", ExitCode.BadInput);

        Assert.That(refused.Error, Does.Match($@"package: plan\.json does not hold any more; since it was made by \S+@\S+ at 20\S+Z:\n(  - .*\n)*  - {said}").And.Contain("Nothing was changed. Look at what is stale now, and keep that: package plan --out plan.json"));
        Assert.That(string.Join(' ', calls.Where(call => !s_reading.Any(call.StartsWith))), Is.Empty);
        Assert.That(refused.Out, Is.Empty);

        static Task Edit(Action edit)
        {
            edit();
            return Task.CompletedTask;
        }

        Task PutAsync(string name, string value) => _stage.AskAsync(cloud => cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = $"/baker/env/staging/{name}", Type = ParameterType.String, Value = value }));
    }

    [Test]
    public async Task Apply_OfASavedPlanThatHolds_DoesItAndThenHasNothingLeftToDo()
    {
        await _stage.DoAsync("plan --out plan.json", ExitCode.Changes);

        await _stage.DoAsync("apply plan.json");
        var again = await _stage.DoAsync("apply plan.json");

        Assert.That(again.Out, Is.EqualTo("There is nothing to apply.\n"));
        await _stage.AskAsync(async cloud => Assert.That((await cloud.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = "/baker/env/staging", Recursive = true })).Parameters ?? [], Is.Empty, "what is left over"));
    }

    [TestCase("bake the images")]
    [TestCase("create topic")]
    [TestCase("run the fleet db")]
    [TestCase("db: create")]
    [TestCase("run the fleet www")]
    public async Task Apply_OfASavedPlanThatWasKilled_GoesOn(string at)
    {
        await _stage.DoAsync("plan --out plan.json", ExitCode.Changes);
        using (var process = new PackageProcess(_stage.Project, ["apply", "plan.json"], (package, line) =>
        {
            if (line.Contains(at, StringComparison.Ordinal))
            {
                package.Kill();
            }
        }))
        {
            await process.EndAsync();
        }

        var rest = await _stage.DoAsync("apply plan.json");

        // The kill of the last step may come when its work is done.
        Assert.That(rest.Out, Is.EqualTo("What was stale is not any more.\n").Or.EqualTo("There is nothing to apply.\n"));
        Assert.That(await _stage.StaleAsync(), Is.Empty);
    }

    [Test]
    public async Task Apply_OfAFrozenEnvironment_IsRefused()
    {
        await _stage.DoAsync("freeze on --why Friday");

        var refused = await _stage.DoAsync("apply", ExitCode.CloudFailed);
        await _stage.DoAsync("apply --override=needed");

        Assert.That(refused.Error, Does.Contain("Staging is frozen since").IgnoreCase);
        Assert.That((await _stage.DoAsync("change:list")).Out, Does.Contain(" apply ").And.Contain("(overridden)"));
    }

    [TestCase("0", 1)]
    [TestCase("1", 2)]
    public async Task Apply_WhereAFleetFails_BeginsNothingAfterItAndNoMoreThanItMay(string most, int begun)
    {
        _stage.Edit(manifest =>
        {
            manifest["alone"] = JObject.Parse("""{"after": ["side"]}""");
            manifest["side"] = new JObject();
            manifest["db"]!["autoscale"] = JObject.Parse("""{"node_min": 0, "node_max": 2, "timeout": 0, "target_groups": ["nowhere"]}""");
        });

        var run = await _stage.RunAsync($"apply --json --parallel 1 --max-failures {most}");
        var fleets = run.End["steps"]!.Where(step => (string?)step["step"] == "run-fleet").Select(step => $"{step["text"]} {step["result"]}").ToList();

        Assert.That(run.Code, Is.Not.EqualTo(ExitCode.Done), run.Error);
        Assert.That(fleets[0], Does.StartWith("run the fleet db").And.EndWith("failed"));
        Assert.That(fleets.Count, Is.EqualTo(begun + (most == "1" ? 1 : 0)), run.Error);
        Assert.That(run.Error, Does.Contain("not begun: run the fleet www, and wait until it is healthy (wave 2)"));
    }

    [Test]
    public async Task Plan_WithoutAnEnvironment_GoesByTheGroupsAlone()
    {
        using var stage = new PlanStage("""
            {
              "__settings__": {"cloud": "local", "local": {"delay_scale": 0.01}},
              "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.small", "autoscale": {"node_min": 0, "timeout": 0}},
              "www": {}
            }
            """);

        Assert.That(await stage.StaleAsync(), Is.EqualTo(new[] { "role roles/www.json: is missing", "image www: never baked", "fleet www: it does not run" }));
        await stage.DoAsync("apply");
        Assert.That((await stage.DoAsync("plan")).Out, Is.EqualTo("Nothing of what is in no environment is stale.\n"));
    }

    [Test]
    public async Task Apply_OfAFleetThatWaitsForItsChannel_LeavesItToAPerson()
    {
        using var stage = new PlanStage("""
            {
              "__settings__": {"cloud": "local", "local": {"delay_scale": 0.01}},
              "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.small", "autoscale": {"node_min": 0, "timeout": 0}},
              "www": {"image_channel": "stable"}
            }
            """);

        var applied = await stage.DoAsync("apply");
        Assert.That(applied.Error, Does.Contain("left: www:stable: there is no such channel, and the group's fleet waits for it; ").And.Contain("image:promote www --to stable"));
        await stage.DoAsync("image:promote www --to stable");
        Assert.That(await stage.StaleAsync(), Is.EqualTo(new[] { "fleet www: it does not run" }));
        await stage.DoAsync("apply");
        Assert.That((await stage.DoAsync("plan")).Out, Is.EqualTo("Nothing of what is in no environment is stale.\n"));
    }

    [Test]
    public async Task Plan_WithTemplatesForPacker_TellsThoseThatAreStale()
    {
        await _stage.DoAsync("apply");
        await _stage.DoAsync("packer:create");
        _stage.Project.Write("packer/staging/db.json", "{}\n");

        Assert.That(await _stage.StaleAsync(), Is.EqualTo(new[] { "template packer/staging/db.json: differs from what the manifest says" }));
        await _stage.DoAsync("apply");
        await _stage.DoAsync("plan");
    }

    [Test]
    public async Task Apply_OfAPlanForAnotherEnvironment_IsRefused()
    {
        await _stage.DoAsync("plan --out plan.json", ExitCode.Changes);
        _stage.Edit(manifest => manifest["__environments__"]!["production"] = new JObject());

        var other = await _stage.DoAsync("apply plan.json -e production", ExitCode.BadInput);
        var missing = await _stage.DoAsync("apply no-such.json", ExitCode.BadInput);
        var edited = _stage.Project.Read("plan.json").Replace("never baked", "baked", StringComparison.Ordinal);
        _stage.Project.Write("plan.json", edited);
        var wrong = await _stage.DoAsync("apply plan.json", ExitCode.BadInput);

        _stage.Project.Write("garbage.json", "{\"a\": nothing");
        var garbage = await _stage.DoAsync("apply garbage.json", ExitCode.BadInput);
        var nowhere = await _stage.DoAsync("plan --out no/such/plan.json", ExitCode.BadInput);
        var fewer = await _stage.DoAsync("apply --parallel -1", ExitCode.BadInput);

        Assert.That(garbage.Error, Does.Match(@"package: garbage\.json:1:\d+: this is no plan: it is not JSON from here on"));
        Assert.That(nowhere.Error, Does.Contain("no/such/plan.json cannot be written: its folder is not there."));
        Assert.That(fewer.Error, Does.Contain("--parallel -1 is not a whole number from 0 up."));
        Assert.That(other.Error, Does.Contain("The command is to work on staging, and --environment says production."));
        Assert.That(missing.Error, Does.Contain("The plan no-such.json cannot be read: there is no such file."));
        Assert.That(wrong.Error, Does.Match(@"package: plan\.json:8:\d+: items was edited after the plan was made\."));
    }

    [Test]
    public async Task Plan_OutIsALinkToAPlan_IsWrittenThroughAndStays()
    {
        _stage.Project.Write("kept.json", "{\"baker_plan\": 0}" + new string(' ', 100_000));
        File.CreateSymbolicLink(_stage.Project.PathOf("link.json"), "kept.json");

        await _stage.DoAsync("plan --out link.json", ExitCode.Changes);

        Assert.That(JObject.Parse(_stage.Project.Read("kept.json"))["items"], Is.Not.Empty);
        Assert.That(_stage.Project.Read("kept.json"), Does.Not.Contain("   \n"));
        Assert.That(new FileInfo(_stage.Project.PathOf("link.json")).LinkTarget, Is.EqualTo("kept.json"));

        File.Delete(_stage.Project.PathOf("kept.json"));
        await _stage.DoAsync("plan --out link.json", ExitCode.Changes);

        Assert.That(JObject.Parse(_stage.Project.Read("kept.json"))["items"], Is.Not.Empty, "a link to what is still to come");
    }

    [Test]
    public async Task Plan_OutIsNewOrEmptyOrAPlan_IsWritten()
    {
        _stage.Project.Write("plan.json", "");

        await _stage.DoAsync("plan --out plan.json", ExitCode.Changes);
        var first = _stage.Project.Read("plan.json");
        await _stage.DoAsync("plan www --out plan.json", ExitCode.Changes);

        Assert.That(JObject.Parse(first)["items"], Is.Not.Empty);
        Assert.That(JObject.Parse(_stage.Project.Read("plan.json"))["groups"], Is.Not.Empty);
    }

    [TestCase("nodes.json", "is there, and is no plan that was kept")]
    [TestCase("link.json", "is there, and is no plan that was kept")]
    [TestCase("notes.txt", "is there, and is no plan that was kept")]
    [TestCase("binary", "is there, and is no plan that was kept")]
    [TestCase("list.json", "is there, and is no plan that was kept")]
    [TestCase("pipe", "is neither a file nor a folder")]
    [TestCase("folder", "is a folder")]
    [TestCase("", "names no file")]
    public async Task Plan_OutIsAnythingElse_IsRefusedBeforeAnythingIsLookedAtAndStays(string name, string why)
    {
        _stage.Project.Write("notes.txt", "to do\n");
        _stage.Project.Write("list.json", "[{\"baker_plan\": 1}]");
        File.WriteAllBytes(_stage.Project.PathOf("binary"), [0xff, 0, 0xfe, 0x80]);
        File.CreateSymbolicLink(_stage.Project.PathOf("link.json"), "nodes.json");
        Directory.CreateDirectory(_stage.Project.PathOf("folder"));
        await ProcessRun.RunAsync(new ProcessStartInfo("mkfifo", [_stage.Project.PathOf("pipe")]));
        string[] files = ["nodes.json", "notes.txt", "list.json"];
        var before = files.Select(_stage.Project.Read).ToList();
        var calls = new ConcurrentBag<string>();
        _stage.Project.Network = cloud => new Watch(cloud, calls);

        var refused = await _stage.RunAsync($"plan --out={name}").WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That(refused.Code, Is.EqualTo(ExitCode.BadInput), refused.Error);
        Assert.That(refused.Error, Does.Contain($"--out \"{name}\" {why}.").And.Contain("Name another file"));
        Assert.That(calls, Is.Empty);
        Assert.That(files.Select(_stage.Project.Read), Is.EqualTo(before));
        Assert.That(new FileInfo(_stage.Project.PathOf("link.json")).LinkTarget, Is.EqualTo("nodes.json"));
    }
}
