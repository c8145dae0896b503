using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Instances;
using Baker.Cli.Tests.Programs;
using Baker.Cloud;
using Baker.Cloud.Discovery;
using Baker.Cloud.Fleets;
using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.LocalCloud.Configuration;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Services;

/// <summary>The commands on services, on a local cloud that executes nothing.</summary>
internal sealed class ServiceCommandTests
{
    [Test]
    public async Task Graph_OfAnEnvironment_IsInThreeForms()
    {
        using var project = new TestProject(Invocations.Services);

        var text = await project.RunAsync("service:graph", "-e", "staging");
        var dot = await project.RunAsync("service:graph", "-e", "staging", "--format", "dot");
        var json = await project.RunAsync("service:graph", "-e", "staging", "--format", "json");

        Assert.That((text.Code, text.Error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(text.Out, Is.EqualTo("""
            web
              needs api of back
              needs recommendation (optional), which no group provides
            back
              provides api (port 8080, check /status, recipe[services::api])
              provides worker (services::worker)

            """));
        Assert.That(dot.Out, Does.StartWith("digraph services {\n").And.Contain("\"group web\" -> \"service recommendation\" [style=dashed];"));
        Assert.That((string?)JObject.Parse(json.Out)["environment"], Is.EqualTo("staging"));
    }

    [Test]
    public async Task Graph_WithoutServices_SaysSo()
    {
        using var project = new TestProject("{\"a\": {}}");
        var run = await project.RunAsync("service:graph");
        Assert.That((run.Code, run.Out, run.Error), Is.EqualTo((ExitCode.Done, "", "No group of nodes.json provides or needs a service.\n")));
    }

    [TestCase("{\"a\": {\"config\": false, \"needs\": {\"api\": {}}}}", "nodes.json:1:35: error BK009: a needs the service \"api\", and no group provides it.")]
    [TestCase("{\"__settings__\": {\"catalog\": {\"etcd\": []}}, \"a\": {}}", "nodes.json:1:39: error BK009: __settings__.catalog.etcd is an empty list, and needs at least one endpoint.")]
    public async Task Graph_Mistake_IsToldAtItsLine(string manifest, string said)
    {
        using var project = new TestProject(manifest);
        var run = await project.RunAsync("service:graph");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.StartWith(said));
    }

    [TestCase("\"services_reload\": [\"§\"]", "services_reload")]
    [TestCase("\"services_converge\": \"§\"", "services_converge")]
    [TestCase("\"drain\": {\"script\": \"§\"}", "drain")]
    public async Task Graph_MoreThanAParameterHolds_IsToldAtItsLine(string attribute, string name)
    {
        using var project = new TestProject(Manifest(8000));
        var fits = await project.RunAsync("service:graph");
        project.Write("nodes.json", Manifest(8192));
        var run = await project.RunAsync("service:graph");

        Assert.That(fits.Code, Is.EqualTo(ExitCode.Done), fits.Error);
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Match(
            $"nodes.json:3:\\d+: What the nodes of a are told of services has 8\\d\\d\\d bytes, most of them of {name}, and a parameter of SSM takes 8192\\."));

        string Manifest(int length) => "{\"a\": {\"config\": true, \"iam_instance_profile\": \"a\",\n\"provides\": {\"x\": {}},\n"
            + attribute.Replace("§", new string('x', length), StringComparison.Ordinal)
            + "}}";
    }

