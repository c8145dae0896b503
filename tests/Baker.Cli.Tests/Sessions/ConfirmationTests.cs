using Baker.Cli.Sessions;
using Baker.Cli.Tests.Fleets;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Sessions;

/// <summary>What takes something away, or touches every node, is asked about first: where, what, and how much of it.</summary>
internal sealed class ConfirmationTests
{
    private TestProject _project = null!;

    [SetUp]
    public void Begin()
    {
        _project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "provision": ["a.sh"]},
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0}},
              "api": {"autoscale": {"node_min": 1, "node_max": 1, "timeout": 0}},
              "bare": {}
            }
            """);
        _project.Write("a.sh", "true\n");
        _project.Environment["BAKER_LOCAL_EXEC"] = "0";
        _project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
    }

    [TearDown]
    public void End() => _project.Dispose();

    [Test]
    public async Task Commands_WithoutATerminalAndWithoutYes_DoNothing()
    {
        await DoAsync("packer:run www api");
        await DoAsync("autoscale:run www");
        await DoAsync("autoscale:run api");
        var before = await SeenAsync();

        foreach (var command in new[] { "autoscale:delete www", "packer:clean -n 0", "packer:delete bare www", "instance:deploy" })
        {
            var run = await RunAsync(command);

            Assert.That(run.Code, command == "packer:delete bare www" ? Is.EqualTo(ExitCode.CloudFailed) : Is.EqualTo(ExitCode.BadInput), command);
            Assert.That(run.Error, command == "packer:delete bare www" ? Does.Contain("still needed") : Does.Contain($"{command.Split(' ')[0]} asks before it begins, and there is no terminal to ask on.\n  Look with --dry-run, then say --yes."));
        }

        Assert.That(await SeenAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task Deploy_OfEverything_SaysHowManyNodesThatIs()
    {
        await DoAsync("packer:run www api");
        await DoAsync("autoscale:run www");
        await DoAsync("autoscale:run api");

        var no = await AskedAsync("n", "instance:deploy");
        var named = await RunAsync("instance:deploy www api");
        var yes = await AskedAsync("y", "instance:deploy -n 2");

        Assert.That(no.Code, Is.EqualTo(ExitCode.BadInput), no.Error);
        Assert.That(no.Error, Does.Contain("On the local cloud, us-east-1:\nwww: 2 nodes\napi: 1 node\nConverge all 3 nodes, 10 at a time? [y/N] ").And.Contain("Not confirmed; nothing was converged."));
        Assert.That((named.Code, yes.Code), Is.EqualTo((ExitCode.Done, ExitCode.Done)), named.Error + yes.Error);
        Assert.That(yes.Error, Does.Contain("2 at a time? [y/N] "));
    }

    [Test]
    public async Task Clean_OnATerminal_ShowsWhatGoesAndAsks()
    {
        await DoAsync("packer:run www");
        var before = await SeenAsync();

        var no = await AskedAsync("", "packer:clean -n 0");
        var kept = await SeenAsync();
        var yes = await AskedAsync("yes", "packer:clean -n 0");
        var nothing = await AskedAsync("", "packer:clean -n 0");

        Assert.That((no.Code, kept), Is.EqualTo((ExitCode.BadInput, before)), no.Error);
        Assert.That(no.Error, Does.Match("On the local cloud, us-east-1:\n.*ami-.*\nRemove all this\\? \\[y/N\\] ").And.Contain("Not confirmed; nothing was removed."));
        Assert.That((yes.Code, await SeenAsync()), Is.EqualTo((ExitCode.Done, Array.Empty<string?>())), yes.Error);
        Assert.That(nothing.Code, Is.EqualTo(ExitCode.Done), nothing.Error);
        Assert.That(nothing.Error, Does.EndWith("Nothing to remove.\n"));
    }

    [TestCase("instance:deploy www -n 0", "-n 0: none at a time would never end.")]
    [TestCase("instance:run www -n 0 -- true", "-n 0: none at a time would never end.")]
    [TestCase("apply --parallel 0", "--parallel 0: none at a time would never end.")]
    public async Task Commands_NoneAtATime_AreRefused(string command, string words)
    {
        var run = await RunAsync(command);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.EndWith($"package: {words}\n  Give one from 1 up, in digits.\n"));
    }

    [Test]
    public async Task Place_OfACloudElsewhere_NamesAccountAndEndpoint()
    {
        await using var served = await FleetProject.ServeAsync(new TestProject("{}"));
        var connection = new CloudConnection { Name = "aws", Pace = PollPace.Local, Credentials = served.Project.Key(), ServiceUrl = served.Url };
        await using var cloud = new CloudSession(connection, Timings.None(), TimeProvider.System);

        var place = await Confirmation.PlaceAsync(cloud, ["us-west-2", "us-east-1", "us-east-1"], "staging", CancellationToken.None);

        Assert.That(place, Is.EqualTo($"On AWS, account 000000000000, endpoint {served.Url}, us-east-1, us-west-2, environment staging:"));
    }

    private async Task<string?[]> SeenAsync()
    {
        var images = JArray.Parse((await DoAsync("image:list --json")).Out);
        var instances = JArray.Parse((await DoAsync("instance:list --json")).Out);
        return [.. images.Concat(instances).Select(one => (string?)(one["id"] ?? one["Id"])).Order(StringComparer.Ordinal)];
    }

    private async Task<ProgramRun> AskedAsync(string answer, string command)
    {
        _project.Answer = answer + "\n";
        try
        {
            return await RunAsync(command);
        }
        finally
        {
            _project.Answer = null;
        }
    }

    private Task<ProgramRun> RunAsync(string command) => _project.RunAsync(command.Split(' '));

    private async Task<ProgramRun> DoAsync(string command)
    {
        var run = await RunAsync(command);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), command + "\n" + run.Out + run.Error);
        return run;
    }
}
