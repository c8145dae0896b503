using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Instances;

/// <summary>The commands on single instances, on a local cloud that executes nothing.</summary>
internal sealed class InstanceCommandTests
{
    private InstanceProject _project = null!;

    [SetUp]
    public void Open() => _project = new InstanceProject(executes: false);

    [TearDown]
    public void Close() => _project.Dispose();

    [Test]
    public async Task Create_NewKey_LaunchesAnInstanceAndWritesItsDna()
    {
        var id = await _project.CreateAsync("debug");

        var node = (await _project.NodesAsync()).Single();
        Assert.That(new[] { "id", "group", "name", "zone", "image", "key" }.Select(name => (string?)node[name]), Is.EqualTo(new[] { id, "www", "debug", "us-east-1a", "ami-1ebb2077", "ops" }));
        Assert.That(JObject.Parse(_project.Project.Read($"dna/www-{id}.json"))["run_list"]!.Values<string>(), Is.EqualTo(new[] { "role[role-www]" }));
    }

    [Test]
    public async Task Create_DryRun_PrintsTheStepsThatTheRunTakesAndChangesNothing()
    {
        string[] arguments = ["instance:create", "www", "--key", "ops.pem", "--name", "debug", "--image", "ami-1ebb2077", "--zone", "us-east-1a"];

        var dry = await _project.RunAsync([.. arguments, "--dry-run"]);
        Assert.That(await _project.NodesAsync(), Is.Empty);
        var wet = await _project.RunAsync(arguments);

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(InstanceProject.Steps(dry.Out), Has.Length.EqualTo(3).And.EqualTo(InstanceProject.Steps(wet.Error)));
    }

    [Test]
    public async Task Create_SameKeyAgain_ImportsNothing()
    {
        await _project.CreateAsync("one");

        var dry = await _project.RunAsync("instance:create", "www", "--key", "ops.pem", "--name", "two", "--image", "ami-1ebb2077", "--dry-run");

        Assert.That(InstanceProject.Steps(dry.Out), Has.None.Contains("import"));
    }