    [Test]
    public async Task Graph_OtherFormat_IsRefused()
    {
        using var project = new TestProject("{\"a\": {}}");
        var run = await project.RunAsync("service:graph", "--format", "jsn");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("--format takes text, dot, json, not \"jsn\".").And.Contain("Did you mean \"json\"?"));
    }

    [Test]
    public async Task List_NodesThatLiveAndDie_IsJoinedWithWhatTheCloudSays()
    {
        using var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace(
            "\"idle\": {}",
            "\"idle\": {\"provides\": {\"worker\": {}}, \"needs\": {\"api\": {}}}, \"api\": {\"provides\": {\"api\": {\"port\": 8080}}}",
            StringComparison.Ordinal).Replace("\"www\": {", "\"www\": {\"provides\": {\"front\": {\"port\": 80}}, \"needs\": {\"api\": {\"optional\": true}}, ", StringComparison.Ordinal));
        var lives = await project.CreateAsync("one");
        var address = (string)(await project.NodesAsync()).Single()["private_address"]!;
        await AnnounceAsync(project, Entry("front", "www", lives, address), Entry("front", "www", "i-0123456789abcdef0", "10.9.9.9"));

        var list = await project.RunAsync("service:list");
        var json = await project.RunAsync("service:list", "front", "--json");
        var show = await project.RunAsync("service:show", "api");
        var other = await project.RunAsync("service:show", "fronts");
        await AnnounceAsync(project, Entry("old", "www", lives, address));
        var nope = await project.RunAsync("service:show", "nope");

        Assert.That(list.Code, Is.EqualTo(ExitCode.Done), list.Error);
        var lines = list.Out.TrimEnd('\n').Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToArray();
        Assert.That(lines, Is.EquivalentTo(new[]
        {
            "SERVICE GROUP INSTANCE ADDRESS ZONE VERSION SINCE STATE",
            $"front www {lives} {address}:80 us-east-1a ami-1ebb2077 2026-11-27 08:00:00Z serving",
            "front www i-0123456789abcdef0 10.9.9.9:80 us-east-1a ami-1ebb2077 2026-11-27 08:00:00Z dead: there is no such instance",
            "worker idle - - - - - not announced",
            "api api - - - - - not announced",
        }));
        Assert.That(
            JArray.Parse(json.Out).ToDictionary(each => (string)each["instance"]!, each => ((string?)each["state"], (string?)each["announced"], (string?)each["reason"])),
            Is.EquivalentTo(new Dictionary<string, (string?, string?, string?)>
            {
                [lives] = ("serving", "serving", null),
                ["i-0123456789abcdef0"] = ("dead", "serving", "there is no such instance"),
            }));
        Assert.That(show.Out, Is.EqualTo("provided by  api\nneeded by    www (optional), idle\n\nNo node has announced it.\n"));
        Assert.That(other.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(other.Error, Does.Contain("There is no service \"fronts\"").And.Contain("Did you mean \"front\"?"));
        Assert.That(nope.Error, Does.Contain("no group provides or needs it, and no node has announced it").And.Contain("There are api, front, old, worker."));
    }

    [Test]
    public async Task Deploy_Warning_IsSaidOnce()
    {
        using var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace(
            "\"idle\": {}",
            "\"idle\": {\"verify_http\": {\"port\": 80, \"prot\": 1}}",
            StringComparison.Ordinal));
        await project.CreateAsync("one");

        var run = await project.RunAsync("instance:deploy", "www", "--dry-run");

        Assert.That(run.Error.Split("BK011").Length - 1, Is.EqualTo(1), run.Error);
    }

    [Test]
    public async Task Decommission_NodesThatLiveAndDie_WithdrawsTheOneAndRemovesTheOther()
    {
        using var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace(
            "\"idle\": {}",
            "\"idle\": {\"needs\": {\"front\": {}}}",
            StringComparison.Ordinal).Replace("\"www\": {", "\"www\": {\"provides\": {\"front\": {\"port\": 80}}, ", StringComparison.Ordinal));
        var lives = await project.CreateAsync("one");
        var address = (string)(await project.NodesAsync()).Single()["private_address"]!;
        await AnnounceAsync(project, Entry("front", "www", lives, address), Entry("front", "www", "i-0123456789abcdef0", "10.9.9.9"));

        var unknown = await project.RunAsync("service:decommission", "front", "--node", "i-1");
        var one = await project.RunAsync("service:decommission", "front", "--node", lives, "--dry-run");
        var dry = await project.RunAsync("service:decommission", "front", "--dry-run");
        var dead = await project.RunAsync("service:decommission", "front", "--node", "i-0123456789abcdef0");
        await AnnounceAsync(project, Entry("front", "www", "i-0123456789abcdef0", "10.9.9.9"));
        var wet = await project.RunAsync("service:decommission", "front");
        var again = await project.RunAsync("service:decommission", "front");
        var list = JArray.Parse((await project.RunAsync("service:list", "--json")).Out);

        Assert.That(unknown.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(unknown.Error, Does.Contain("\"i-1\" has not announced front."));
        Assert.That((one.Code, one.Out.Trim()), Is.EqualTo((ExitCode.Changes, $"1. withdraw front on {lives} in us-east-1, so that others stop using it")));
        Assert.That(dry.Out, Does.Contain("remove front on i-0123456789abcdef0 in us-east-1 from the catalogue: there is no such instance"));
        Assert.That(wet.Code, Is.EqualTo(ExitCode.Done), wet.Error);
        Assert.That((dead.Code, dead.Out), Is.EqualTo((ExitCode.Done, "i-0123456789abcdef0 has front no more; 1 of 2 announced instances stay.\n")));
        Assert.That(wet.Error, Does.Contain("Nobody else serves front, and idle needs it."));
        Assert.That(wet.Out, Does.Contain("www still provides it in the manifest"));
        Assert.That((again.Code, again.Out), Is.EqualTo((ExitCode.Done, "front is withdrawn already.\n")));
        Assert.That(list.Select(each => ((string?)each["instance"], (string?)each["state"])), Is.EqualTo(new[] { (lives, "leaving") }));
    }

    [Test]
    public async Task DeployNeeds_GroupsThatNeedIt_AreConverged()
    {
        using var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace(
            "\"idle\": {}",
            "\"idle\": {\"provides\": {\"api\": {}, \"worker\": {}}}",
            StringComparison.Ordinal).Replace("\"www\": {", "\"www\": {\"needs\": {\"api\": {\"optional\": true}}, ", StringComparison.Ordinal));
        await project.CreateAsync("one");

        var needs = await project.RunAsync("instance:deploy", "--needs", "api", "--dry-run");
        var nobody = await project.RunAsync("instance:deploy", "--needs", "worker");
        var unknown = await project.RunAsync("instance:deploy", "--needs", "apy");
        var both = await project.RunAsync("instance:deploy", "idle", "--needs", "api");
        var drained = await project.RunAsync("instance:deploy", "--needs", "api", "--drain", "--bring-back");

        Assert.That((needs.Code, needs.Out.Trim()), Is.EqualTo((ExitCode.Changes, "1. converge the nodes of www, 10 at a time")), needs.Error);
        Assert.That((nobody.Code, nobody.Out), Is.EqualTo((ExitCode.Done, "Nothing to converge: no group needs worker.\n")));
        Assert.That(unknown.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(unknown.Error, Does.Contain("There is no service \"apy\": no group provides or needs it.").And.Contain("Did you mean \"api\"?"));
        Assert.That(both.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(both.Error, Does.Contain("--needs says which groups to converge, and so do their names."));
        Assert.That(drained.Error, Does.Contain("--drain and --bring-back exclude each other."));
    }

    [Test]
    public async Task Terminate_TheLastThatServes_WarnsAndWithdrawsFirst()
    {
        using var project = new InstanceProject(executes: false);
        var plain = project.Project.Read("nodes.json");
        project.Project.Write("nodes.json", plain.Replace(
            "\"idle\": {}",
            "\"idle\": {\"needs\": {\"front\": {}}}",
            StringComparison.Ordinal).Replace("\"www\": {", "\"www\": {\"provides\": {\"front\": {\"port\": 80}}, ", StringComparison.Ordinal));
        var (one, two) = (await project.CreateAsync("one"), await project.CreateAsync("two"));
        var addresses = (await project.NodesAsync()).ToDictionary(node => (string)node["id"]!, node => (string)node["private_address"]!);
        await AnnounceAsync(project, Entry("front", "www", one, addresses[one]), Entry("front", "www", two, addresses[two]));

        var first = await project.RunAsync("instance:terminate", "one", "--dry-run");
        var both = await project.RunAsync("instance:terminate", "one", "two", "--dry-run");
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace("{\"needs\": {\"front\": {}}}", "{}", StringComparison.Ordinal));
        var wet = await project.RunAsync("instance:terminate", "one", "--yes");
        var left = JArray.Parse((await project.RunAsync("service:list", "--json")).Out);

        Assert.That(first.Code, Is.EqualTo(ExitCode.Changes), first.Error);
        Assert.That(first.Error, Does.Not.Contain("Nobody else"));
        Assert.That(InstanceProject.Steps(first.Out).Select(step => step.Trim()), Is.EqualTo(new[]
        {
            $"1. withdraw front on {one} from the catalogue, so that others stop using it",
            $"2. remove front on {one} from the catalogue",
            $"3. terminate {one} (one of www)",
        }));
        Assert.That(both.Error, Does.Contain("Nobody else serves front, and idle needs it."));
        Assert.That(wet.Code, Is.EqualTo(ExitCode.Done), wet.Error);
        Assert.That(left.Select(each => ((string?)each["instance"], (string?)each["state"])), Is.EqualTo(new[] { (two, "serving") }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Deploy_ThatTakesAServiceAway_WithdrawsItFirstAndRemovesItLast(bool drains)
    {
        var drain = drains ? "\"config\": true, \"iam_instance_profile\": \"www\", \"drain\": {\"script\": \"/bin/true\"}, " : "";
        using var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace("\"www\": {", $"\"www\": {{{drain}\"provides\": {{\"front\": {{\"port\": 80}}}}, ", StringComparison.Ordinal));
        var lives = await project.CreateAsync("one");
        var address = (string)(await project.NodesAsync()).Single()["private_address"]!;
        await AnnounceAsync(project, Entry("front", "www", lives, address), Entry("older", "www", lives, address), Entry("older", "idle", "i-0123456789abcdef0", "10.9.9.9"));

        var dry = await project.RunAsync("instance:deploy", "www", "--dry-run");

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes), dry.Error);
        Assert.That(InstanceProject.Steps(dry.Out).Select(step => step.Trim()), Is.EqualTo((string[])
        [
            $"1. withdraw older on {lives} in us-east-1, so that others stop using it",
            "2. converge the nodes of www, 10 at a time",
            .. drains ? (string[])[] : [$"3. remove older on {lives} in us-east-1 from the catalogue: www provides it no more"],
        ]));
        const string Drains = "www: older is leaving: its nodes drain what is dropped, and then take it out of the catalogue";
        Assert.That(dry.Out + dry.Error, drains ? Does.Contain(Drains) : Does.Not.Contain(Drains));
        Assert.That(dry.Error, Does.Not.Contain("WARNING The run list"));

        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace("\"www\": {", "\"www\": {\"services_from\": \"recipe[svc::*]\", ", StringComparison.Ordinal));
        var derived = await project.RunAsync("instance:deploy", "www", "--dry-run");

        Assert.That(derived.Error, Does.Contain("WARNING The run list of www has no recipe that ends older (svc::delete-older): what it installed runs on until such a recipe has run, or "));
    }

    [Test]
    public async Task Deploy_OfAGroupThatProvidesNothingAnyMore_TakesWhatItsNodesWereToldAway()
    {
        using var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace("\"www\": {", "\"www\": {\"config\": true, \"iam_instance_profile\": \"www\", \"provides\": {\"front\": {}}, ", StringComparison.Ordinal));
        await project.CreateAsync("one");
        project.Project.Write("nodes.json", project.Project.Read("nodes.json")
            .Replace("\"provides\": {\"front\": {}}, ", "", StringComparison.Ordinal)
            .Replace("\"idle\": {", "\"idle\": {\"provides\": {\"back\": {}}", StringComparison.Ordinal));

        var dry = await project.RunAsync("instance:deploy", "www", "--dry-run");

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes), dry.Error);
        Assert.That(InstanceProject.Steps(dry.Out)[0].Trim(), Is.EqualTo("1. no longer tell nodes of what www provides and needs"));
    }

    [Test]
    public async Task Watch_WhatComesTurnsAndGoes_IsALineEach()
    {
        var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace("\"www\": {", "\"www\": {\"provides\": {\"front\": {}, \"other\": {}}, ", StringComparison.Ordinal));
        var lives = await project.CreateAsync("one");
        var address = (string)(await project.NodesAsync()).Single()["private_address"]!;
        project.Project.Environment["BAKER_LOCAL_EXEC"] = "0";
        await using var fleet = await FleetProject.ServeAsync(project.Project);
        var catalog = CatalogOn(fleet.Clients);
        await fleet.Clients.SSM.PutParameterAsync(new() { Name = "/baker/services/front/i-none", Value = "{}", Type = "String" });
        using var watch = new PackageProcess(project.Project, ["service:watch", "front", "--json"]);
        await watch.UntilSaysAsync("Following front: 0 entries now.");

        await catalog.AnnounceAsync(Entry("other", "www", lives, address), CancellationToken.None);
        await catalog.AnnounceAsync(Entry("front", "www", lives, address), CancellationToken.None);
        await watch.UntilSaysAsync("\"change\":\"came\"");
        await catalog.WithdrawAsync(ServiceName.Parse("front"), lives, CancellationToken.None);
        await watch.UntilSaysAsync("\"change\":\"leaving\"");
        await fleet.Clients.EC2.StopInstancesAsync(new() { InstanceIds = [lives] });
        await watch.UntilSaysAsync("\"change\":\"dead\"");
        await catalog.RemoveAsync(ServiceName.Parse("front"), lives, CancellationToken.None);
        await watch.UntilSaysAsync("\"change\":\"gone\"");
        watch.Signal(2);
        var run = await watch.EndAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Error);
        Assert.That((int)run.Failure["code"]!, Is.EqualTo((int)ExitCode.Interrupted), "the last line");
        var told = run.JsonLines.SkipLast(1).ToList();
        Assert.That(told.Select(each => ((string?)each["change"], (string?)each["service"])), Is.EqualTo(new[] { ("came", "front"), ("leaving", "front"), ("dead", "front"), ("gone", "front") }));
        Assert.That((string?)told[2]["reason"], Does.StartWith("the instance is stop"));
        Assert.That(run.Error.Split("i-none is no entry of the catalogue"), Has.Length.EqualTo(2), "said once");
    }

    [Test]
    public async Task Drift_ManifestCookbooksAndCatalogue_AreCompared()
    {
        using var project = new InstanceProject(executes: false);
        var quiet = await project.RunAsync("service:drift");
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace(
            "\"www\": {",
            "\"www\": {\"services_from\": \"recipe[svc::*]\", \"run_list\": [\"recipe[svc::front]\"], ",
            StringComparison.Ordinal));
        project.Project.Write("cookbooks/svc/recipes/front.rb", "");
        var lives = await project.CreateAsync("one");
        await AnnounceAsync(project, Entry("front", "www", "i-0123456789abcdef0", "10.9.9.9"));

        var drift = await project.RunAsync("service:drift");
        var json = await project.RunAsync("service:drift", "www", "--json");
        var idle = await project.RunAsync("service:drift", "idle");

        Assert.That((quiet.Code, quiet.Out), Is.EqualTo((ExitCode.Done, "")), quiet.Error);
        Assert.That(drift.Code, Is.EqualTo(ExitCode.Changes), drift.Error);
        Assert.That(drift.Out.TrimEnd('\n').Split('\n'), Is.EqualTo(new[]
        {
            "www has recipe[svc::front] in its run list, and the cookbook svc has no recipe delete-front",
            "front is announced on i-0123456789abcdef0 of www, and dead: there is no such instance",
            $"www provides front, and {lives} runs and has not announced it: instance:run www -- baker-node notify announces it again, or says why not",
        }));
        Assert.That(JArray.Parse(json.Out).Select(each => (string?)each["kind"]), Is.EqualTo(new[] { "no-removal", "dead", "silent" }));
        Assert.That((idle.Code, idle.Out), Is.EqualTo((ExitCode.Done, "")), idle.Error);
    }

    private static ServiceEntry Entry(string service, string group, string instance, string address) => new()
    {
        Service = ServiceName.Parse(service),
        Group = GroupName.Parse(group),
        Instance = instance,
        Address = address,
        Port = 80,
        Zone = "us-east-1a",
        Version = "ami-1ebb2077",
        Since = new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero),
    };

    /// <summary>Writes entries as nodes would.</summary>
    private static async Task AnnounceAsync(InstanceProject project, params ServiceEntry[] entries)
    {
        await using var local = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = project.Project.PathOf(".package"), Execute = false }, CancellationToken.None);
        using var clients = new CloudClients(new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = project.Project.Key(), ServiceUrl = local.Listen() }, "us-east-1");
        var catalog = CatalogOn(clients);
        foreach (var entry in entries)
        {
            await catalog.AnnounceAsync(entry, CancellationToken.None);
        }
    }

    private static SsmCatalog CatalogOn(CloudClients clients) => new(new FleetContext
    {
        Clients = clients,
        Pacer = new Pacer(TimeProvider.System),
        Time = TimeProvider.System,
        Clock = new CloudClock(TimeProvider.System),
        Operator = Operator.OfThisProcess(),
        Say = _ => { },
    });
}
