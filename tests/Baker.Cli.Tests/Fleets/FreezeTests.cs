using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>When an environment may be changed, and when not: freezes, deploy windows, and reasons to go on all the same.</summary>
public sealed class FreezeTests
{
    private const string Image = "--image ami-1ebb2077";
    private const string Window = "Mon-Thu 09:00-16:00 Europe/Berlin";

    private static readonly string[] s_changing =
    [
        $"autoscale:run www {Image}", $"autoscale:update www {Image}", "autoscale:rollback www", "autoscale:delete www --yes", "autoscale:scale www 3",
        "instance:deploy www", $"instance:create www --key key.pem --name one --zone us-east-1a {Image}",
        "config:set www A=1", "config:unset www A", "config:push www",
        "environment:create staging", "environment:update staging", "environment:delete staging --yes staging",
    ];

    private static readonly string[] s_reading = ["Describe", "Get", "List"];

    private TestProject _project = null!;

    [SetUp]
    public void Begin() => _project = Project("");

    [TearDown]
    public void End() => _project.Dispose();

    [TestCaseSource(nameof(s_changing))]
    public async Task Change_OfAFrozenEnvironment_IsRefusedAndSaysWhoWhenAndWhy(string command)
    {
        await DoAsync("freeze on --why=Black.Friday");
        var calls = new ConcurrentBag<string>();
        _project.Network = cloud => new Watch(cloud, calls);

        var refused = await RunAsync(command);
        var changing = calls.Where(call => !s_reading.Any(call.StartsWith)).ToList();
        var shown = await RunAsync($"{command} --dry-run");

        Assert.That(refused.Code, Is.EqualTo(ExitCode.CloudFailed), refused.Error);
        Assert.That(refused.Error, Does.Match(@"package: Staging is frozen since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ by \S+@\S+: Black\.Friday\.\n").IgnoreCase);
        Assert.That(refused.Error, Does.Contain("package freeze off --environment staging lifts it; --override \"REASON\" goes on all the same."));
        Assert.That((refused.Out, string.Join(' ', changing)), Is.EqualTo(("", "")));
        Assert.That(shown.Error, Does.Contain("It would be refused now: ").And.Contain(": Black.Friday."));
    }

    [Test]
    public async Task Freeze_OnTwiceThenOff_KeepsWhoWasFirstAndLetsChangesThrough()
    {
        var dry = await RunAsync("freeze on --why one --dry-run");
        await DoAsync("freeze on --why one");
        var again = await DoAsync("freeze on --why two");
        var status = await DoAsync("freeze status");
        var json = JObject.Parse((await DoAsync("freeze status --json")).Out);
        var lifted = await DoAsync("freeze off");
        var nothing = await DoAsync("freeze off");
        var run = await DoAsync($"autoscale:run www {Image}");

        Assert.That((dry.Code, dry.Out), Is.EqualTo((ExitCode.Changes, "  1. freeze staging in us-east-1\n")));
        Assert.That(again.Out, Does.Match(@"^staging is frozen since .* by .*: one; it stays so\.\n$"));
        Assert.That(status.Out, Does.Match(@"^staging is frozen since .* by .*: one\n"));
        Assert.That(((string?)json["environment"], (bool?)json["frozen"], (string?)json["why"]), Is.EqualTo(("staging", true, "one")));
        Assert.That(lifted.Error, Does.Contain("lift the freeze of staging in us-east-1 (frozen since "));
        Assert.That(nothing.Out, Is.EqualTo("staging is not frozen.\n"));
        Assert.That(run.Error, Does.Not.Contain("OVERRIDDEN"));
    }

    [Test]
    public async Task Freeze_WithoutAReasonThenWithOne_HasIt()
    {
        await DoAsync("freeze on");
        await DoAsync("freeze on --why=late");

        Assert.That((await DoAsync("freeze status")).Out, Does.Match(@"^staging is frozen since .* by .*: late\n"));
    }

    [Test]
    public async Task Override_OfAFrozenEnvironment_GoesOnAndSaysSo()
    {
        await DoAsync("freeze on --why=x");

        var run = await DoAsync($"autoscale:run www {Image} --override=it.burns");

        Assert.That(run.Error, Does.Contain("OVERRIDDEN (it.burns): Staging is frozen since ").IgnoreCase);
        Assert.That((await DoAsync("autoscale:status www")).Out, Does.Contain("staging/www-v001"));
    }

    [Test]
    public async Task Freeze_OfOneEnvironment_LeavesTheOthersAlone()
    {
        await DoAsync("freeze on");

        var other = await _project.RunAsync("autoscale:run", "www", "--image", "ami-1ebb2077", "-e", "production");
        var status = await _project.RunAsync("freeze", "status", "-e", "production");

        Assert.That(other.Code, Is.EqualTo(ExitCode.Done), other.Error);
        Assert.That(status.Out, Does.StartWith("production is not frozen\n"));
    }

