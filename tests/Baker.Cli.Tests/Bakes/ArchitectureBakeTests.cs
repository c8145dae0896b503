using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Bakes;

/// <summary>A group that is baked for two architectures.</summary>
internal sealed class ArchitectureBakeTests
{
    private const string Www = """
        "www": {"architectures": ["x86_64", "arm64"], "source_ami": null, "instance_type": {"x86_64": "t3.micro", "arm64": "t4g.micro"},
            "source_ami_filter": {"filters": {"name": "debian-12-*"}, "owners": ["136693071363"], "most_recent": true},
            "provision": ["scripts/www.sh"], "autoscale": {"node_min": 1, "node_max": 2}}
        """;

    private BakeStage _stage = null!;

    [SetUp]
    public async Task SetStage()
    {
        await Sandboxes.RequireAsync();
        _stage = new BakeStage(Www);
        _stage.Project.Write("scripts/www.sh", "echo hello > /etc/www\n");
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Run_TwoArchitectures_BakesAnImageOfEachSideBySide()
    {
        var plan = await _stage.Project.RunAsync("packer:run", "--dry-run");
        var run = await _stage.Project.RunAsync("packer:run");
        var again = await _stage.Project.RunAsync("packer:run");
        var list = JArray.Parse((await _stage.Project.RunAsync("image:list", "--json")).Out);
        var clean = await _stage.Project.RunAsync("packer:clean", "-n", "1", "--yes");

        Assert.That(plan.Out, Does.Contain("www@x86_64:").And.Contain("www@arm64:").And.Contain("launch one t4g.micro"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(again.Out, Does.Match("www@x86_64 +up to date").And.Match("www@arm64 +up to date"));
        Assert.That(list.Select(image => (image["architecture"]!.Value<string>(), image["content"]!.Value<string>())), Is.EquivalentTo(new[] { ("x86_64", "current"), ("arm64", "current") }));
        Assert.That(clean.Error, Does.Contain("Nothing to remove"));
        var remains = await _stage.LookAsync();
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images.Select(image => image.Architecture.Value), Is.EquivalentTo(new[] { "x86_64", "arm64" }));
        Assert.That(_stage.Project.Records().Where(file => file.StartsWith("www", StringComparison.Ordinal)), Is.EquivalentTo(new[] { "www@arm64.json", "www@x86_64.json" }));
    }

    [Test]
    public async Task Update_AMixedFleet_EachTypeHasItsArchitecturesImage()
    {
        await _stage.Project.RunAsync("packer:run");

        var run = await _stage.Project.RunAsync("autoscale:run", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        var images = (await _stage.LookAsync()).Images.ToDictionary(image => image.Architecture.Value, image => image.ImageId);
        var policy = await _stage.AskAsync(async region =>
            (await region.Clients.AutoScaling.DescribeAutoScalingGroupsAsync(new Amazon.AutoScaling.Model.DescribeAutoScalingGroupsRequest())).AutoScalingGroups.Single().MixedInstancesPolicy);
        Assert.That(policy.LaunchTemplate.Overrides.Select(each => (each.InstanceType, each.ImageId)), Is.EqualTo(new[] { ("t3.micro", null), ("t4g.micro", images["arm64"]) }));
        var usage = JArray.Parse((await _stage.Project.RunAsync("image:list", "--json")).Out);
        Assert.That(usage.Select(image => image["used_by"]!.Count()), Has.All.GreaterThan(0), "both are in use");
        await _stage.Project.RunAsync("autoscale:delete", "www", "--yes");
    }

    [Test]
    public async Task Run_OneArchitecturesTypeChanges_ItsImageAloneIsStale()
    {
        await _stage.Project.RunAsync("packer:run");
        _stage.Project.Write("nodes.json", _stage.Project.Read("nodes.json").Replace("t4g.micro", "t4g.small", StringComparison.Ordinal));

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Out, Does.Match("www@x86_64 +up to date").And.Match("www@arm64 +baked"), run.Error);
    }

    [Test]
    public async Task Run_OneArchitectureFails_TheOtherIsBakedAndNothingOfItIsTouched()
    {
        _stage.Project.Write("scripts/www.sh", "test -z \"$FAIL\"; case $(cat /proc/sys/kernel/hostname) in *) : ;; esac\n");
        _stage.Project.Write("nodes.json", _stage.Project.Read("nodes.json").Replace("t4g.micro", "m5.large", StringComparison.Ordinal));

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Match("www@x86_64 +baked").And.Match("www@arm64 +FAILED"), run.Error);
        var remains = await _stage.LookAsync();
        Assert.That(remains.Litter, Is.Empty);
        Assert.That(remains.Images.Single().BlockDeviceMappings.Select(device => device.Ebs.SnapshotId), Is.SubsetOf(remains.Snapshots.Select(snapshot => snapshot.SnapshotId)));
    }

    [Test]
    public async Task Run_EnginePacker_IsRefused()
    {
        var run = await _stage.Project.RunAsync("packer:run", "--engine", "packer");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("several architectures"));
    }
}
