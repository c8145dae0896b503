using Amazon.Runtime;
using Baker.Cli.Sessions;
using Baker.Cli.Tests.Completing;
using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Programs;
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
    public void Begin() => _project = TestProject.OnAQuickCloud("""
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "provision": ["a.sh"]},
          "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0}},
          "api": {"autoscale": {"node_min": 1, "node_max": 1, "timeout": 0}},
          "bare": {}
        }
        """);

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

    [Test]
    public async Task Terminate_OnATerminal_NamesTheNodeAndTakesNo()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        _project.Write("key.pem", key.ExportRSAPrivateKeyPem());
        await DoAsync("instance:create bare --key key.pem --name one --image ami-1ebb2077");
        var before = await SeenAsync();
        var node = before.Single(id => id!.StartsWith("i-", StringComparison.Ordinal));

        var no = await AskedAsync("no", $"instance:terminate {node}");

        Assert.That(no.Code, Is.EqualTo(ExitCode.BadInput), no.Error);
        Assert.That(no.Error, Does.Contain("On the local cloud, us-east-1").And.Contain(node).And.Contain("[y/N] ").And.Contain("Not confirmed"));
        Assert.That(await SeenAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task Question_CtrlC_EndsTheCommandAtOnce()
    {
        Peers.Require("tmux");
        await DoAsync("packer:run www");
        await DoAsync("autoscale:run www");
        var before = await SeenAsync();
        await using (var terminal = new TmuxTerminal(_project))
        {
            await terminal.BeginAsync("sh", "-c", $"trap : INT; {PackageProgram.ForProcesses.Shell} autoscale:delete www; echo ended-$?; sleep 600");
            await terminal.UntilShowsAsync(shown => shown.Contains("[y/N]", StringComparison.Ordinal), "the question");
            await terminal.PressAsync("C-c");

            var shown = await terminal.UntilShowsAsync(shown => shown.Contains("ended-", StringComparison.Ordinal), "the end");

            Assert.That(shown, Does.Contain("[y/N]\nStopping before anything is done.\npackage: interrupted\nended-130\n"));
        }

        Assert.That(await SeenAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task Question_TypedBeforeItStands_IsNoAnswer()
    {
        Peers.Require("tmux");
        await DoAsync("packer:run www");
        await DoAsync("autoscale:run www");
        var before = await SeenAsync();
        await using (var terminal = new TmuxTerminal(_project))
        {
            await terminal.BeginAsync(
                "sh", "-c", $"echo ready; until [ -e typed ]; do sleep 0.1; done; {PackageProgram.ForProcesses.Shell} autoscale:delete www; echo ended-$?; sleep 600");
            await terminal.UntilShowsAsync(shown => shown.Contains("ready", StringComparison.Ordinal), "that it runs");
            await terminal.TypeAsync("y");
            await terminal.PressAsync("Enter");
            await terminal.UntilShowsAsync(shown => shown.Contains("y\n", StringComparison.Ordinal), "what is typed");
            _project.Write("typed", "");
            await terminal.UntilShowsAsync(shown => shown.Contains("[y/N]", StringComparison.Ordinal), "the question");
            await terminal.TypeAsync("n");
            await terminal.PressAsync("Enter");

            var shown = await terminal.UntilShowsAsync(shown => shown.Contains("ended-", StringComparison.Ordinal), "the end");

            Assert.That(shown, Does.Contain("[y/N] n\npackage: Not confirmed").And.Contain("ended-1\n"));
        }

        Assert.That(await SeenAsync(), Is.EqualTo(before));
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

        using var said = new StringWriter { NewLine = "\n" };
        var session = new Session(new Terminal { Out = said, Error = said, HasReader = true }, "/", new(new Dictionary<string, string>()), TimeProvider.System, CancellationToken.None);

        var whole = await CloudPlace.WithinAsync(session, cloud, ["us-west-2", "us-east-1", "us-east-1"], "staging");
        await CloudPlace.SayAsync(session, cloud, () => "us-east-1");
        var rest = await CloudPlace.WithinAsync(session, cloud, ["us-west-2"], null);

        Assert.That(whole, Is.EqualTo($"On AWS, account 000000000000, endpoint {served.Url}, us-east-1, us-west-2, environment staging:"));
        Assert.That(said.ToString(), Is.EqualTo($"On AWS, account 000000000000, endpoint {served.Url}\n"));
        Assert.That(rest, Is.EqualTo("In us-west-2:"));
    }

    [Test]
    public async Task Place_WhereStsDoesNotAnswer_HoldsNoCommandUp()
    {
        using var silence = new Silence();
        var connection = new CloudConnection { Name = "aws", Credentials = new BasicAWSCredentials("a", "b"), ServiceUrl = new("http://127.0.0.1:9"), Handler = silence };
        await using var cloud = new CloudSession(connection, Timings.None(), new HurriedTime(0)); // its own patience never ends
        using var said = new StringWriter { NewLine = "\n" };
        var session = new Session(new Terminal { Out = said, Error = said, HasReader = true }, "/", new(new Dictionary<string, string>()), new HurriedTime(100), CancellationToken.None);

        await CloudPlace.SayAsync(session, cloud, () => "us-east-1").WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);

        Assert.That(said.ToString(), Is.EqualTo("On AWS, account not known, endpoint http://127.0.0.1:9/\n"));
    }

    private async Task<string?[]> SeenAsync()
    {
        var images = JArray.Parse((await DoAsync("image:list --json")).Out);
        var instances = JArray.Parse((await DoAsync("instance:list --json")).Out);
        return [.. images.Concat(instances).Select(one => (string?)one["id"]).Order(StringComparer.Ordinal)];
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

    /// <summary>Answers nothing.</summary>
    private sealed class Silence : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("Nobody waits that long.");
        }
    }
}
