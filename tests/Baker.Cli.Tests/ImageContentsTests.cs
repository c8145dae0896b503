using System.Diagnostics;
using Baker.Cli.Tests.Bakes;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests;

/// <summary>What is in an image, and how two differ: packages that really were installed, files and commits.</summary>
internal sealed class ImageContentsTests
{
    private const string Www = """
        "www": {"provision": ["scripts/a.sh"], "autoscale": {"node_min": 1, "node_max": 1, "timeout": 0}}
        """;

    [Test]
    public async Task Diff_AfterAPackageIsInstalled_NamesItAndItsVersion()
    {
        await Sandboxes.RequireAsync();
        using var stage = new BakeStage(Www, scale: 0.02);
        stage.Project.Write("scripts/a.sh", "#!/bin/sh\necho first\n");
        await RunAsync(stage, "packer:run");
        await RunAsync(stage, "autoscale:run www");
        stage.Project.Write("scripts/a.sh", $"#!/bin/sh\nset -e\nbase64 -d > /tmp/a.deb <<'END'\n{Package(stage)}\nEND\ndpkg -i /tmp/a.deb\nrm /tmp/a.deb\n");
        var bake = await RunAsync(stage, "packer:run");

        var diff = await RunAsync(stage, "image:diff www");
        var json = JObject.Parse((await RunAsync(stage, "image:diff www --json")).Out);
        var image = json["after"]!.Value<string>()!;
        var show = await RunAsync(stage, $"image:show {image} --packages");

        Assert.That(bake.Error, Does.Not.Contain("@contents"), "the listing is no output for people");
        Assert.That(diff.Out.Split('\n')[2..], Is.EqualTo(new[] { "+ baker-test-package 1.2-3", "~ scripts/a.sh", "" }));
        Assert.That(json["packages"]!.Single()["after"]!.Value<string>(), Is.EqualTo("1.2-3"));
        Assert.That(show.Out, Does.Contain("baker-test-package 1.2-3 (all)").And.Match("(?m)^packages +[0-9]+ of "));
        Assert.That(show.Out, Does.Match($"(?m)^image +{image}"));
        CycloneDxSchema.Check(stage.Project.Read($"builds/contents/{image}.cdx.json"));
    }

    [Test]
    public async Task Diff_OfImagesWithoutPackages_TellsWhatItKnows()
    {
        using var stage = new BakeStage("\"www\": {}", scale: 0.01);
        await RunAsync(stage, "packer:run --no-exec");
        var first = JArray.Parse((await RunAsync(stage, "image:list --json")).Out)[0]["id"]!.Value<string>()!;
        await RunAsync(stage, "packer:run --no-exec --force");

        var diff = await RunAsync(stage, $"image:diff {first}");
        var noFleet = await stage.Project.RunAsync("image:diff", "www");
        File.Delete(stage.Project.PathOf($"builds/contents/{first}.cdx.json"));
        var unknown = await stage.Project.RunAsync("image:diff", first);
        var show = await RunAsync(stage, $"image:show {first}");

        Assert.That(diff.Out, Does.Contain("packages: not known of both"));
        Assert.That(noFleet.Error, Does.Contain("www has no fleet"));
        Assert.That(unknown.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(unknown.Error, Does.Contain($"What is in {first}").And.Contain("__settings__.bucket"));
        Assert.That(show.Out, Does.Match("(?m)^packages +not known here$"));
    }

    [Test]
    public async Task Contents_WithABucket_AreKnownOnAnotherMachine()
    {
        using var stage = new BakeStage("\"www\": {}", """, "bucket": "images" """, scale: 0.01);
        await stage.AskAsync(region => region.Clients.S3.PutBucketAsync("images"));
        await RunAsync(stage, "packer:run --no-exec");
        var image = JArray.Parse((await RunAsync(stage, "image:list --json")).Out)[0]["id"]!.Value<string>()!;
        Directory.Delete(stage.Project.PathOf("builds"), recursive: true);

        var show = JObject.Parse((await RunAsync(stage, $"image:show {image} --json")).Out);

        Assert.That(show["contents"]!["metadata"]!["component"]!["bom-ref"]!.Value<string>(), Is.EqualTo(image));
    }

    [TestCase("packer:clean -n 1 --yes")]
    [TestCase("packer:delete www --yes")]
    public async Task Contents_OfAnImageThatIsRemoved_GoWithIt(string command)
    {
        using var stage = new BakeStage("\"www\": {}", """, "bucket": "images" """, scale: 0.01);
        await stage.AskAsync(region => region.Clients.S3.PutBucketAsync("images"));
        await RunAsync(stage, "packer:run --no-exec");
        await RunAsync(stage, "packer:run --no-exec --force");
        var before = await KeptAsync();

        await RunAsync(stage, command);

        var left = (await stage.ImagesAsync()).Select(image => $"{image}.cdx.json").ToArray();
        Assert.That(before, Has.Length.EqualTo(2));
        Assert.That(left, Has.Length.EqualTo(command.StartsWith("packer:clean", StringComparison.Ordinal) ? 1 : 0));
        Assert.That(stage.Project.Files("builds/contents"), Is.EqualTo(left));
        Assert.That(await KeptAsync(), Is.EqualTo(left.Select(name => $"baker/contents/{name}")));

        async Task<string[]> KeptAsync() =>
            [.. ((await stage.AskAsync(region => region.Clients.S3.ListObjectsV2Async(new() { BucketName = "images" }))).S3Objects ?? []).Select(each => each.Key)];
    }

    /// <summary>A package for every architecture, in base64.</summary>
    private static string Package(BakeStage stage)
    {
        stage.Project.Write("package/DEBIAN/control", "Package: baker-test-package\nVersion: 1.2-3\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: a test\n");
        using var made = Process.Start(new ProcessStartInfo("dpkg-deb", ["--build", "--root-owner-group", "package", "a.deb"]) { WorkingDirectory = stage.Project.Folder, RedirectStandardOutput = true })!;
        made.WaitForExit();
        return Convert.ToBase64String(File.ReadAllBytes(stage.Project.PathOf("a.deb")));
    }


    private static async Task<ProgramRun> RunAsync(BakeStage stage, string command)
    {
        var run = await stage.Project.RunAsync(command.Split(' '));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}: {run.Error}{run.Out}");
        return run;
    }
}
