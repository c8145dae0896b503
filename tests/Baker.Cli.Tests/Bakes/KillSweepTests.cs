using System.Diagnostics;
using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Bakes;

/// <summary>A real process is interrupted or killed as each step of its bake begins; the next command leaves all in order.</summary>
[Platform("Linux")]
public sealed class KillSweepTests
{
    private const int SigInt = 2;
    private const int SigKill = 9;
    private const int SigTerm = 15;

    /// <summary>So short that the process may be at its end before a signal reaches it.</summary>
    private static readonly string[] s_lastSteps = ["finish", "verify: end", "clean up", "record"];

    private static readonly string[] s_steps = ["source", "compare", "launch", "start", "agent", "provision", "stop", "image", "available", "finish", "clean up", "record"];

    private static readonly string[] s_trialSteps =
        ["verify: launch", "verify: start", "verify: agent", "verify", "verified", "finish", "verify: end", "clean up"];

    private static readonly string[] s_accessSteps = ["key pair", "open port", "launch", "log in", "provision", "log out"];

    private static readonly string[] s_sshSteps = ["key pair", "open port", "launch", "start", "log in", "provision", "log out", "stop", "image", "available", "clean up"];

    [SetUp]
    public Task NeedSandboxes() => Sandboxes.RequireAsync();

