using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Bakes;

/// <summary><c>packer:run</c> end to end on the local cloud, scripts run for real.</summary>
internal sealed class BakeTests
{
    private const string Www = """ "www": {"description": "the web", "provision": ["scripts/www.sh"]} """;

    private BakeStage _stage = null!;

    [SetUp]
    public async Task SetStage()
    {
        _stage = new BakeStage(Www);
        await _stage.RequireSandboxesAsync();
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Run_Again_IsUpToDateUntilForced()
    {
        Script("echo hello > /etc/www-was-here\n");
        var first = await _stage.RunAsync("packer:run", "--json");
        var again = await _stage.RunAsync("packer:run", "--json");
        var forced = await _stage.RunAsync("packer:run", "--force", "--json");
        var remains = await _stage.LookAsync();

        Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Error + first.Out);
        Assert.That(Result(first, "result"), Is.EqualTo("baked"));
        Assert.That((Result(again, "result"), Result(again, "image")), Is.EqualTo(("up to date", Result(first, "image"))));
        Assert.That(Result(forced, "result"), Is.EqualTo("baked"), forced.Error);
        Assert.That(Result(forced, "image"), Is.Not.EqualTo(Result(first, "image")));
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images, Has.Count.EqualTo(2));
        Assert.That(File.Exists("/etc/www-was-here"), Is.False, "nothing outside the sandbox is written");
        Assert.That(JObject.Parse(_stage.Project.Read("builds/www.json"))["image"]!.Value<string>(), Is.EqualTo(Result(forced, "image")));
    }

    [Test]
    public async Task Run_FromABakedImage_SeesItsFiles()
    {
        Script("echo from www > /etc/www-was-here\n");
        var first = await _stage.RunAsync("packer:run", "--json");
        _stage.Project.Write("scripts/look.sh", "cat /etc/www-was-here\n");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf($$""" "second": {"description": "d", "source_ami": "{{Result(first, "image")}}", "provision": ["scripts/look.sh"]} """));

        var second = await _stage.RunAsync("packer:run");

        Assert.That(second.Code, Is.EqualTo(ExitCode.Done), second.Error + second.Out);
        Assert.That(second.Error, Does.Contain("from www"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Run_ScriptFails_SaysWhyAndLeavesNothing()
    {
        Script("echo one\necho the last words >&2\nexit 42\n");

        var run = await _stage.RunAsync("packer:run");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Contain("failed with exit code 42").And.Contain("the last words"));
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images, Is.Empty);
        Assert.That(remains.Snapshots, Is.Empty);
        Assert.That(_stage.Project.Read(".package/logs/www.log"), Does.Contain("the last words"));
    }

    [Test]
    public async Task Run_KeepOnError_LeavesTheInstanceAndSaysHowToRemoveIt()
    {
        Script("exit 1\n");

        var run = await _stage.RunAsync("packer:run", "--on-error", "keep");
        var kept = (await _stage.LookAsync()).Litter;

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Match("terminate-instances --region us-east-1 --instance-ids i-"));
        Assert.That(kept, Has.Some.Match("^instance i-.* running$"));
        await EndInstancesAsync();
    }

    [Test]
    public async Task Run_OneOfTwoGroupsFails_TheOtherIsBaked()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(Www + """, "bee": {"description": "d", "provision": ["scripts/bee.sh"]} """));
        _stage.Project.Write("scripts/bee.sh", "exit 3\n");
        Script("true\n");

        var run = await _stage.RunAsync("packer:run", "--json");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(JArray.Parse(run.Out).Select(result => $"{result["group"]} {result["result"]}"), Is.EquivalentTo(new[] { "www baked", "bee FAILED" }));
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_LongOutputInManyAlphabets_ArrivesWhole()
    {
        // Characters of two and three bytes, so that pieces end inside of some of them.
        Script("i=0\nwhile [ $i -lt 3000 ]; do echo \"line $i ä€漢字\"; i=$((i+1)); done\n");

        var run = await _stage.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out);
        var lines = _stage.Project.Read(".package/logs/www.log").Split('\n').Where(line => line.StartsWith("line ", StringComparison.Ordinal));
        Assert.That(lines, Is.EqualTo(Enumerable.Range(0, 3000).Select(number => $"line {number} ä€漢字")));
    }

    [Test]
    public async Task Run_PayloadLargerThanACommand_WantsABucket()
    {
        var noise = new byte[60_000];
        new Random(7).NextBytes(noise);
        Script($"true\n# {Convert.ToBase64String(noise)}\n");

        var run = await _stage.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Out, Does.Contain("\"bucket\""));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    private static string? Result(ProgramRun run, string name) => JArray.Parse(run.Out)[0][name]!.Value<string>();

    private void Script(string text) => _stage.Project.Write("scripts/www.sh", text);

    private async Task EndInstancesAsync()
    {
        await using var cloud = await _stage.OpenAsync();
        var ec2 = cloud.Region(BakeStage.Region).Clients.EC2;
        var ids = (await ec2.DescribeInstancesAsync(new())).Reservations.SelectMany(reservation => reservation.Instances).Select(instance => instance.InstanceId).ToList();
        await ec2.TerminateInstancesAsync(new() { InstanceIds = ids });
        await cloud.Region(BakeStage.Region).Waits.Instances.UntilAsync(
            ids[0],
            instance => instance?.State?.Name?.Value is null or "terminated",
            new("", TimeSpan.FromSeconds(30), "the end of the instance"),
            CancellationToken.None);
    }
}
