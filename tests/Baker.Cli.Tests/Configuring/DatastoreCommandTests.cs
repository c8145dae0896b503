using System.Collections.Concurrent;
using System.Web;
using Baker.Cli.Tests.Programs;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Configuring;

/// <summary>What commands say of datastores and write down of them, on a local cloud on which nothing executes.</summary>
public sealed class DatastoreCommandTests
{
    private const string Base = """
        "__settings__": {"cloud": "local"},
        "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-11111111", "run_list": [], "config": true, "iam_instance_profile": "p", "uses": ["main"]},
        "__datastores__": {"main": {"host": "first.internal", "port": 5432}, "search": {"host": "search.internal", "port": 9200}},
        "web": {"uses": ["search"]},
        "far": {"region": "eu-west-1"},
        "bare": {"config": false}
        """;

    private TestProject _project = null!;

    [SetUp]
    public void Make() => _project = new TestProject($"{{{Base}}}");

    [TearDown]
    public void Remove() => _project.Dispose();

    [Test]
    public async Task Push_WritesDownWhatIsLookedUp_AndListSaysWhatIsStale()
    {
        Assert.That((await DoAsync(ExitCode.Done, "config:list", "web")).Error, Does.Contain("main: no node has been given it yet"));
        var dry = await DoAsync(ExitCode.Changes, "config:push", "web", "--dry-run");
        Assert.That(dry.Out, Does.Contain("1. give nodes the endpoints of main (host first.internal): first.internal:5432").And.Contain("endpoints of search"));
        await DoAsync(ExitCode.Done, "config:push", "web");

        Assert.That(await ListAsync("web"), Is.EqualTo(new[]
        {
            "MAIN_HOST=first.internal", "MAIN_PORT=5432", "MAIN_READER_HOST=first.internal", "SEARCH_HOST=search.internal", "SEARCH_PORT=9200", "SEARCH_READER_HOST=search.internal",
        }));
        Assert.That(await ListAsync("bare"), Is.Empty);
        Assert.That((await DoAsync(ExitCode.Done, "config:list", "web")).Error, Does.Not.Contain("main:"));

        Replace("first.internal", "second.internal");
        Assert.That((await DoAsync(ExitCode.Done, "config:list", "web")).Error, Does.Contain("main: stale: host first.internal -> second.internal;").And.Contain("config:push carries it"));
        Assert.That((await DoAsync(ExitCode.Changes, "config:push", "web", "--dry-run")).Out, Does.StartWith("  1. give nodes other endpoints of main: host first.internal -> second.internal;"));
        await DoAsync(ExitCode.Done, "config:push", "web");
        Assert.That(await ListAsync("web"), Has.Some.EqualTo("MAIN_HOST=second.internal"));
        Assert.That((await DoAsync(ExitCode.Done, "config:push", "web")).Error, Does.Not.Contain("endpoints"));
    }

    [Test]
    public async Task Endpoints_OfNodesInAnotherRegion_AreThere()
    {
        await DoAsync(ExitCode.Done, "config:push", "far");
        Assert.That(await ListAsync("far"), Is.EqualTo(new[] { "MAIN_HOST=first.internal", "MAIN_PORT=5432", "MAIN_READER_HOST=first.internal" }));
        Assert.That(await ListAsync("web"), Is.Empty);
    }

    [TestCase("web", "SEARCH_NODES")]
    [TestCase("--all-groups", "MAIN_HOST")]
    public async Task Set_WhatADatastoreSays_IsRefused(string target, string variable)
    {
        var refused = await DoAsync(ExitCode.BadInput, "config:set", target, "A=1", $"{variable}=x");
        Assert.That(refused.Error, Does.Contain($"{variable} is what nodes are given of the datastore {variable.Split('_')[0].ToLowerInvariant()}."));
        await DoAsync(ExitCode.Done, "config:set", "bare", $"{variable}=x");
    }

