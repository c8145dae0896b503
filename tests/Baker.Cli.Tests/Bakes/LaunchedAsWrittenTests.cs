using Amazon.EC2.Model;
using Baker.Core;

namespace Baker.Cli.Tests.Bakes;

/// <summary>What a group says of its devices, keys and places reaches the instance that is baked, the image and what is launched from it.</summary>
internal sealed class LaunchedAsWrittenTests
{
    private const string Root = "/dev/sda1";

    private BakeStage _stage = null!;

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Bake_EncryptBootAndAMappedRoot_EncryptsItWithTheKey()
    {
        var image = await BakeAsync($"'encrypt_boot': true, 'kms_key_id': 'alias/k', 'launch_block_device_mappings': [{{'device_name': '{Root}', 'volume_size': 9}}, {{'device_name': '/dev/sdf', 'volume_size': 1}}]");

        Assert.That(image.BlockDeviceMappings.Select(device => (device.DeviceName, device.Ebs.Encrypted, device.Ebs.VolumeSize)), Is.EquivalentTo(new (string, bool?, int?)[] { (Root, true, 9), ("/dev/sdf", true, 1) }));
        Assert.That((await _stage.LookAsync()).Snapshots.Select(snapshot => snapshot.KmsKeyId), Has.All.EqualTo("alias/k"));
    }

    [Test]
    public async Task Bake_CopyWithAKeyOfItsRegion_IsEncryptedWithIt()
    {
        await BakeAsync("'encrypt_boot': true, 'kms_key_id': 'alias/k', 'ami_regions': ['eu-west-1'], 'region_kms_key_ids': {'eu-west-1': 'alias/eu'}");

        var snapshots = await _stage.AskAsync(
            async region => (await region.Clients.EC2.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { OwnerIds = ["self"] })).Snapshots,
            "eu-west-1");
        Assert.That(snapshots.Select(snapshot => (snapshot.Encrypted, snapshot.KmsKeyId)), Is.EqualTo(new (bool?, string)[] { (true, "alias/eu") }));
    }

    [Test]
    public async Task Bake_SourceImageKeepsItsVolumes_LeavesNone()
    {
        var first = await BakeAsync($"'launch_block_device_mappings': [{{'device_name': '{Root}', 'delete_on_termination': false}}]");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf($"'second': {{'source_ami': '{first.ImageId}'}}"));

        var run = await _stage.Project.RunAsync("packer:run", "--no-exec");

        Assert.That(first.BlockDeviceMappings.Single().Ebs.DeleteOnTermination, Is.False);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Fleet_DeviceThatTheImageMaps_IsNotMappedAgain()
    {
        await BakeAsync("'autoscale': {'node_min': 1, 'node_max': 1}, 'launch_block_device_mappings': [{'device_name': '/dev/sdf', 'volume_size': 1}]");

        var run = await _stage.Project.RunAsync("autoscale:run", "www", "--no-exec");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That((await TemplateAsync()).BlockDeviceMappings ?? [], Is.Empty);
    }

    [Test]
    public async Task Fleet_PublicAddressEbsOptimizedAndShutdownBehavior_AreInItsLaunchTemplate()
    {
        await BakeAsync("'autoscale': {'node_min': 1, 'node_max': 1}, 'associate_public_ip_address': true, 'ebs_optimized': true, 'shutdown_behavior': 'terminate', 'security_groups': ['web']");

        var run = await _stage.Project.RunAsync("autoscale:run", "www", "--no-exec");

        var template = await TemplateAsync();
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That((template.EbsOptimized, template.NetworkInterfaces.Single().AssociatePublicIpAddress), Is.EqualTo(((bool?)true, (bool?)true)));
        Assert.That(template.InstanceInitiatedShutdownBehavior?.Value, Is.EqualTo("terminate"));
        Assert.That((template.SecurityGroupIds ?? [], template.NetworkInterfaces.Single().Groups.Count), Is.EqualTo((Array.Empty<string>(), 1)));
    }

    [Test]
    public async Task Fleet_UserDataFileThatIsNoText_ReachesItByteForByte()
    {
        byte[] bytes = [0x1F, 0x8B, 0x08, 0x00, 0xEF, 0xFE, 0x00, 0x0D, 0x0A];
        _stage = new BakeStage("'www': {'user_data_file': 'boot.gz', 'autoscale': {'node_min': 1, 'node_max': 1}}");
        File.WriteAllBytes(_stage.Project.PathOf("boot.gz"), bytes);
        await _stage.Project.RunAsync("packer:run", "--no-exec");

        var run = await _stage.Project.RunAsync("autoscale:run", "www", "--no-exec");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(Convert.FromBase64String((await TemplateAsync()).UserData), Is.EqualTo(bytes));
    }

    private async Task<Image> BakeAsync(string attributes)
    {
        _stage = new BakeStage($"'www': {{{attributes}}}");
        var run = await _stage.Project.RunAsync("packer:run", "--no-exec");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
        var remains = await _stage.LookAsync();
        Assert.That(remains.Litter.Where(line => !line.StartsWith("security group", StringComparison.Ordinal)), Is.Empty);
        return remains.Images.Single();
    }

    private Task<ResponseLaunchTemplateData> TemplateAsync() => _stage.AskAsync(async region =>
    {
        var templates = (await region.Clients.EC2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest())).LaunchTemplates;
        var versions = await region.Clients.EC2.DescribeLaunchTemplateVersionsAsync(new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = templates.Single().LaunchTemplateId });
        return versions.LaunchTemplateVersions.Single().LaunchTemplateData;
    });
}
