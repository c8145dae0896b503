using Baker.Core;

namespace Baker.Cli.Tests.Bakes;

/// <summary>A bake while the cloud misbehaves: it ends well or says why, and in no case leaves anything behind.</summary>
internal sealed class BakeFaultTests
{
    private const string Www = """ "www": {"description": "d", "provision": ["scripts/www.sh"], "availability_zone": ["us-east-1a", "us-east-1b"], "instance_types": ["t3.small"]} """;

    private BakeStage _stage = null!;

    [SetUp]
    public async Task SetStage()
    {
        _stage = new BakeStage(Www);
        _stage.Project.Write("scripts/www.sh", "sleep 2\n");
        await Sandboxes.RequireAsync();
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [TestCase("throttle=6", Description = "a minute, as all times here a tenth")]
    [TestCase("eventual=2")]
    [TestCase("lose-reply=RunInstances")]
    [TestCase("lose-reply=CreateImage")]
    [TestCase("capacity=us-east-1a")]
    [TestCase("capacity=t3.micro")]
    [TestCase("refuse=RunInstances:InternalError")]
    [TestCase("rate=4/4")]
    public async Task Fault_ThatPasses_IsOutlasted(string fault)
    {
        _stage.Project.Environment["BAKER_LOCAL_FAULTS"] = fault;

        var run = await _stage.Project.RunAsync("packer:run");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
        Assert.That(remains.Litter, Is.Empty, run.Error);
        Assert.That(remains.Images, Has.Count.EqualTo(1), "one instance, one image, however often a call was sent");
    }

    [TestCase("image-fails=1", "went to failed")]
    [TestCase("instance-dies=0.5", "www failed")]
    [TestCase("capacity=*", "no capacity")]
    [TestCase("refuse=CreateImage:UnauthorizedOperation", "UnauthorizedOperation")]
    public async Task Fault_ThatStays_EndsTheBakeWithItsReason(string fault, string reason)
    {
        _stage.Project.Environment["BAKER_LOCAL_FAULTS"] = fault;

        var run = await _stage.Project.RunAsync("packer:run");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error + run.Out);
        Assert.That(run.Out, Does.Contain(reason));
        Assert.That(remains.Litter, Is.Empty, run.Error);
        Assert.That(remains.Images, Is.Empty);
        Assert.That(remains.Snapshots, Is.Empty);
    }

    [Test]
    public async Task Image_FailsAndErrorsKeep_LeavesTheInstanceForALook()
    {
        _stage.Project.Environment["BAKER_LOCAL_FAULTS"] = "image-fails=1";

        var run = await _stage.Project.RunAsync("packer:run", "--on-error", "keep");
        var litter = (await _stage.LookAsync()).Litter;

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error + run.Out);
        Assert.That(run.Out, Does.Match("package instance:terminate i-[0-9a-f]+\n"));
        Assert.That(litter, Has.One.Match("^instance i-[0-9a-f]+ stopped$"));
    }

    [Test]
    public async Task Agent_NeverComes_TimesOutWithItsReasonAndLeavesNothing()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(Www, """, "agent_timeout": "3s" """));
        _stage.Project.Environment["BAKER_LOCAL_FAULTS"] = "agent-never=1";

        var run = await _stage.Project.RunAsync("packer:run");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut), run.Error + run.Out);
        Assert.That(run.Out, Does.Match("SSM agent of instance i-[0-9a-f]+ was not seen within 3 s").And.Contain("agent_timeout"));
        Assert.That(remains.Litter, Is.Empty, run.Error);
        Assert.That(remains.Images, Is.Empty);
        Assert.That(remains.Snapshots, Is.Empty);
    }

    [Test]
    [Platform("Linux")]
    public async Task Log_DiskIsFull_CostsTheLogAndNotTheBake()
    {
        _stage.Project.Write("scripts/www.sh", "echo hello from www\n");
        using var disk = await SmallDisk.MountAsync(_stage.Project.PathOf(".package/logs"), "64k");
        disk.Fill();

        var run = await _stage.Project.RunAsync("packer:run");
        var remains = await _stage.LookAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
        Assert.That(run.Error, Does.Contain("hello from www").And.Contain("its log could not be kept: No space left on device"));
        Assert.That(remains.Litter, Is.Empty, run.Error);
        Assert.That(remains.Images, Has.Count.EqualTo(1));
    }
}
