using System.Diagnostics;
using Baker.Cloud;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Bakes;

/// <summary>Images are tested on an instance of their own before a fleet may have them.</summary>
internal sealed class VerifyTests
{
    private const string Www = """
        "www": {"provision": ["scripts/www.sh"], "user_data": "#!/bin/sh\necho booted > /run/booted\n", "verify": ["tests/smoke.sh"]%MORE%,
            "autoscale": {"node_min": 1, "node_max": 1}}
        """;

    private BakeStage _stage = null!;

    [SetUp]
    public async Task SetStage()
    {
        await Sandboxes.RequireAsync();
        _stage = new BakeStage(Www.Replace("%MORE%", "", StringComparison.Ordinal));
        _stage.Project.Write("scripts/www.sh", "echo hello > /etc/www\n");
        _stage.Project.Write("tests/smoke.sh", "cat /etc/www /run/booted\n");
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Run_TestsPass_MarksTheImageAndFleetsTakeIt()
    {
        var plan = await _stage.Project.RunAsync("packer:run", "--dry-run");
        var run = await _stage.Project.RunAsync("packer:run");
        var again = await _stage.Project.RunAsync("packer:run");
        var fleet = await _stage.Project.RunAsync("autoscale:run", "www", "--dry-run");

        Assert.That(plan.Out, Does.Contain("run through SSM: tests/smoke.sh").And.Contain("mark the image as verified"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(run.Error, Does.Contain("| hello").And.Contain("| booted"), "the tests see what was baked, and what the user data did");
        Assert.That(again.Out, Does.Match("www +up to date"));
        Assert.That(fleet.Code, Is.EqualTo(ExitCode.Changes), fleet.Error);
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
        Assert.That(await VerificationAsync(), Does.StartWith("passed "));
        Assert.That((await ListAsync())["verification"]!.Value<string>(), Is.EqualTo("passed"));
        Assert.That(_stage.Project.Read("builds/www.json"), Does.Contain("\"verification\": \"passed "));
    }

    [Test]
    public async Task Run_TestsFail_TheImageIsRemovedAndNothingIsLeft()
    {
        _stage.Project.Write("tests/smoke.sh", "echo no service; exit 7\n");

        var run = await _stage.Project.RunAsync("packer:run");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Match("verifying image ami-[0-9a-f]+ of www failed with exit code 7").And.Contain("no service"));
        Assert.That(run.Error, Does.Match("image ami-[0-9a-f]+ did not pass its tests and is removed"));
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images, Is.Empty);
        Assert.That(remains.Snapshots, Is.Empty);
    }

    [Test]
    public async Task Run_TestsFailAndTheGroupKeepsIt_NoFleetTakesItUntilItsMendedTestsPass()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(Www.Replace("%MORE%", ", \"verify_on_error\": \"keep\"", StringComparison.Ordinal)));
        _stage.Project.Write("tests/smoke.sh", "exit 7\n");
        var failed = await _stage.Project.RunAsync("packer:run");
        var image = (await _stage.ImagesAsync()).Single();
        var listed = await _stage.Project.RunAsync("image:list");
        var fleets = new List<ProgramRun>();
        foreach (var command in new[] { $"autoscale:run www", $"autoscale:update www", $"autoscale:run www --image {image}", "autoscale:run www --allow-stale" })
        {
            fleets.Add(await _stage.Project.RunAsync([.. command.Split(' '), "--dry-run"]));
        }

        var allowed = await _stage.Project.RunAsync("autoscale:run", "www", "--allow-unverified", "--dry-run");
        _stage.Project.Write("tests/smoke.sh", "cat /etc/www\n");
        var mended = await _stage.Project.RunAsync("packer:run");
        var fleet = await _stage.Project.RunAsync("autoscale:run", "www", "--dry-run");