    [Test]
    public async Task Freeze_WithoutEnvironments_IsOfTheAccountsDefaultPlace()
    {
        _project.Write("nodes.json", """
            {"__settings__": {"cloud": "local"}, "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077"}, "www": {"autoscale": {"node_min": 1}}}
            """);
        await DoAsync("freeze on --why=x", environment: null);

        var refused = await RunAsync($"autoscale:run www {Image}", environment: null);

        Assert.That(refused.Code, Is.EqualTo(ExitCode.CloudFailed), refused.Error);
        Assert.That(refused.Error, Does.Contain("package: What is in no environment is frozen since "));
    }

    [TestCase("freeze", "On, off or status?")]
    [TestCase("freeze up", "There is no freeze up.")]
    [TestCase("freeze off --why=x", "--why has no meaning with freeze off.")]
    [TestCase("freeze status --why=x", "--why has no meaning with freeze status.")]
    [TestCase("freeze on --why=", "--why has no reason.")]
    [TestCase("autoscale:run www --override=", "--override has no reason.")]
    [TestCase("autoscale:run www --override=a\nb", "--override has line breaks or other control characters.")]
    public async Task Command_WithAWrongReason_SaysWhatToWrite(string command, string words)
    {
        var run = await RunAsync(command);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain(words));
    }

    [Test]
    public async Task Override_LongerThanARecordKeeps_IsRefused()
    {
        var run = await RunAsync($"autoscale:run www {Image} --override={new string('x', 301)}");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.EndWith("package: --override has 301 characters.\n  Say it in at most 300.\n"));
    }

    [TestCase("\"__base__\": {\"deploy_window\": \"{0}\"}", "", TestName = "{m}(base)")]
    [TestCase("", ", \"deploy_window\": \"{0}\"", TestName = "{m}(group)")]
    public async Task Change_OutsideItsDeployWindow_IsRefusedAndSaysWhenItOpens(string ofEnvironment, string ofGroup)
    {
        using var project = Project(ofGroup.Replace("{0}", Window, StringComparison.Ordinal), ofEnvironment.Replace("{0}", Window, StringComparison.Ordinal));
        project.Time = new MovedClock("2026-11-27T17:30:00Z"); // a Friday
        var closed = await project.RunAsync("autoscale:run", "www", "--image", "ami-1ebb2077", "-e", "staging");
        var deploy = await project.RunAsync("instance:deploy", "www", "-e", "staging");
        var environment = await project.RunAsync("environment:update", "staging");
        var status = await project.RunAsync("freeze", "status", "-e", "staging");
        var json = await project.RunAsync("freeze", "status", "-e", "staging", "--json");
        var overridden = await project.RunAsync("autoscale:run", "www", "--image", "ami-1ebb2077", "-e", "staging", "--override", "it burns");
        project.Time = new MovedClock("2026-11-30T08:00:05Z");
        var open = await project.RunAsync("autoscale:scale", "www", "2", "-e", "staging");

        Assert.That((closed.Code, deploy.Code, environment.Code), Is.EqualTo((ExitCode.CloudFailed, ExitCode.CloudFailed, ExitCode.CloudFailed)));
        Assert.That(closed.Error, Does.Contain($"package: www is outside its deploy window ({Window}), which opens Mon 30 Nov 2026 09:00 Europe/Berlin, in 62 h"));
        Assert.That(closed.Error, Does.EndWith("\n  Wait for it; --override \"REASON\" goes on all the same.\n"));
        Assert.That(status.Out, Does.Contain("www is outside its deploy window"));
        Assert.That(json.Out, Does.Contain("\"open\": false,").And.Contain("\"opens\": \"2026-11-30T08:00:00Z\""));
        Assert.That(overridden.Error, Does.Contain("OVERRIDDEN (it burns): www is outside its deploy window"));
        Assert.That((overridden.Code, open.Code), Is.EqualTo((ExitCode.Done, ExitCode.Done)), overridden.Error + open.Error);
    }

    private static TestProject Project(string ofGroup, string ofEnvironment = "")
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077"},
              "www": {"config": true, "iam_instance_profile": "nodes", "run_list": ["recipe[one]"], "autoscale": {"node_min": 1, "node_max": 4, "timeout": 0} {{ofGroup}} },
              "__environments__": {"staging": { {{ofEnvironment}} }, "production": {} }
            }
            """);
        using var key = RSA.Create(2048);
        project.Write("key.pem", key.ExportRSAPrivateKeyPem());
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
        return project;
    }

    private Task<ProgramRun> RunAsync(string command, string? environment = "staging") => _project.RunAsync(
    [
        .. command.Split(' '),
        .. environment is null || command.StartsWith("environment:", StringComparison.Ordinal) ? Array.Empty<string>() : ["--environment", environment],
    ]);

    private async Task<ProgramRun> DoAsync(string command, string? environment = "staging")
    {
        var run = await RunAsync(command, environment);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}\n{run.Out}{run.Error}");
        return run;
    }

    /// <summary>A clock that begins at another moment.</summary>
    private sealed class MovedClock(string moment) : TimeProvider
    {
        private readonly TimeSpan _by = DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture) - System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _by;
    }
}
