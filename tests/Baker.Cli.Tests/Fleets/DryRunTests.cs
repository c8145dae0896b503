using System.Text.RegularExpressions;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>What a dry run prints is what the run then does: each changing command twice, its steps compared.</summary>
public sealed partial class DryRunTests
{
    private const string Image = "ami-1ebb2077";
    private static readonly string[] s_running = ["autoscale:run www --image ami-1ebb2077"];

    /// <summary>What is done before, and the command.</summary>
    public static IEnumerable<TestCaseData> Commands()
    {
        yield return Case("role:create");
        yield return Case("role:update");
        yield return Case("packer:create www bee");
        yield return Case("packer:run bee");
        yield return Case("packer:clean -n 1 --yes", "packer:run bee", "packer:run bee --force", "packer:run bee --force");
        yield return Case("packer:delete bee --yes", "packer:create bee", "packer:run bee");
        yield return Case("autoscale:create");
        yield return Case($"autoscale:run www --image {Image}");
        yield return Case($"autoscale:update www --force --image {Image} --soak 1s", s_running);
        yield return Case($"autoscale:update www --force --image {Image} --strategy rolling", s_running);
        yield return Case("autoscale:update www", [.. s_running, $"autoscale:update www --force --image {Image} --keep 1s --no-wait"]);
        yield return Case("autoscale:rollback www", [.. s_running, $"autoscale:update www --force --image {Image} --no-wait"]);
        yield return Case("autoscale:delete www --yes", s_running);
        yield return Case("autoscale:scale www 3", s_running);
        yield return Case("autoscale:suspend www AZRebalance Terminate", s_running);
        yield return Case("autoscale:resume www", [.. s_running, "autoscale:suspend www"]);
        yield return Case($"instance:create www --key key.pem --name one --image {Image}");
        yield return Case("instance:terminate one --yes", $"instance:create www --key key.pem --name one --image {Image}");
    }

    [TestCaseSource(nameof(Commands))]
    public async Task Command_DryThenForReal_DoesTheStepsThatWerePrinted(string command, string[] before)
    {
        using var project = await BeginAsync(before);

        await CompareAsync(project, command);
    }

    /// <summary>As JSON it is the same list, with how each step ended; and the log of the run has it.</summary>
    [TestCaseSource(nameof(Changes))]
    public async Task Change_AsJson_TellsTheSameStepsDryAndForReal(string command, string log, string[] before)
    {
        using var project = await BeginAsync(before);

        var dry = (await RunAsync(project, command + " --dry-run --json")).End;
        var run = await RunAsync(project, command + " --json");
        var real = run.End;

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(((bool)dry["dry_run"]!, (bool)real["dry_run"]!), Is.EqualTo((true, false)));
        Assert.That(Texts(real), Is.Not.Empty.And.EqualTo(Texts(dry)));
        Assert.That(real["steps"]!.Select(step => (string?)step["result"]), Is.All.EqualTo("done"));
        Assert.That(real["failure"]!.Type, Is.EqualTo(JTokenType.Null));
        var written = project.Read($".package/logs/{log}.log");
        Assert.That(Texts(real), Is.All.Matches<string>(text => written.Contains(text!, StringComparison.Ordinal)));
    }