    [TestCaseSource(nameof(Signals))]
    public async Task Bake_SignalAtAStep_NextRunLeavesOneWholeImageAndNothingElse(string step, int signal)
    {
        using var bake = new BakeStage("""
            "bee": {"provision": ["scripts/a.sh"]}
            """, scale: 0.3);
        bake.Project.Write("scripts/a.sh", "echo working; sleep 0.3\n");

        var (code, took, output) = await RunUntilAsync(bake, step, signal);

        if (signal != SigKill)
        {
            Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(30)));
            AssertCode(bake, step, code, output);
            Assert.That((await bake.LookAsync()).Litter, Is.Empty, "after the signal");
        }

        var begun = await bake.ImagesAsync();
        var next = await bake.Project.RunAsync("packer:run", "bee");

        Assert.That(next.Code, Is.EqualTo(ExitCode.Done), next.Out + next.Error);
        Assert.That((await bake.LookAsync()).Litter, Is.Empty, next.Error);
        var images = await bake.ImagesAsync();
        Assert.That(images, Has.Length.EqualTo(1), next.Error);
        Assert.That(bake.Project.Read("builds/bee.json"), Does.Contain(images[0]));
        if (begun.Length > 0)
        {
            Assert.That(images, Is.EqualTo(begun), "what had been begun was to be finished, not baked again");
        }
    }

    [Test]
    public async Task Verification_KilledAtAStep_NextCommandLeavesOneImageAndNothingElseAndRunVerifiesIt(
        [ValueSource(nameof(s_trialSteps))] string step,
        [Values("packer:run", "packer:clean --yes")] string command)
    {
        using var bake = new BakeStage("""
            "bee": {"provision": ["scripts/a.sh"], "verify": ["tests/smoke.sh"]}
            """, scale: 0.3);
        bake.Project.Write("scripts/a.sh", "echo working\n");
        bake.Project.Write("tests/smoke.sh", "echo testing; sleep 0.3\n");
        await RunUntilAsync(bake, step, SigKill);
        var begun = await bake.ImagesAsync();

        var next = await bake.Project.RunAsync([.. command.Split(' '), "bee"]);

        Assert.That(next.Code, Is.EqualTo(ExitCode.Done), next.Out + next.Error);
        Assert.That((await bake.LookAsync()).Litter, Is.Empty, next.Error);
        var last = await bake.Project.RunAsync("packer:run", "bee");
        var after = await bake.LookAsync();
        Assert.That(last.Code, Is.EqualTo(ExitCode.Done), last.Out + last.Error);
        Assert.That(after.Litter, Is.Empty, last.Error);
        Assert.That(after.Images.Select(image => image.ImageId), Is.EqualTo(begun), "what was baked is verified, not baked again");
        Assert.That(after.Images.Single().Tags, Has.One.Matches<Amazon.EC2.Model.Tag>(tag => tag is { Key: "baker:verification" } && tag.Value.StartsWith("passed ", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Verification_InterruptedAtAStep_LeavesNothing([ValueSource(nameof(s_trialSteps))] string step)
    {
        using var bake = new BakeStage("""
            "bee": {"provision": ["scripts/a.sh"], "verify": ["tests/smoke.sh"]}
            """, scale: 0.3);
        bake.Project.Write("scripts/a.sh", "echo working\n");
        bake.Project.Write("tests/smoke.sh", "echo testing; sleep 3\n");

        var (code, took, output) = await RunUntilAsync(bake, step, SigTerm);

        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(30)));
        AssertCode(bake, step, code, output);
        Assert.That((await bake.LookAsync()).Litter, Is.Empty);
    }

    [TestCaseSource(nameof(Trials))]
    public async Task Verification_SignalAtAnyMoment_NextRunEndsItAndNoFleetTakesWhatDidNotPass(string kind, string moment, int signal)
    {
        if (kind == "ssh")
        {
            Peers.Require("sshd");
        }

        var (passes, keeps) = (!kind.Contains("fails", StringComparison.Ordinal), kind.Contains("kept", StringComparison.Ordinal));
        using var bake = new BakeStage(TrialOf(kind), scale: 0.3);
        WriteTrial(bake.Project, passes);

        var (code, took, output) = await RunUntilAsync(bake, moment, signal);

        if (signal == SigTerm)
        {
            Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(30)));
            Assert.That((await bake.LookAsync()).Litter, Is.Empty, "after the signal");
            if (passes || code != (int)ExitCode.CloudFailed)
            {
                AssertCode(bake, moment, code, output);
            }
        }

        var between = await bake.Project.RunAsync("autoscale:run", "bee", "--dry-run");
        var next = await bake.Project.RunAsync("packer:run", "bee");
        var after = await bake.LookAsync();
        var fleet = await bake.Project.RunAsync("autoscale:run", "bee", "--dry-run");
        var parameters = await bake.AskAsync(region => region.Clients.SSM.GetParametersByPathAsync(new() { Path = "/baker", Recursive = true }));

        Assert.That(next.Code, Is.EqualTo(passes ? ExitCode.Done : ExitCode.CloudFailed), next.Out + next.Error);
        Assert.That(after.Litter, Is.Empty, next.Error);
        Assert.That(parameters.Parameters ?? [], Is.Empty);
        Assert.That(
            after.Images.Select(image => image.Tags.Find(tag => tag.Key == "baker:verification")?.Value.Split(' ')[0]),
            Is.EqualTo(passes ? ["passed"] : keeps ? ["failed"] : Array.Empty<string>()),
            next.Error);
        Assert.That(fleet.Code, Is.EqualTo(passes ? ExitCode.Changes : ExitCode.BadInput), fleet.Out + fleet.Error);
        Assert.That(passes || between.Code == ExitCode.BadInput, between.Out);
    }

    [Test]
    public async Task Verification_KilledWhereItsImageIsBad_UpdateLeavesTheFleetOnTheGoodOne(
        [Values("available", "verify: launch", "verify: agent", "~| testing", "~did not pass its tests")] string moment)
    {
        using var bake = new BakeStage(TrialOf("fails"), scale: 0.1);
        WriteTrial(bake.Project, passes: true);
        foreach (var command in new[] { "packer:run", "autoscale:run" })
        {
            var run = await bake.Project.RunAsync(command, "bee");
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        }

        var good = (await bake.ImagesAsync()).Single();
        bake.Project.Write("scripts/a.sh", "echo worse\n");
        WriteTrial(bake.Project, passes: false, script: "echo worse\n");
        await RunUntilAsync(bake, moment, SigKill);

        var update = await bake.Project.RunAsync("autoscale:update", "bee");
        var next = await bake.Project.RunAsync("packer:run", "bee");
        var updateAfter = await bake.Project.RunAsync("autoscale:update", "bee");
        var runs = await bake.AskAsync(async region => (await region.Clients.EC2.DescribeInstancesAsync(new()))
            .Reservations.SelectMany(each => each.Instances).Where(each => each.State.Name.Value != "terminated").Select(each => $"{each.ImageId}{(each.State.Name.Value == "running" ? "" : $" {each.State.Name}")}").Distinct().ToArray());

        Assert.That(update.Code, Is.EqualTo(ExitCode.BadInput), update.Out + update.Error);
        Assert.That(next.Code, Is.EqualTo(ExitCode.CloudFailed), next.Out + next.Error);
        Assert.That(updateAfter.Code, Is.EqualTo(ExitCode.BadInput), updateAfter.Out + updateAfter.Error);
        Assert.That(runs, Is.EqualTo(new[] { good }), next.Out + next.Error);
        Assert.That(await bake.ImagesAsync(), Is.EqualTo(new[] { good }));
    }

    public static IEnumerable<TestCaseData> Signals() => s_steps.SelectMany((step, index) =>
        Sweep.Of(index, SigInt, SigTerm).Append(SigKill).Select(signal => new TestCaseData(step, signal)));

    public static IEnumerable<TestCaseData> Trials()
    {
        string[] judged = ["available", "verify: launch", "verify: start", "verify: agent", "verify", "~| testing"];
        var moments = new List<(string Kind, string Moment)>();
        moments.AddRange(s_trialSteps.Select(step => ("http", step)));
        moments.AddRange(judged[..^1].Select(step => ("http fails", step)));
        moments.AddRange(judged.Append("~did not pass its tests").Select(step => ("fails", step)));
        moments.AddRange(judged.Append("~| testing 60").Select(step => ("fails and is kept", step)));
        var all = moments
            .SelectMany((each, index) => Sweep.Of(index, SigKill, SigTerm).Select(signal => (each.Kind, each.Moment, Signal: signal)))
            .ToList();

        // What the end does after the last line of the tests, in small steps.
        all.AddRange(new[] { 20, 60, 120, 200, 300 }.Select(milliseconds => ("fails", $"~| testing {milliseconds}", SigKill)));
        all.AddRange(new[] { "verify: launch", "verify: start", "verify: log in", "verify", "verified" }.Select(step => ("ssh", step, SigKill)));
        return all.Select(each => new TestCaseData(each.Kind, each.Moment, each.Signal));
    }

    private static string TrialOf(string kind)
    {
        var test = kind switch
        {
            "http" => "\"verify_http\": {\"port\": 8099, \"timeout\": \"30s\"}",
            "http fails" => "\"verify_http\": {\"port\": 8098, \"timeout\": \"1s\"}",
            "ssh" => "\"verify\": [\"tests/smoke.sh\"], \"communicator\": \"ssh\"",
            "fails and is kept" => "\"verify\": [\"tests/smoke.sh\"], \"verify_on_error\": \"keep\"",
            _ => "\"verify\": [\"tests/smoke.sh\"]",
        };
        return $$"""
            "bee": {"provision": ["scripts/a.sh"], "user_data_file": "boot.sh", {{test}}, "autoscale": {"node_min": 1, "node_max": 1} }
            """;
    }

    private static void WriteTrial(TestProject project, bool passes, string script = "echo working\n")
    {
        project.Write("scripts/a.sh", script);
        project.Write("tests/smoke.sh", $"echo testing; sleep 0.3{(passes ? "" : "; exit 7")}\n");
        project.Write("boot.sh", """
            #!/bin/sh
            mkdir -p /srv/www
            nohup python3 -m http.server 8099 --bind $(hostname -i | cut -d ' ' -f 1) --directory /srv/www > /dev/null 2>&1 < /dev/null &

            """);
    }

    [Test]
    public async Task Bake_KilledAtAStep_CleanLeavesAWholeImageOrNoneAndNothingElse([ValueSource(nameof(s_steps))] string step)
    {
        using var bake = new BakeStage("""
            "bee": {"provision": ["scripts/a.sh"]}
            """, scale: 0.3);
        bake.Project.Write("scripts/a.sh", "echo working; sleep 0.3\n");
        await RunUntilAsync(bake, step, SigKill);
        var begun = await bake.ImagesAsync();

        var clean = await bake.Project.RunAsync("packer:clean", "bee", "--yes");

        Assert.That(clean.Code, Is.EqualTo(ExitCode.Done), clean.Out + clean.Error);
        Assert.That((await bake.LookAsync()).Litter, Is.Empty, clean.Error);
        Assert.That(await bake.ImagesAsync(), Is.EqualTo(begun), "an image that was begun is finished");

        if (begun.Length > 0)
        {
            var next = await bake.Project.RunAsync("packer:run", "bee");

            Assert.That(next.Code, Is.EqualTo(ExitCode.Done), next.Out + next.Error);
            Assert.That(await bake.ImagesAsync(), Is.EqualTo(begun), "what was finished is not baked again");
            Assert.That(bake.Project.Read("builds/bee.json"), Does.Contain(begun[0]));
        }
    }

    [Test]
    public async Task BakeOverSsh_KilledAtAStep_TheNextCommandLeavesNoKeyNoGroupAndNothingElse(
        [ValueSource(nameof(s_sshSteps))] string step,
        [Values("packer:run", "packer:clean --yes")] string command)
    {
        Peers.Require("sshd");
        using var bake = new BakeStage("""
            "bee": {"communicator": "ssh", "provision": ["scripts/a.sh"]}
            """, scale: 0.3);
        bake.Project.Write("scripts/a.sh", "echo working; sleep 0.3\n");
        await RunUntilAsync(bake, step, SigKill);
        var begun = await bake.ImagesAsync();
        var preview = await bake.Project.RunAsync("packer:clean", "bee", "--dry-run");
        var left = (await bake.LookAsync()).Litter;

        var next = await bake.Project.RunAsync([.. command.Split(' '), "bee"]);

        Assert.That(next.Code, Is.EqualTo(ExitCode.Done), next.Out + next.Error);
        Assert.That((await bake.LookAsync()).Litter, Is.Empty, next.Error);
        Assert.That(await bake.ImagesAsync(), command == "packer:run" ? Has.Length.EqualTo(1) : Is.EqualTo(begun), next.Error);
        foreach (var kind in new[] { "key pair", "security group" }.Where(kind => left.Any(each => each.StartsWith(kind, StringComparison.Ordinal))))
        {
            Assert.That(preview.Out, Does.Contain($"delete {kind}"));
            Assert.That(next.Error, Does.Contain($"delete {kind}"));
        }
    }

    [Test]
    public async Task BakeOverSsh_InterruptedAtAStep_LeavesNothing([ValueSource(nameof(s_accessSteps))] string step)
    {
        Peers.Require("sshd");
        using var bake = new BakeStage("""
            "bee": {"communicator": "ssh", "provision": ["scripts/a.sh"]}
            """, scale: 0.3);
        bake.Project.Write("scripts/a.sh", "echo working; sleep 3\n");

        var (code, took, output) = await RunUntilAsync(bake, step, SigTerm);

        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(30)));
        AssertCode(bake, step, code, output);
        Assert.That((await bake.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Bake_KilledWhileItsInstanceEnds_TheNextCommandWaitsForThat([Values("packer:run", "packer:clean --yes")] string command)
    {
        using var bake = new BakeStage("""
            "bee": {"description": "d"}
            """, scale: 0.3);
        bake.Project.Write("nodes.json", bake.Project.Read("nodes.json").Replace("\"delay_scale\"", "\"delays\": {\"terminated\": 20}, \"delay_scale\"", StringComparison.Ordinal));
        await RunUntilAsync(bake, "clean up", SigKill);
        Assert.That((await bake.LookAsync()).Litter, Has.Some.Contains("shutting-down"));

        var next = await bake.Project.RunAsync([.. command.Split(' '), "bee"]);

        Assert.That(next.Code, Is.EqualTo(ExitCode.Done), next.Out + next.Error);
        Assert.That((await bake.LookAsync()).Litter, Is.Empty, next.Error);
    }

    /// <summary>130, unless the bake was over, its image recorded, before the signal came through: then it ended well, and says so.</summary>
    private static void AssertCode(BakeStage bake, string step, int code, string output)
    {
        if (code == (int)ExitCode.Done && s_lastSteps.Contains(step))
        {
            Assert.That(output, Does.Match(@"bee\s+baked\s+ami-"));
            Assert.That(bake.Project.Records(), Is.EqualTo(new[] { "bee.json" }));
        }
        else
        {
            Assert.That(code, Is.EqualTo((int)ExitCode.Interrupted), output);
            Assert.That(output, Does.Match(@"bee\s+interrupted"));
        }
    }

    /// <summary>Whether a line says that a step begins; or, for <c>~TEXT [MILLISECONDS]</c>, has the text, and how long after it it is.</summary>
    private static bool IsMoment(string line, string moment, out int later)
    {
        later = 0;
        if (moment[0] != '~')
        {
            return line == $"bee  {moment}" || line.StartsWith($"bee  {moment} (", StringComparison.Ordinal);
        }

        var text = moment[1..];
        if (text.LastIndexOf(' ') is var space && int.TryParse(text[(space + 1)..], out later))
        {
            text = text[..space];
        }

        return line.Contains(text, StringComparison.Ordinal);
    }

    private static async Task<(int Code, TimeSpan Took, string Output)> RunUntilAsync(BakeStage bake, string step, int signal)
    {
        long? sent = null;
        var sending = Task.CompletedTask;
        using var process = new PackageProcess(bake.Project, ["packer:run", "bee"], (self, line) =>
        {
            if (sent is null && IsMoment(line, step, out var later))
            {
                sent = Stopwatch.GetTimestamp();
                sending = SendAsync(self, later);
            }
        });
        var run = await process.EndAsync();
        await sending;
        Assert.That(sent, Is.Not.Null, $"step {step} was never seen in:\n{run.Error}");
        return ((int)run.Code, Stopwatch.GetElapsedTime(sent!.Value), run.Out);

        async Task SendAsync(PackageProcess self, int later)
        {
            if (later > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(later), TimeProvider.System);
            }

            self.Signal(signal); // where it was over before the signal came, its exit code tells
        }
    }
}
