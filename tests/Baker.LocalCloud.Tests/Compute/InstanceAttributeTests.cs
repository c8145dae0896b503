using Amazon.EC2;
using Amazon.EC2.Model;

namespace Baker.LocalCloud.Tests.Compute;

public sealed class InstanceAttributeTests
{
    [Test]
    public async Task SourceDestCheck_TurnedOff_IsDescribedEverywhere([Values] bool named)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();

        await cloud.EC2.ModifyInstanceAttributeAsync(named
            ? new() { InstanceId = id, Attribute = InstanceAttributeName.SourceDestCheck, Value = "false" }
            : new() { InstanceId = id, SourceDestCheck = false });

        var instance = (await cloud.EC2.DescribeInstancesAsync(new())).Reservations.Single().Instances.Single();
        var attribute = (await cloud.EC2.DescribeInstanceAttributeAsync(new() { InstanceId = id, Attribute = "sourceDestCheck" })).InstanceAttribute;
        Assert.That((instance.SourceDestCheck, instance.NetworkInterfaces.Single().SourceDestCheck, attribute.SourceDestCheck), Is.EqualTo((false, false, false)));
    }

    [Test]
    public async Task DeleteOnTermination_TurnedOff_LeavesTheVolume([Values] bool kept)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();
        var device = (await DevicesAsync(cloud, id)).Single();

        await cloud.EC2.ModifyInstanceAttributeAsync(new()
        {
            InstanceId = id,
            BlockDeviceMappings = [new() { DeviceName = device.DeviceName, Ebs = new() { DeleteOnTermination = !kept } }],
        });

        Assert.That((await DevicesAsync(cloud, id)).Single().Ebs.DeleteOnTermination, Is.EqualTo(!kept));
        Assert.That((await cloud.EC2.DescribeVolumesAsync(new())).Volumes.Single().Attachments.Single().DeleteOnTermination, Is.EqualTo(!kept));
        await cloud.EC2.TerminateInstancesAsync(new() { InstanceIds = [id] });
        await Wait.UntilAsync(
            async () => (await cloud.EC2.DescribeInstancesAsync(new())).Reservations.Single().Instances.Single().State.Name == InstanceStateName.Terminated,
            "the end of the instance");
        var left = (await cloud.EC2.DescribeVolumesAsync(new())).Volumes ?? [];
        Assert.That(left.Select(each => (each.VolumeId, each.State)), Is.EqualTo(kept ? new[] { (device.Ebs.VolumeId, VolumeState.Available) } : []));
    }

    [TestCase("/dev/none", null, "InvalidInstanceAttributeValue")]
    [TestCase(null, "vol-00000000", "InvalidInstanceAttributeValue")]
    public async Task Mapping_OfWhatIsNotAttached_IsRefused(string? device, string? volume, string expected)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();
        device ??= (await DevicesAsync(cloud, id)).Single().DeviceName;

        Assert.That(
            await Errors.CodeOfAsync(() => cloud.EC2.ModifyInstanceAttributeAsync(new()
            {
                InstanceId = id,
                BlockDeviceMappings = [new() { DeviceName = device, Ebs = new() { VolumeId = volume, DeleteOnTermination = false } }],
            })),
            Is.EqualTo(expected));
    }

    [Test]
    public async Task Request_ThatChangesNothing_IsRefused()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();

        foreach (var (code, request) in new (string, ModifyInstanceAttributeRequest)[]
        {
            ("DryRunOperation", new() { DryRun = true, SourceDestCheck = false }),
            ("UnsupportedOperation", new() { Kernel = "aki-00000000" }),
            ("UnsupportedOperation", new() { EnaSupport = false }),
            ("InvalidParameterValue", new() { Attribute = InstanceAttributeName.DisableApiTermination, Value = "perhaps" }),
            ("InvalidParameterValue", new() { Attribute = InstanceAttributeName.ProductCodes, Value = "x" }),
        })
        {
            request.InstanceId = id;
            Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.ModifyInstanceAttributeAsync(request)), Is.EqualTo(code));
        }
    }

    private static async Task<List<InstanceBlockDeviceMapping>> DevicesAsync(TestCloud cloud, string id) =>
        (await cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [id] })).Reservations.Single().Instances.Single().BlockDeviceMappings;
}
