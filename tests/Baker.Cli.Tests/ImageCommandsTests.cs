using Amazon.EC2.Model;
using Baker.Cli.Tests.Bakes;
using Baker.Cloud;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests;

/// <summary><c>image:list</c>, <c>packer:clean</c> and <c>packer:delete</c> on images baked on the local cloud.</summary>
internal sealed class ImageCommandsTests
{
    private const string Manifest = """
        {
            "__settings__": {"cloud": "local", "local": {"delay_scale": 0.02}},
            "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro"},
            "www": {"description": "the web"},
            "bee": {"description": "the worker"}
        }
        """;

    private TestProject _project = null!;

    [SetUp]
    public void MakeProject()
    {
        _project = new TestProject(Manifest);
    }

    [TearDown]
    public void RemoveProject() => _project.Dispose();

    [Test]
    public async Task List_NoImages_SaysWhatBakes()
    {
        var run = await RunAsync("image:list");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.Contain("No image yet: www, bee. package packer:run bakes."));
    }

    [Test]
    public async Task List_GroupEditedSinceItsBake_IsStale()
    {
        await BakeAsync("www");
        var before = await ListAsync();
        _project.Write("nodes.json", Manifest.Replace("the web", "another web", StringComparison.Ordinal));

        var after = await ListAsync();

        Assert.That(before.Single()["content"]!.Value<string>(), Is.EqualTo("current"));
        Assert.That(after.Single()["content"]!.Value<string>(), Is.EqualTo("stale"));
    }

    [Test]
    public async Task List_WhatWouldBeBakedCannotBeRead_ShowsTheImagesAllTheSame()
    {
        await BakeAsync("www");
        _project.Write("nodes.json", Manifest.Replace("\"www\": {", "\"www\": {\"provision\": [\"none.sh\"], ", StringComparison.Ordinal));

        var run = await RunAsync("image:list", "www", "--json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Contain("www names none.sh (provision)").And.Contain("is therefore unknown"));
        Assert.That(JArray.Parse(run.Out).Single()["content"]!.Value<string>(), Is.EqualTo("unknown"));
    }

    [Test]
    public async Task List_Table_IsOneLineAnImage()
    {
        await BakeAsync("www");

        var run = await RunAsync("image:list", "www");

        var lines = run.Out.TrimEnd().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.Match("^IMAGE +NAME +AGE +STATE +CONTENT$"));
        Assert.That(lines[1], Does.Match("^ami-[0-9a-f]+ +www .* now +available +current$"));
    }

    [Test]
    public async Task Clean_DryRun_PrintsWhatTheRealRunThenDoes()
    {
        await BakeAsync("www", times: 3);

        var dry = await RunAsync("packer:clean", "-n", "1", "--dry-run");
        var real = await RunAsync("packer:clean", "-n", "1", "--yes");

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(real.Code, Is.EqualTo(ExitCode.Done), real.Error);
        Assert.That(real.Out.Split('\n'), Is.EquivalentTo(dry.Out.Split('\n')));
        Assert.That(dry.Error, Does.Contain("(the newest)"));
        Assert.That(await ListAsync(), Has.Count.EqualTo(1));
        Assert.That((await RunAsync("packer:clean", "-n", "1", "--dry-run")).Code, Is.EqualTo(ExitCode.Done));
    }

    [Test]
    public async Task Clean_KeepNone_SaysSoAndRemovesAll()
    {
        await BakeAsync("www");

        var run = await RunAsync("packer:clean", "-n", "0", "--yes", "--json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Contain("-n 0: every image that nothing uses goes"));
        Assert.That(JObject.Parse(run.Out)["remove"]![0]!["removed"]!.Value<bool>(), Is.True);
        Assert.That(await ListAsync(), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Clean_SnapshotThatAnotherImageHas_IsListedUntilItIsGone(bool tagged)
    {
        using var stage = new BakeStage("\"www\": {}", scale: 0.02);
        await stage.Project.RunAsync("packer:run", "--no-exec");
        var (snapshot, other) = await stage.AskAsync(region => ShareAsync(region.Clients, tagged));

        var removal = await stage.Project.RunAsync("packer:clean", "-n", "0", "--yes");
        var shared = await stage.Project.RunAsync("packer:clean", "-n", "0", "--dry-run");
        await stage.AskAsync(region => region.Clients.EC2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = other }));
        var free = await stage.Project.RunAsync("packer:clean", "-n", "0", "--yes");
        var remains = await stage.LookAsync();

        Assert.That(removal.Code, Is.EqualTo(ExitCode.Done), removal.Error);
        Assert.That(removal.Out, Does.Contain("deregister").And.Not.Contain(snapshot));
        Assert.That(shared.Code, Is.EqualTo(ExitCode.Done));
        Assert.That(new[] { removal.Error, shared.Error }, Is.All.Contains($"keep {snapshot} of www in us-east-1 (image {other} \"theirs\" has it too)"));
        Assert.That(free.Code, Is.EqualTo(ExitCode.Done), free.Error);
        Assert.That(free.Out, Does.Contain($"delete {snapshot}"));
        Assert.That(remains.Snapshots, Is.Empty);
    }

    [TestCase("-1")]
    [TestCase("many")]
    [TestCase("1.5")]
    public async Task Clean_NumberThatIsNone_IsBadInput(string number)
    {
        var run = await RunAsync("packer:clean", $"--keep={number}");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("a whole number, 0 or more"));
    }

    [Test]
    public async Task Delete_WithoutAGroup_IsRefused()
    {
        var run = await RunAsync("packer:delete", "--yes");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("without the name of a group"));
    }

    [Test]
    public async Task Delete_NoTerminalAndNoYes_RemovesNothing()
    {
        await BakeAsync("www");

        var run = await RunAsync("packer:delete", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("--yes"));
        Assert.That(await ListAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Delete_OneGroup_RemovesItsImagesAndFilesOnly()
    {
        await BakeAsync("www");
        await BakeAsync("bee");
        await RunAsync("packer:create");
        await RunAsync("packer:create", "--format", "hcl2");

        var dry = await RunAsync("packer:delete", "www", "--dry-run");
        var run = await RunAsync("packer:delete", "www", "--yes");

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Is.EqualTo(dry.Out));
        Assert.That((await ListAsync()).Single()["group"]!.Value<string>(), Is.EqualTo("bee"));
        Assert.That(_project.Files("packer"), Is.EqualTo(new[] { "bee.json", "bee.pkr.hcl" }));
        Assert.That(_project.Records(), Is.EqualTo(new[] { "bee.json" }));
        Assert.That(_project.Files("builds/contents"), Has.Length.EqualTo(1), "that of the other group's image");
    }

    /// <summary>Registers an image of nobody's group from the snapshot of the group's one image.</summary>
    private static async Task<(string Snapshot, string Image)> ShareAsync(CloudClients cloud, bool tagged)
    {
        var image = (await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images.Single();
        var snapshot = image.BlockDeviceMappings.Single(mapping => mapping.Ebs is not null).Ebs.SnapshotId;
        var other = await cloud.EC2.RegisterImageAsync(new RegisterImageRequest
        {
            Name = "theirs",
            RootDeviceName = "/dev/xvda",
            BlockDeviceMappings = [new BlockDeviceMapping { DeviceName = "/dev/xvda", Ebs = new EbsBlockDevice { SnapshotId = snapshot } }],
        });
        if (!tagged)
        {
            await cloud.EC2.DeleteTagsAsync(new DeleteTagsRequest { Resources = [snapshot] });
        }

        return (snapshot, other.ImageId);
    }

    private async Task BakeAsync(string group, int times = 1)
    {
        for (var time = 0; time < times; time++)
        {
            var run = await RunAsync("packer:run", group, "--no-exec", "--force");
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
            await Task.Delay(TimeSpan.FromSeconds(time < times - 1 ? 1.1 : 0), TimeProvider.System); // EC2 dates images to the second
        }
    }

    private async Task<JArray> ListAsync()
    {
        var run = await RunAsync("image:list", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        return JArray.Parse(run.Out);
    }

    private Task<ProgramRun> RunAsync(params string[] arguments) => _project.RunAsync(arguments);
}
