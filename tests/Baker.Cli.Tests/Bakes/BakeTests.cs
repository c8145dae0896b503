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
        await Sandboxes.RequireAsync();
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Run_Again_IsUpToDateUntilForced()
    {
        Script("echo hello > /etc/www-was-here\n");
        var first = await _stage.Project.RunAsync("packer:run", "--json");
        var again = await _stage.Project.RunAsync("packer:run", "--json");
        var forced = await _stage.Project.RunAsync("packer:run", "--force", "--json");
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
    public async Task Run_ScriptsAndRecipes_TheImageHasWhatTheyWrote()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("""
            "bee": {"provision": ["scripts/a.sh", "scripts/b.sh"], "run_list": ["recipe[one]", "recipe[two]"]}
            """));
        _stage.Project.Write("scripts/a.sh", "#!/bin/sh\nmkdir -p /etc/bee\necho first > /etc/bee/made\n");
        _stage.Project.Write("scripts/b.sh", "echo \"second $BAKER_GROUP\" >> /etc/bee/made\n");

        var first = await _stage.Project.RunAsync("packer:run", "bee");
        var second = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Error);
        Assert.That(second.Out, Does.Contain("up to date"));
        var image = (await _stage.ImagesAsync()).Single();
        Assert.That(first.Out, Does.Contain(image));
        Assert.That(_stage.Project.Read("builds/bee.json"), Does.Contain($"\"image\": \"{image}\""));
        Assert.That(await _stage.RunOnImageAsync(image, "cat /etc/bee/made; grep -c '^recipe' /var/log/chef/rehearsal.log"), Is.EqualTo("first\nsecond bee\n2\n"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
        Assert.That(File.Exists("/etc/bee/made"), Is.False, "a script wrote to the host");
    }

    [Test]
    public async Task Run_FromABakedImage_SeesItsFiles()
    {
        Script("echo from www > /etc/www-was-here\n");
        var first = await _stage.Project.RunAsync("packer:run", "--json");
        _stage.Project.Write("scripts/look.sh", "cat /etc/www-was-here\n");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf($$""" "second": {"description": "d", "source_ami": "{{Result(first, "image")}}", "provision": ["scripts/look.sh"]} """));

        var second = await _stage.Project.RunAsync("packer:run");

        Assert.That(second.Code, Is.EqualTo(ExitCode.Done), second.Error + second.Out);
        Assert.That(second.Error, Does.Contain("from www"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Run_RecordsCannotBeWritten_SaysSoBeforeAnythingIsLaunched()
    {
        Script("true\n");
        _stage.Project.Write("builds", "a file");

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("cannot be recorded in").And.Contain("Nothing was launched"));
        Assert.That((await _stage.LookAsync()).Images, Is.Empty);
    }

    [Test]
    public async Task Run_ScriptFails_SaysWhyAndLeavesNothing()
    {
        var marker = $"/usr/local/baker-{Guid.NewGuid():N}";
        Script($"#!/bin/sh\ntouch {marker}\necho one\necho the last words >&2\nexit 42\n");

        var run = await _stage.Project.RunAsync("packer:run");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Contain("failed with exit code 42").And.Contain("the last words"));
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images, Is.Empty);
        Assert.That(remains.Snapshots, Is.Empty);
        Assert.That(_stage.Project.Read(".package/logs/www.log"), Does.Contain("the last words"));
        Assert.That(File.Exists(marker), Is.False, "a script wrote to the host");
    }

    [Test]
    public async Task Run_ScriptAsksForAReboot_GoesOnAfterIt()
    {
        Script("echo at it >> /etc/www-was-here\n[ -e /etc/rebooted ] || { touch /etc/rebooted; exit 194; }\n");

        var run = await _stage.Project.RunAsync("packer:run", "--json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Contain("asks for a reboot (exit code 194)"));
        Assert.That(await _stage.RunOnImageAsync(Result(run, "image")!, "cat /etc/www-was-here"), Is.EqualTo("at it\nat it\n"));
    }

    [Test]
    public async Task Run_MoreOutputThanIsReadInPieces_ShowsItsTailAndSaysWhereTheRestIs()
    {
        Script("seq 300000\necho the end\n");

        var run = await _stage.Project.RunAsync("packer:run", "--json");
        var log = _stage.Project.Read(".package/logs/www.log");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(log, Does.Match("==> [0-9,]+ bytes of output are left out here; all of it is in /var/log/baker/provision.log on the image\n"));
        Assert.That(log, Does.Contain("\n299999\n300000\nthe end\n"));
        Assert.That(await _stage.RunOnImageAsync(Result(run, "image")!, "grep -c '^[0-9]*$' /var/log/baker/provision.log"), Is.EqualTo("300000\n"));
    }

    [Test]
    public async Task Run_MuchOutputAndABucket_BringsAllOfItThroughTheBucketAndLeavesNothingThere()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(Www, """, "bucket": "logs" """));
        await _stage.AskAsync(region => region.Clients.S3.PutBucketAsync("logs"));
        Script("seq 300000 | sed 's/$/ é/'\nexit 3\n");

        var run = await _stage.Project.RunAsync("packer:run");
        var lines = _stage.Project.Read(".package/logs/www.log").Split('\n').Where(line => line.EndsWith(" é", StringComparison.Ordinal) && !line.StartsWith(' '));
        var left = await _stage.AskAsync(region => region.Clients.S3.ListObjectsV2Async(new() { BucketName = "logs" }));

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Out, Does.Contain("300000 é"));
        Assert.That(lines, Is.EqualTo(Enumerable.Range(1, 300_000).Select(number => $"{number} é")));
        Assert.That(left.S3Objects ?? [], Is.Empty);
    }

    [Test]
    public async Task Run_KeepOnError_LeavesTheInstanceAndSaysHowToRemoveIt()
    {
        Script("exit 1\n");

        var run = await _stage.Project.RunAsync("packer:run", "--on-error", "keep");
        var kept = (await _stage.LookAsync()).Litter;
        Script("true\n");
        var again = await _stage.Project.RunAsync("packer:run");
        var still = (await _stage.LookAsync()).Litter;
        var dry = await _stage.Project.RunAsync("packer:clean", "--dry-run");
        _stage.Project.Answer = "n\n";
        var no = await _stage.Project.RunAsync("packer:clean");
        var untouched = (await _stage.LookAsync()).Litter;
        _stage.Project.Answer = null;
        var clean = await _stage.Project.RunAsync("packer:clean", "--yes");

        Assert.That(no.Code, Is.EqualTo(ExitCode.BadInput), no.Error);
        Assert.That(no.Error, Does.Match(":\nwww: terminate instance i-[0-9a-f]+, which a failed bake of www kept .*\nDo all this\\? \\[y/N\\] "));
        Assert.That(untouched, Is.EqualTo(still));
        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(kept, Has.Some.Match("^instance i-.* running$"));
        Assert.That(again.Code, Is.EqualTo(ExitCode.Done), again.Error);
        Assert.That(still, Has.Some.Match("^instance i-.* running$"), "a later bake removed what was to be kept");
        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(dry.Out, Does.Match("terminate instance i-[0-9a-f]+, which a failed bake of www kept"));
        Assert.That(clean.Code, Is.EqualTo(ExitCode.Done), clean.Error);
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [TestCase("--cloud local")]
    [TestCase("")]
    public async Task Run_KeepOnError_SuggestsCommandsThatWork(string options)
    {
        Script("exit 1\n");
        var given = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var run = await _stage.Project.RunAsync(["packer:run", "--on-error", "keep", .. given]);
        var list = await _stage.Project.RunAsync("instance:list");
        var inventory = await _stage.Project.RunAsync("instance:inventory");
        var suggested = System.Text.RegularExpressions.Regex.Matches(run.Out, "package (instance:[^\n]*)").Select(match => match.Groups[1].Value).ToArray();
        _stage.Project.Answer = "y\n";
        var end = await _stage.Project.RunAsync(suggested[^1].Split(' '));
        _stage.Project.Answer = null;
        await _stage.LookAsync();
        var after = await _stage.Project.RunAsync("packer:clean", "--yes");

        Assert.That(suggested, Has.Length.EqualTo(2));
        Assert.That(suggested[0], Does.Match($"^instance:shell i-[0-9a-f]+{(options.Length > 0 ? " " + options : "")}$"));
        Assert.That(suggested[1], Is.EqualTo(suggested[0].Replace("shell", "terminate", StringComparison.Ordinal)));
        Assert.That(list.Out, Does.Match("i-[0-9a-f]+ +www .* kept bake\n"));
        Assert.That(inventory.Out, Does.Not.Contain("i-"), "it is no node");
        Assert.That(end.Code, Is.EqualTo(ExitCode.Done), end.Error);
        Assert.That(after.Error, Does.Contain("Nothing to remove"));
    }

    [Test]
    public async Task Run_OneOfTwoGroupsFails_TheOtherIsBaked()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(Www + """, "bee": {"description": "d", "provision": ["scripts/bee.sh"]} """));
        _stage.Project.Write("scripts/bee.sh", "echo before the fall\nexit 7\n");
        Script("true\n");

        var run = await _stage.Project.RunAsync("packer:run");
        var remains = await _stage.LookAsync();
        var forced = await _stage.Project.RunAsync("packer:run", "--force", "--json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Contain("exit code 7").And.Contain("before the fall").And.Match(@"www\s+baked"));
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images, Has.Count.EqualTo(1));
        Assert.That(forced.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(forced.End["groups"]!.Select(result => $"{result["group"]} {result["result"]}"), Is.EquivalentTo(new[] { "www baked", "bee FAILED" }));
    }

    [Test]
    public async Task Run_LongOutputInManyAlphabets_ArrivesWhole()
    {
        // Characters of two and three bytes, so that pieces end inside of some of them.
        Script("i=0\nwhile [ $i -lt 3000 ]; do echo \"line $i ä€漢字\"; i=$((i+1)); done\n");

        var run = await _stage.Project.RunAsync("packer:run");

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

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Out, Does.Contain("\"bucket\""));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Run_LargePayloadAndABucket_GoesThroughItAndOutOfItAgain()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("""
            "bee": {"provision": ["scripts/noise.sh", "scripts/a.sh"]}
            """, settings: """, "bucket": "payloads" """));
        // Random text does not pack: more than fits into a command, so it goes through the bucket.
        var noise = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(60_000));
        _stage.Project.Write("scripts/noise.sh", $"true # {noise}\n");
        _stage.Project.Write("scripts/a.sh", "i=0\nwhile [ $i -lt 3000 ]; do echo \"línea $i ✓ ${i}\"; i=$((i + 1)); done\n");
        await _stage.AskAsync(region => region.Clients.S3.PutBucketAsync(new Amazon.S3.Model.PutBucketRequest { BucketName = "payloads" }));

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        var log = _stage.Project.Read(".package/logs/bee.log");
        Assert.That(Enumerable.Range(0, 3000).Where(i => !log.Contains($"línea {i} ✓ {i}\n")), Is.Empty);
        var objects = await _stage.AskAsync(region => region.Clients.S3.ListObjectsV2Async(new Amazon.S3.Model.ListObjectsV2Request { BucketName = "payloads" }));
        Assert.That((objects.S3Objects ?? []).Select(kept => kept.Key), Is.All.StartsWith("baker/contents/"), "the payload is still in the bucket");
    }

    [Test]
    public async Task DryRun_NothingBaked_PrintsTheStepsAndExits2()
    {
        Script("true\n");

        var run = await _stage.Project.RunAsync("packer:run", "www", "--dry-run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(run.Out, Does.Contain("launch one t3.micro in us-east-1").And.Contain("record it in builds/www.json"));
        Assert.That(await _stage.ImagesAsync(), Is.Empty);
    }

    [Test]
    public async Task EnginePacker_GroupWithoutProvisioning_BuildsWithHashiCorpPackerAndRecordsIt()
    {
        Peers.Require("packer");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("\"bee\": {}"));

        var run = await RunPackerAsync("packer:run", "bee", "--engine", "packer");
        var again = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(again.Out, Does.Contain("up to date"), again.Out);
        var image = (await _stage.ImagesAsync()).Single();
        Assert.That(_stage.Project.Read("builds/bee.json"), Does.Contain(image).And.Contain("\"engine\": \"packer\""));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task EnginePacker_TemplateEdited_BuildsAnewThoughBakersOwnEngineWouldNot()
    {
        Peers.Require("packer");
        var project = _stage.Project;
        project.Write("nodes.json", BakeStage.ManifestOf("\"bee\": {}"));
        project.Write("templates/packer.json.sbn", TestProject.Repository("templates/packer.json.sbn"));

        var first = await RunPackerAsync("packer:run", "bee", "--engine", "packer");
        var same = await RunPackerAsync("packer:run", "bee", "--engine", "packer");
        project.Write("templates/packer.json.sbn", TestProject.Repository("templates/packer.json.sbn") + "\n");
        var own = await project.RunAsync("packer:run", "bee");
        var edited = await RunPackerAsync("packer:run", "bee", "--engine", "packer");

        Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Out + first.Error);
        Assert.That(same.Out, Does.Contain("up to date"), same.Out);
        Assert.That(own.Out, Does.Contain("up to date"), own.Out);
        Assert.That(edited.Out, Does.Contain("baked"), edited.Out);
    }

    [TestCase("--engine", "ansible")]
    [TestCase("--parallel", "0")]
    [TestCase("--on-error", "ignore")]
    [TestCase("--cloud", "moon")]
    public async Task Options_BadValue_ExitsOneAndSaysWhatIsTaken(string option, string value)
    {
        Script("true\n");

        var run = await _stage.Project.RunAsync("packer:run", "www", option, value);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain(value).And.Contain("takes"));
    }

    [Test]
    public async Task Run_ScriptMissing_ExitsOneAndNamesIt()
    {
        var run = await _stage.Project.RunAsync("packer:run", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("scripts/www.sh").And.Contain("www"));
    }

    /// <summary>Runs <c>package</c> as a process, whose environment Packer inherits: its own variable makes it poll more often than every 15 s.</summary>
    private async Task<ProgramRun> RunPackerAsync(params string[] arguments)
    {
        _stage.Project.Environment["AWS_POLL_DELAY_SECONDS"] = "2";
        using var process = new Fleets.PackageProcess(_stage.Project, arguments);
        return await process.EndAsync();
    }

    private static string? Result(ProgramRun run, string name) => run.End["groups"]![0]![name]!.Value<string>();

    private void Script(string text) => _stage.Project.Write("scripts/www.sh", text);
}