    [Test]
    public async Task Environment_GivesEndpoints_TellsThatTheyAreStale_AndTakesThemAway()
    {
        _project.Write("nodes.json", "{" + Base + """
            , "__environments__": {"staging": {"far": null}, "production": {"__datastores__": {"main": {"host": "prod.internal", "port": 1}}}}}
            """);
        Assert.That((await DoAsync(ExitCode.Changes, "environment:plan", "staging")).Out, Does.Contain("1. give nodes the endpoints of main (host first.internal): first.internal:5432"));
        await DoAsync(ExitCode.Done, "environment:create", "staging");
        await DoAsync(ExitCode.Done, "environment:create", "production");
        await DoAsync(ExitCode.Done, "environment:plan", "staging");

        Replace("first.internal", "second.internal");
        var status = await DoAsync(ExitCode.Done, "environment:status", "staging");
        Assert.That(status.Out, Does.Contain("main       first.internal:5432   stale: host first.internal -> second.internal;").And.Contain("search     search.internal:9200  current"));
        var datastores = JObject.Parse((await DoAsync(ExitCode.Done, "environment:status", "staging", "--json")).Out)["datastores"]!;
        Assert.That(datastores.Select(each => $"{each["datastore"]} {each["endpoint"]} {each["current"]}"), Is.EqualTo(new[] { "main first.internal:5432 False", "search search.internal:9200 True" }));
        var plan = await DoAsync(ExitCode.Changes, "environment:plan", "staging");
        Assert.That(plan.Out, Does.StartWith("  1. give nodes other endpoints of main: host first.internal -> second.internal;").And.Not.Contain("  2. "));
        Assert.That((await DoAsync(ExitCode.Done, "environment:update", "staging")).Error, Does.Contain("nodes that run take it with").And.Contain("config:push"));
        Assert.That((await DoAsync(ExitCode.Done, "environment:status", "staging")).Out, Does.Not.Contain("stale"));
        Assert.That((await DoAsync(ExitCode.Changes, "environment:diff", "staging", "production")).Out, Does.Contain("endpoints main: store host second.internal -> host prod.internal"));

        Replace("\"uses\": [\"search\"]", "\"uses\": []");
        Assert.That((await DoAsync(ExitCode.Changes, "environment:plan", "staging")).Out, Is.EqualTo("  1. no longer give nodes the endpoints of search; the datastore stays\n"));
        await DoAsync(ExitCode.Done, "environment:delete", "staging", "--yes", "staging");
        Assert.That((await DoAsync(ExitCode.Done, "environment:delete", "staging", "--yes", "staging")).Out, Is.EqualTo("Nothing of staging is there.\n"));
        Assert.That(await ListAsync("web", "-e", "production"), Has.Some.EqualTo("MAIN_HOST=prod.internal"));
    }

    [TestCase("config:push web")]
    [TestCase("instance:deploy web")]
    [TestCase("autoscale:run web")]
    [TestCase("autoscale:update web")]
    [TestCase("environment:plan")]
    [TestCase("environment:create")]
    [TestCase("environment:update")]
    public async Task MissingDatastore_EndsACommand_BeforeItChangesAnything(string command)
    {
        _project.Write("nodes.json", "{" + Base.Replace("{\"host\": \"first.internal\", \"port\": 5432}", "{\"rds\": \"nowhere\"}", StringComparison.Ordinal) + """
            , "__environments__": {"staging": {"__base__": {"autoscale": {}}}}}
            """);
        var calls = new ConcurrentBag<string>();
        using var recorder = new Recorder(calls);
        _project.Network = cloud =>
        {
            recorder.InnerHandler = cloud;
            return recorder;
        };
        var refused = await DoAsync(ExitCode.CloudFailed, [.. command.Split(' '), "-e", "staging"]);

        Assert.That(refused.Error, Does.Contain("main: RDS has neither a cluster nor an instance nowhere in us-east-1").And.Contain("Nothing was changed."));
        Assert.That(calls, Is.Not.Empty.And.All.Matches("^(Describe|Get|List)"));
    }

    private void Replace(string text, string by) => _project.Write("nodes.json", _project.Read("nodes.json").Replace(text, by, StringComparison.Ordinal));

    private async Task<List<string>> ListAsync(params string[] arguments) =>
        [.. JArray.Parse((await DoAsync(ExitCode.Done, ["config:list", .. arguments, "--json"])).Out).Select(row => $"{row["name"]}={row["value"]}")];

    private async Task<ProgramRun> DoAsync(ExitCode code, params string[] arguments)
    {
        _project.Environment["BAKER_LOCAL_EXEC"] = "0";
        var run = await _project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(code), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }

    /// <summary>The actions that are asked for.</summary>
    private sealed class Recorder(ConcurrentBag<string> calls) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : "";
            calls.Add(request.Headers.TryGetValues("X-Amz-Target", out var target)
                ? target.First().Split('.')[^1]
                : HttpUtility.ParseQueryString(body)["Action"] ?? $"{request.Method} {request.RequestUri}");
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