    [Test]
    public async Task Change_AsJsonThatFails_TellsWhy()
    {
        using var project = await BeginAsync([]);

        var run = await RunAsync(project, "autoscale:run www --image ami-00000000 --json");
        var told = run.End;

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed).Or.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That((string?)told["failure"], Is.Not.Empty.And.Not.Null);
        Assert.That(run.Error, Does.Contain((string)told["failure"]!));
    }

    public static IEnumerable<TestCaseData> Changes()
    {
        yield return Change($"autoscale:run www --image {Image}", "www.autoscale-run");
        yield return Change("autoscale:scale www 3", "www.autoscale-scale", s_running);
        yield return Change("autoscale:suspend www Terminate", "www.autoscale-suspend", s_running);
        yield return Change("autoscale:delete www --yes", "www.autoscale-delete", s_running);
        yield return Change($"instance:create www --key key.pem --name one --image {Image}", "www.instance-create");
        yield return Change("instance:deploy bee", "bee.instance-deploy", $"instance:create bee --key key.pem --name one --image {Image}");
        yield return Change("instance:terminate one --yes", "instance-terminate", $"instance:create www --key key.pem --name one --image {Image}");
    }

    private static TestCaseData Change(string command, string log, params string[] before) => new TestCaseData(command, log, before).SetArgDisplayNames(command);

    private static IEnumerable<string> Texts(JObject told) => told["steps"]!.Select(step => (string)step["text"]!);

    [TestCase("agent", "terminate instance")]
    [TestCase("available", "image ami-")]
    public async Task Command_AfterABakeThatDied_SaysAndDoesWhatBecomesOfItsRemains(string step, string remains)
    {
        foreach (var command in new[] { "packer:clean --yes", "packer:run bee" })
        {
            using var project = await BeginAsync([]);
            await DieAsync(project, step);
            await UntilNothingIsPendingAsync(project);

            var dry = await CompareAsync(project, command);

            Assert.That(dry.Out, command == "packer:clean --yes" || step == "agent" ? Does.Contain(remains).And.Contain("a run that died") : Does.Not.Contain("launch"), "a bake of the same content takes its image over");
        }
    }

    private static async Task<ProgramRun> CompareAsync(TestProject project, string command)
    {
        var dry = await RunAsync(project, command + " --dry-run");
        var again = await RunAsync(project, command + " --dry-run");
        var real = await RunAsync(project, command);

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes), dry.Error);
        Assert.That(real.Code, Is.EqualTo(ExitCode.Done), real.Error);
        Assert.That(Steps(dry), Is.Not.Empty, dry.Out);
        Assert.That(again.Out, Is.EqualTo(dry.Out), "a dry run changed something");
        Assert.That(Steps(real), IsTheSameAs(command, Steps(dry)), $"{dry.Out}{dry.Error}\n---\n{real.Out}{real.Error}");
        return dry;
    }

    /// <summary>A pending image becomes available by itself, between two looks too.</summary>
    private static async Task UntilNothingIsPendingAsync(TestProject project)
    {
        for (var looks = 0; (await RunAsync(project, "packer:clean --dry-run")).Out.Contains("wait for image", StringComparison.Ordinal); looks++)
        {
            Assert.That(looks, Is.LessThan(1000), "the image stays pending");
        }
    }

    /// <summary>Bakes in a process of its own, which gets SIGKILL as it begins a step.</summary>
    private static async Task DieAsync(TestProject project, string step)
    {
        project.Environment["BAKER_LOCAL_SCALE"] = "1"; // slow enough to be caught in the step
        using var process = new PackageProcess(project, ["packer:run", "bee"], (self, line) =>
        {
            if (line.StartsWith($"bee  {step}", StringComparison.Ordinal))
            {
                self.Kill();
            }
        });
        Assert.That((await process.EndAsync()).Code, Is.Not.EqualTo(ExitCode.Done), process.Error);
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
    }

    /// <summary>Images are removed side by side, and what died is removed beside a bake; all else has an order.</summary>
    private static NUnit.Framework.Constraints.Constraint IsTheSameAs(string command, List<string> steps) =>
        command is "packer:clean -n 1 --yes" or "packer:clean --yes" or "packer:run bee" ? Is.EquivalentTo(steps) : Is.EqualTo(steps);

    private static TestCaseData Case(string command, params string[] before) => new TestCaseData(command, before).SetArgDisplayNames(command);

    private static async Task<TestProject> BeginAsync(string[] before)
    {
        var project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "run_list": ["recipe[one]"]},
              "bee": {"provision": ["scripts/a.sh"]},
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0, "warmup": 5}}
            }
            """);
        project.Write("scripts/a.sh", "true\n");
        using (var key = System.Security.Cryptography.RSA.Create(2048))
        {
            project.Write("key.pem", key.ExportRSAPrivateKeyPem());
        }

        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
        foreach (var command in before)
        {
            var run = await RunAsync(project, command);
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}\n{run.Out}{run.Error}");
        }

        if (before.Any(command => command.StartsWith("instance:create", StringComparison.Ordinal)))
        {
            // Only nodes that run are deployed to, and both runs are to see the same.
            await Wait.UntilAsync(async () => !(await RunAsync(project, "instance:list --json")).Out.Contains("pending", StringComparison.Ordinal), () => "an instance is still pending");
        }

        return project;
    }

    private static Task<ProgramRun> RunAsync(TestProject project, string command) => project.RunAsync(command.Split(' '));

    /// <summary>The steps in what a run said: as numbered, as done to a file, as done to an image, or by the name of a bake's step.</summary>
    private static List<string> Steps(ProgramRun run) =>
        [.. (run.Out + run.Error).Split('\n').Select(Step).OfType<string>()];

    private static string? Step(string line) =>
        BakePlanned().Match(line) is { Success: true } planned ? planned.Groups[1].Value.Trim()
        : BakeProgress().Match(line) is { Success: true } progress ? progress.Groups[1].Value
        : Numbered().Match(line) is { Success: true } numbered ? numbered.Groups[1].Value
        : Written().Match(line) is { Success: true } written ? $"{written.Groups[1].Value} {written.Groups[2].Value}"
        : Removed().IsMatch(line) ? line.Replace("bee  ", "bee: ", StringComparison.Ordinal)
        : null;

    [GeneratedRegex(@"^ {2} ?\d+\. (.{9})  \S")]
    private static partial Regex BakePlanned();

    // The first two steps only look; a dry run takes them too.
    [GeneratedRegex(@"^bee  (?!source|compare|is |baked)([a-z ]+?)(?: \(usually .*)?$")]
    private static partial Regex BakeProgress();

    [GeneratedRegex(@"^ *\d+\. (.+)$")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^(?:would )?(creat|chang)ed? (\S+)$")]
    private static partial Regex Written();

    [GeneratedRegex("^(bee: |bee {2})?(deregister|delete|terminate|finish|wait for|remove) ")]
    private static partial Regex Removed();
}