    [Test]
    public async Task Create_AnotherKeyOfTheSameName_IsRefusedAndNothingIsLaunched()
    {
        await _project.CreateAsync("one");
        _project.WriteKey("ops.pem");

        var run = await _project.RunAsync("instance:create", "www", "--key", "ops.pem", "--name", "two", "--image", "ami-1ebb2077");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("has a key pair ops already, made from another key"));
        Assert.That(await _project.NodesAsync(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Create_FileIsNoKey_IsRefused()
    {
        _project.Project.Write("ops.pem", "no key\n");

        var run = await _project.RunAsync("instance:create", "www", "--key", "ops.pem", "--name", "two", "--image", "ami-1ebb2077");

        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.BadInput, run.Error)));
        Assert.That(run.Error, Does.Contain("ops.pem holds no private key"));
    }

    [Test]
    public async Task Deploy_TwoNodes_CountsThem()
    {
        await _project.CreateAsync("one");
        await _project.CreateAsync("two");

        var run = await _project.RunAsync("instance:deploy", "--yes");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Does.Match(@"^GROUP +NODES +DONE +FAILED +NOT BEGUN\nwww +2 +2 +0 +0\n$"));
    }

    [TestCase("--drain")]
    [TestCase("-n 3")]
    public async Task Deploy_DryRun_PrintsTheStepsThatTheRunTakes(string how)
    {
        await _project.CreateAsync("one");
        await _project.CreateAsync("two");

        var dry = await _project.RunAsync(["instance:deploy", "www", .. how.Split(' '), "--dry-run"]);
        var wet = await _project.RunAsync(["instance:deploy", "www", .. how.Split(' ')]);

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(wet.Code, Is.EqualTo(ExitCode.Done), wet.Error);
        Assert.That(InstanceProject.Steps(dry.Out), Is.Not.Empty.And.EqualTo(InstanceProject.Steps(wet.Error)));
    }

    [Test]
    public async Task Deploy_NobodyRuns_HasNoStepDryOrForReal()
    {
        var dry = await _project.RunAsync("instance:deploy", "www", "--dry-run");
        var wet = await _project.RunAsync("instance:deploy", "www");

        Assert.That((dry.Code, dry.Out), Is.EqualTo((ExitCode.Done, "Nothing to converge: no instance of www runs.\n")));
        Assert.That((wet.Code, wet.Out), Is.EqualTo((dry.Code, dry.Out)));
    }

    [Test]
    public async Task Deploy_DrainAndBringBack_ExcludeEachOther() =>
        Assert.That((await _project.RunAsync("instance:deploy", "--drain", "--bring-back")).Code, Is.EqualTo(ExitCode.BadInput));

    [Test]
    public async Task Deploy_NothingIsOut_BringBackSaysSo()
    {
        var run = await _project.RunAsync("instance:deploy", "www", "--bring-back");

        Assert.That((run.Code, run.Out), Is.EqualTo((ExitCode.Done, "No node is out of service: there is nothing to bring back.\n")));
    }

    [Test]
    public async Task Terminate_ByName_EndsThatOneAndItsDryRunSaysSo()
    {
        await _project.CreateAsync("one");
        await _project.CreateAsync("two");

        var dry = await _project.RunAsync("instance:terminate", "two", "--dry-run");
        Assert.That(await _project.NodesAsync(), Has.Length.EqualTo(2));
        var wet = await _project.RunAsync("instance:terminate", "two", "--yes");

        Assert.That(InstanceProject.Steps(dry.Out), Has.Length.EqualTo(1).And.EqualTo(InstanceProject.Steps(wet.Error)));
        Assert.That((await _project.NodesAsync()).Select(node => (string?)node["name"]), Is.EqualTo(new[] { "one" }));
    }

    [Test]
    public async Task Terminate_Unknown_IsRefused()
    {
        await _project.CreateAsync("one");

        var run = await _project.RunAsync("instance:terminate", "one", "nobody");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("No instance of the groups is \"nobody\", by its id or its name."));
        Assert.That(await _project.NodesAsync(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Inventory_Nodes_AreInTheirGroups()
    {
        var id = await _project.CreateAsync("one");

        var list = JObject.Parse((await _project.RunAsync("instance:inventory", "--list")).Out);
        var host = JObject.Parse((await _project.RunAsync("instance:inventory", "--host", id)).Out);

        foreach (var group in new[] { "group_www", "environment_test", "name_one" })
        {
            Assert.That(list[group]!["hosts"]!.Values<string>(), Is.EqualTo(new[] { id }), group);
        }

        Assert.That(list["_meta"]!["hostvars"]![id], Is.EqualTo(host).Using<JToken>(JToken.DeepEquals));
        Assert.That((string?)host["baker_group"], Is.EqualTo("www"));
    }

    [Test]
    public async Task Shell_UnknownNode_SaysWhereToLook()
    {
        var run = await _project.RunAsync("instance:shell", "nobody");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("There is no node nobody").And.Contain("instance:list"));
    }

    [Test]
    public async Task Shell_NothingRunsThere_SaysSo()
    {
        await _project.CreateAsync("one");

        var run = await _project.RunAsync("instance:shell", "one");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Contain("it has no sandbox"));
    }

    /// <summary>Each node of a fleet has its group's name.</summary>
    [Test]
    public async Task Reach_AGroupWithAFleetOfTwo_IsItsNewestNode()
    {
        _project.Project.Write("nodes.json", _project.Project.Read("nodes.json").Replace("\"idle\": {}", "\"idle\": {\"autoscale\": {\"node_min\": 1, \"node_max\": 3, \"timeout\": 0}}", StringComparison.Ordinal));
        await _project.RunAsync("autoscale:run", "idle", "--image", "ami-1ebb2077");
        var old = (await _project.NodesAsync()).Select(node => (string)node["id"]!).ToList();
        await _project.RunAsync("autoscale:scale", "idle", "2");
        await Wait.UntilAsync(async () => (await _project.NodesAsync()).Count(node => (string?)node["state"] == "running" && (string?)node["name"] == "idle") == 2);
        var newest = (await _project.NodesAsync()).Select(node => (string)node["id"]!).Except(old).Single();

        foreach (var words in new string[][] { ["instance:shell", "idle"], ["instance:copy", "idle:/x", "x"] })
        {
            var run = await _project.RunAsync(words);
            Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), words[0]);
            Assert.That(run.Error, Does.Contain($"Nothing runs in {newest}: it has no sandbox."), words[0]);
        }
    }

    [Test]
    public async Task Shell_TwoNodesOfAName_AsksForTheId()
    {
        var other = await _project.RunAsync("instance:create", "idle", "--key", "ops.pem", "--name", "one", "--image", "ami-1ebb2077", "--zone", "us-east-1a");
        string[] ids = [other.Out.Trim(), await _project.CreateAsync("one")];

        var run = await _project.RunAsync("instance:shell", "one");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("2 nodes have the name one").And.Contain(ids[0]).And.Contain(ids[1]).And.Contain("Give the id."));
    }
}