        Assert.That(failed.Code, Is.EqualTo(ExitCode.CloudFailed), failed.Error);
        Assert.That(failed.Out, Does.Contain($"image {image}, which did not pass its tests: no fleet gets it"));
        Assert.That(listed.Out, Does.Contain("current, FAILED its tests"));
        Assert.That(fleets.Select(run => run.Code), Has.All.EqualTo(ExitCode.BadInput));
        Assert.That(fleets.Select(run => run.Error), Has.All.Contains($"{image} of www did not pass its tests"));
        Assert.That(fleets.Select(run => run.Error), Has.All.Contains("--allow-unverified"));
        Assert.That(allowed.Code, Is.EqualTo(ExitCode.Changes), allowed.Error);
        Assert.That(mended.Code, Is.EqualTo(ExitCode.Done), mended.Error);
        Assert.That(mended.Out, Does.Match($"www +verified +{image}"), "nothing is baked again");
        Assert.That(fleet.Code, Is.EqualTo(ExitCode.Changes), fleet.Error);
        Assert.That(await _stage.ImagesAsync(), Is.EqualTo(new[] { image }));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Status_OfAFleetOnARejectedImage_Warns()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(Www.Replace("%MORE%", ", \"verify_on_error\": \"keep\"", StringComparison.Ordinal)));
        _stage.Project.Write("tests/smoke.sh", "exit 7\n");
        await _stage.Project.RunAsync("packer:run");
        var image = (await _stage.ImagesAsync()).Single();
        var run = await _stage.Project.RunAsync("autoscale:run", "www", "--allow-unverified", "--min", "0", "--desired", "0");

        var status = await _stage.Project.RunAsync("autoscale:status");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(status.Out, Does.Contain($"WARNING www-v001: its image {image} did not pass its tests"));
    }

    [Test]
    public async Task Clean_ARejectedImage_GoesAndCountsForNothing()
    {
        _stage.Project.Write("tests/smoke.sh", "test ! -e /etc/bad\n");
        await _stage.Project.RunAsync("packer:run");
        var good = (await _stage.ImagesAsync()).Single();
        _stage.Project.Write("scripts/www.sh", "touch /etc/bad\n");
        var failed = await _stage.Project.RunAsync("packer:run", "--on-error", "keep");
        var kept = (await _stage.LookAsync()).Litter;

        var clean = await _stage.Project.RunAsync("packer:clean", "-n", "1", "--yes");

        Assert.That(failed.Out, Does.Contain("kept for a look"));
        Assert.That(kept, Has.Count.EqualTo(2).And.Some.StartWith("instance ").And.Some.StartWith("volume "), "the instance that failed is kept with the image");
        Assert.That(clean.Code, Is.EqualTo(ExitCode.Done), clean.Out + clean.Error);
        Assert.That(await _stage.ImagesAsync(), Is.EqualTo(new[] { good }));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Run_TestsChangedAndFailOnAnOlderImage_ItStaysButIsMarked()
    {
        await _stage.Project.RunAsync("packer:run");
        var image = (await _stage.ImagesAsync()).Single();
        _stage.Project.Write("tests/smoke.sh", "exit 1\n");

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Contain($"image {image} is up to date, and has not passed the tests as they are now"));
        Assert.That(await _stage.ImagesAsync(), Is.EqualTo(new[] { image }));
        Assert.That(await VerificationAsync(), Does.StartWith("failed "));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [TestCase("8099", 0)]
    [TestCase("8098", 3)]
    public async Task Run_AnHttpCheck_AsksTheInstancesAddress(string port, int code)
    {
        const string Serve = "nohup python3 -m http.server 8099 --bind $(hostname -i | cut -d ' ' -f 1) --directory /srv/www > /dev/null 2>&1 < /dev/null &";
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf($$$"""
            "www": {"provision": ["scripts/www.sh"], "user_data_file": "boot.sh", "verify_http": {"port": {{{port}}}, "path": "/", "timeout": "20s"}}
            """));
        _stage.Project.Write("boot.sh", $"#!/bin/sh\nmkdir -p /srv/www\n{Serve}\n");

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That((int)run.Code, Is.EqualTo(code), run.Out + run.Error);
        Assert.That(run.Error, code == 0 ? Does.Contain($":{port}/ answers with 200") : Does.Contain("Failed to connect").Or.Contain("refused"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Run_OverSsh_TheTestsRunAndNoKeyIsLeft()
    {
        Peers.Require("sshd");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("""
            "www": {"communicator": "ssh", "verify": ["tests/smoke.sh"]}
            """));
        _stage.Project.Write("tests/smoke.sh", "id -un; wc -l < /home/ubuntu/.ssh/authorized_keys\n");

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(run.Error, Does.Contain("| root").And.Contain("| 1"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
        Assert.That(await _stage.RunOnImageAsync((await _stage.ImagesAsync()).Single(), "cat /home/ubuntu/.ssh/authorized_keys 2>/dev/null | wc -l"), Is.EqualTo("0\n"));
    }

    [Test]
    public async Task Run_WithConfig_TheTestsHaveWhatANodeHasAndNeitherTheImageNorTheOutputHasASecret()
    {
        var (secret, set) = ($"sesame{Guid.NewGuid():N}", $"piped{Guid.NewGuid():N}");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("""
            "www": {"config": true, "iam_instance_profile": "www", "config_secrets": ["TOKEN"], "provision": ["scripts/www.sh"], "verify": ["tests/smoke.sh"]}
            """));
        _stage.Project.Write("scripts/www.sh", "[ ! -e /etc/baker/env ] || cat /etc/baker/env > /etc/leaked\n");
        const string Look = ". /etc/baker/env; echo level $LEVEL, token $TOKEN and $KEY; stat -c %a:%U /etc/baker/env;";
        _stage.Project.Write("tests/smoke.sh", $"{Look} exit 7\n");
        Assert.That((await _stage.Project.RunAsync("config:set", "www", $"TOKEN={secret}", "LEVEL=info")).Code, Is.EqualTo(ExitCode.Done));
        Assert.That((await _stage.Project.RunAsync("config:set", "www", $"KEY={set}", "--secret")).Code, Is.EqualTo(ExitCode.Done));

        var failed = await _stage.Project.RunAsync("packer:run");
        _stage.Project.Write("tests/smoke.sh", $"{Look}\n");
        var passed = await _stage.Project.RunAsync("packer:run");
        // From an image that has baker-node: its bake is given nothing, and its tests are.
        var parent = (await _stage.ImagesAsync()).Single();
        _stage.Project.Write("nodes.json", _stage.Project.Read("nodes.json").Replace("\"config\": true", $"\"source_ami\": \"{parent}\", \"config\": true", StringComparison.Ordinal));
        var child = await _stage.Project.RunAsync("packer:run");
        var files = new List<string>();
        foreach (var image in await _stage.ImagesAsync())
        {
            files.Add(await _stage.RunOnImageAsync(image, "ls /etc/leaked /etc/baker 2>&1"));
        }

        Assert.That(failed.Code, Is.EqualTo(ExitCode.CloudFailed), failed.Error);
        Assert.That(failed.Out, Does.Contain("level info, token ******** and ********\n").And.Contain("600:root"));
        foreach (var run in new[] { passed, child })
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
            Assert.That(run.Error, Does.Contain("level info, token ******** and ********\n").And.Contain("600:root"));
        }

        var all = string.Concat(new[] { failed, passed, child }.Select(run => run.Out + run.Error));
        Assert.That(all, Does.Not.Contain(secret).And.Not.Contain(set));
        Assert.That(files, Has.Count.EqualTo(2).And.All.Contains("node.json").And.None.Contains("env\n"));
        Assert.That(files, Is.All.Contains("cannot access '/etc/leaked'"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
        var grep = await ProcessRun.RunAsync(new ProcessStartInfo("grep", ["-rlaF", "-D", "skip", "-e", secret, "-e", set, _stage.Project.Folder]));
        Assert.That(grep.Out, Is.EqualTo(_stage.Project.PathOf(".package/state.jsonl") + "\n"), "SSM keeps what a command printed; nothing else has it");
    }

    [TestCase("true", 0)]
    [TestCase("exit 7", 3)]
    public async Task Run_AfterHashiCorpPacker_TheTestsDecideAsAfterABakeOfBakersOwn(string test, int code)
    {
        Peers.Require("packer");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("""
            "www": {"user_data": "#!/bin/sh\nsleep 1\necho booted > /run/booted\n", "verify": ["tests/smoke.sh"], "autoscale": {"node_min": 1, "node_max": 1}}
            """));
        _stage.Project.Write("tests/smoke.sh", $"cat /run/booted\n{test}\n");
        _stage.Project.Environment["AWS_POLL_DELAY_SECONDS"] = "2"; // Packer's own: it would look every 15 s

        using var process = new Fleets.PackageProcess(_stage.Project, ["packer:run", "--engine", "packer"]);
        var run = await process.EndAsync();
        var again = await _stage.Project.RunAsync("packer:run", "--dry-run");
        var fleet = await _stage.Project.RunAsync("autoscale:run", "www", "--dry-run");

        Assert.That((int)run.Code, Is.EqualTo(code), run.Out + run.Error);
        Assert.That(run.Error, Does.Contain("| booted"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
        if (code == 0)
        {
            Assert.That(await VerificationAsync(), Does.StartWith("passed "));
            Assert.That(_stage.Project.Read("builds/www.json"), Does.Contain("\"verification\": \"passed ").And.Contain("\"engine\": \"packer\""));
            Assert.That(again.Out, Does.Contain("up to date"));
            Assert.That(fleet.Code, Is.EqualTo(ExitCode.Changes), fleet.Error);
            var show = await _stage.Project.RunAsync("image:show", (await _stage.ImagesAsync()).Single());
            Assert.That(show.Out, Does.Match("(?m)^files +0$").And.Match("(?m)^packages +not known: on its instance nothing told them$"));
        }
        else
        {
            Assert.That(await _stage.ImagesAsync(), Is.Empty, "it did not pass, and is removed");
            Assert.That(_stage.Project.Records().Except(["www.packer.json"]), Is.Empty);
            Assert.That(fleet.Code, Is.EqualTo(ExitCode.BadInput), fleet.Out);
        }
    }

    private async Task<string?> VerificationAsync() =>
        (await _stage.LookAsync()).Images.Single().Tags.Find(tag => tag.Key == BakerTags.Verification)?.Value;

    private async Task<JObject> ListAsync() => (JObject)JArray.Parse((await _stage.Project.RunAsync("image:list", "--json")).Out)[0];
}
