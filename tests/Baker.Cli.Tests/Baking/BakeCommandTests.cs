using Baker.Core;

namespace Baker.Cli.Tests.Baking;

[Platform("Linux")]
public sealed class BakeCommandTests
{
    [SetUp]
    public Task NeedSandboxes() => BakeProject.RequireSandboxesAsync();

    [Test]
    public async Task Bake_Twice_BakesOnceAndTheImageHasWhatTheScriptsWrote()
    {
        using var bake = new BakeProject("""
            "bee": {"provision": ["scripts/a.sh", "scripts/b.sh"], "run_list": ["recipe[one]", "recipe[two]"]}
            """);
        bake.Project.Write("scripts/a.sh", "#!/bin/sh\nmkdir -p /etc/bee\necho first > /etc/bee/made\n");
        bake.Project.Write("scripts/b.sh", "echo \"second $BAKER_GROUP\" >> /etc/bee/made\n");

        var first = await bake.Project.RunAsync("packer:run", "bee");
        var second = await bake.Project.RunAsync("packer:run", "bee");

        Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Error);
        Assert.That(second.Out, Does.Contain("up to date"));
        var image = (await bake.ImagesAsync()).Single();
        Assert.That(first.Out, Does.Contain(image));
        Assert.That(bake.Project.Read("builds/bee.json"), Does.Contain($"\"image\": \"{image}\""));
        Assert.That(await bake.RunOnImageAsync(image, "cat /etc/bee/made; grep -c '^recipe' /var/log/chef/rehearsal.log"), Is.EqualTo("first\nsecond bee\n2\n"));
        Assert.That(await bake.LeftAsync(), Is.Empty);
        Assert.That(File.Exists("/etc/bee/made"), Is.False, "a script wrote to the host");
    }

    [Test]
    public async Task Bake_ScriptFails_FailsWithItsCodeAndLastLinesAndLeavesNothing()
    {
        using var bake = new BakeProject("""
            "bee": {"provision": ["scripts/a.sh"]}, "wasp": {"provision": ["scripts/ok.sh"]}
            """);
        var marker = $"/usr/local/baker-{Guid.NewGuid():N}";
        bake.Project.Write("scripts/a.sh", $"#!/bin/sh\ntouch {marker}\necho before the fall\nexit 7\n");
        bake.Project.Write("scripts/ok.sh", "true\n");

        var run = await bake.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Contain("exit code 7").And.Contain("before the fall").And.Match(@"wasp\s+baked"));
        Assert.That(await bake.LeftAsync(), Is.Empty);
        Assert.That(await bake.ImagesAsync(), Has.Length.EqualTo(1));
        Assert.That(File.Exists(marker), Is.False, "a script wrote to the host");
    }

    [Test]
    public async Task Bake_KeepOnError_LeavesTheInstanceAndSaysHowToRemoveIt()
    {
        using var bake = new BakeProject("""
            "bee": {"provision": ["scripts/a.sh"]}
            """);
        bake.Project.Write("scripts/a.sh", "exit 1\n");

        var run = await bake.Project.RunAsync("packer:run", "bee", "--on-error", "keep");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Match(@"aws ec2 terminate-instances --region us-east-1 --instance-ids i-[0-9a-f]+"));
        Assert.That(await bake.LeftAsync(), Has.Some.Contains("running"));
        await bake.Project.RunAsync("packer:clean");
        Assert.That(await bake.LeftAsync(), Has.Some.Contains("running"), "a later command removed what was to be kept");
    }

    [Test]
    public async Task Bake_LargeScriptsAndOutput_ComeThroughWhole()
    {
        using var bake = new BakeProject("""
            "bee": {"provision": ["scripts/noise.sh", "scripts/a.sh"]}
            """);
        // Random text does not pack: more than fits into a command, so it goes through the bucket.
        var noise = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(60_000));
        bake.Project.Write("scripts/noise.sh", $"true # {noise}\n");
        bake.Project.Write("scripts/a.sh", "i=0\nwhile [ $i -lt 3000 ]; do echo \"línea $i ✓ ${i}\"; i=$((i + 1)); done\n");
        await bake.LookAsync(region => region.Clients.S3.PutBucketAsync(new Amazon.S3.Model.PutBucketRequest { BucketName = "payloads" }));

        var run = await bake.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        var log = await File.ReadAllTextAsync(Path.Combine(bake.StateFolder, "logs", "bee.log"));
        Assert.That(Enumerable.Range(0, 3000).Where(i => !log.Contains($"línea {i} ✓ {i}\n")), Is.Empty);
        var objects = await bake.LookAsync(region => region.Clients.S3.ListObjectsV2Async(new Amazon.S3.Model.ListObjectsV2Request { BucketName = "payloads" }));
        Assert.That(objects.S3Objects ?? [], Is.Empty, "the payload is still in the bucket");
    }

    [Test]
    public async Task DryRun_NothingBaked_PrintsTheStepsAndExits2()
    {
        using var bake = new BakeProject("""
            "bee": {"provision": ["scripts/a.sh"]}
            """);
        bake.Project.Write("scripts/a.sh", "true\n");

        var run = await bake.Project.RunAsync("packer:run", "bee", "--dry-run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(run.Out, Does.Contain("launch one m1.large in us-east-1").And.Contain("record it in builds/bee.json"));
        Assert.That(await bake.ImagesAsync(), Is.Empty);
    }

    [Test]
    public async Task EnginePacker_GroupWithoutProvisioning_BuildsWithHashiCorpPackerAndRecordsIt()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "packer"))))
        {
            Peers.Missing("packer is not installed (apt-get install packer)");
        }

        using var bake = new BakeProject("\"bee\": {}");
        Environment.SetEnvironmentVariable("AWS_POLL_DELAY_SECONDS", "2"); // Packer's own: it polls every 15 s otherwise

        var run = await bake.Project.RunAsync("packer:run", "bee", "--engine", "packer");
        var again = await bake.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(again.Out, Does.Contain("up to date"), again.Out);
        var image = (await bake.ImagesAsync()).Single();
        Assert.That(bake.Project.Read("builds/bee.json"), Does.Contain(image).And.Contain("\"engine\": \"packer\""));
        Assert.That(await bake.LeftAsync(), Is.Empty);
    }

    [TestCase("--engine", "ansible")]
    [TestCase("--parallel", "0")]
    [TestCase("--on-error", "ignore")]
    [TestCase("--cloud", "moon")]
    public async Task Options_BadValue_ExitsOneAndSaysWhatIsTaken(string option, string value)
    {
        using var bake = new BakeProject("\"bee\": {}");

        var run = await bake.Project.RunAsync("packer:run", "bee", option, value);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain(value).And.Contain("takes"));
    }

    [Test]
    public async Task Bake_ScriptMissing_ExitsOneAndNamesIt()
    {
        using var bake = new BakeProject("""
            "bee": {"provision": ["scripts/gone.sh"]}
            """);

        var run = await bake.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("scripts/gone.sh").And.Contain("bee"));
    }
}
