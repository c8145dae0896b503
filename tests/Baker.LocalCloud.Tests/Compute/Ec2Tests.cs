using Amazon.EC2.Model;

namespace Baker.LocalCloud.Tests.Compute;

/// <summary>EC2's rules, without sandboxes.</summary>
public sealed class Ec2Tests
{
    [Test]
    public async Task Instance_PassesThroughItsStates_AndTakesItsVolumesAlong()
    {
        var (time, enough) = (new HurriedTime(0), TimeSpan.FromMinutes(5));
        await using var cloud = await TestCloud.OpenAsync(time: time);
        var id = await cloud.LaunchAsync();
        Assert.That((await cloud.FindAsync(id)).State.Name.Value, Is.EqualTo("pending"));
        time.Skip(enough);
        await cloud.UntilStateAsync(id, "running");
        Assert.That(cloud.Cloud.Status().Resources["volumes"], Is.EqualTo(1));
        var stopping = await cloud.EC2.StopInstancesAsync(new StopInstancesRequest { InstanceIds = [id] });
        Assert.That((stopping.StoppingInstances[0].PreviousState.Name.Value, stopping.StoppingInstances[0].CurrentState.Name.Value), Is.EqualTo(("running", "stopping")));
        Assert.That((await cloud.FindAsync(id)).State.Name.Value, Is.EqualTo("stopping"));
        time.Skip(enough);
        await cloud.UntilStateAsync(id, "stopped");
        await cloud.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [id] });
        time.Skip(enough);
        await cloud.UntilStateAsync(id, "terminated");
        Assert.That(cloud.Cloud.Status().Resources["volumes"], Is.Zero);
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.StartInstancesAsync(new StartInstancesRequest { InstanceIds = [id] })), Is.EqualTo("IncorrectInstanceState"));
    }

    [Test]
    public async Task ImageName_IsUniqueAndFreedByDeregistering_SnapshotsStay()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();
        await cloud.UntilStateAsync(id, "running");
        var image = await cloud.BakeAsync(id, "a name");
        Assert.That(await Errors.CodeOfAsync(() => cloud.BakeAsync(id, "a name")), Is.EqualTo("InvalidAMIName.Duplicate"));
        var snapshot = image.BlockDeviceMappings[0].Ebs.SnapshotId;
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = snapshot })), Is.EqualTo("InvalidSnapshot.InUse"));
        await cloud.EC2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = image.ImageId });
        Assert.That((await cloud.EC2.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { OwnerIds = ["self"] })).Snapshots.Select(s => s.SnapshotId), Is.EqualTo(new[] { snapshot }));
        Assert.That((await cloud.BakeAsync(id, "a name")).State.Value, Is.EqualTo("available"));
    }

    [Test]
    public async Task BaseImages_AreFoundAsTheManifestNamesThem()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var found = await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest
        {
            Owners = ["099720109477"],
            Filters = [new Filter { Name = "name", Values = ["ubuntu/images/*22.04*"] }, new Filter { Name = "architecture", Values = ["x86_64"] }],
        });
        Assert.That(found.Images, Has.Count.EqualTo(1));
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = TestCloud.BaseImageId })), Is.EqualTo("AuthFailure"));
        Assert.That(await Errors.CodeOfAsync(() => cloud.LaunchAsync("ami-99999999")), Is.EqualTo("InvalidAMIID.NotFound"));
    }

    [Test]
    public async Task CopiedImage_IsOfItsRegionAndAccount()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();
        await cloud.UntilStateAsync(id, "running");
        var image = await cloud.BakeAsync(id, "original");
        var copied = await cloud.EC2.CopyImageAsync(new CopyImageRequest { SourceRegion = "us-east-1", SourceImageId = image.ImageId, Name = "copy", ClientToken = "t" });
        var again = await cloud.EC2.CopyImageAsync(new CopyImageRequest { SourceRegion = "us-east-1", SourceImageId = image.ImageId, Name = "copy", ClientToken = "t" });
        Assert.That(again.ImageId, Is.EqualTo(copied.ImageId));
        await cloud.EC2.ModifyImageAttributeAsync(new ModifyImageAttributeRequest { ImageId = copied.ImageId, LaunchPermission = new LaunchPermissionModifications { Add = [new LaunchPermission { UserId = "123456789012" }] } });
        var shared = await cloud.EC2.DescribeImageAttributeAsync(new DescribeImageAttributeRequest { ImageId = copied.ImageId, Attribute = "launchPermission" });
        Assert.That(shared.ImageAttribute.LaunchPermissions[0].UserId, Is.EqualTo("123456789012"));
    }

    [Test]
    public async Task Listing_IsPagedInTheOrderOfIds()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await cloud.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = TestCloud.BaseImageId, InstanceType = "m1.large", MinCount = 12, MaxCount = 12 });
        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { MaxResults = 5, NextToken = token });
            seen.AddRange(page.Reservations.SelectMany(r => r.Instances).Select(i => i.InstanceId));
            token = page.NextToken;
        }
        while (token is not null);
        Assert.That(seen, Has.Count.EqualTo(12).And.Unique);
        Assert.That((await cloud.EC2.DescribeInstancesAsync(new())).Reservations.SelectMany(r => r.Instances).Select(i => i.PrivateIpAddress), Is.Unique);
    }

    [Test]
    public async Task Tags_AreSetAndFoundAcrossKinds()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();
        await cloud.EC2.CreateTagsAsync(new CreateTagsRequest { Resources = [id], Tags = [new Tag { Key = "group", Value = "www" }, new Tag { Key = "x", Value = "y" }] });
        await cloud.EC2.DeleteTagsAsync(new DeleteTagsRequest { Resources = [id], Tags = [new Tag { Key = "x" }] });
        Assert.That((await cloud.EC2.DescribeTagsAsync(new())).Tags.Select(t => (t.ResourceId, t.Key, t.Value)), Is.EqualTo(new[] { (id, "group", "www") }));
        var found = await cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new Filter { Name = "tag:group", Values = ["w*"] }] });
        Assert.That(found.Reservations, Has.Count.EqualTo(1));
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.CreateTagsAsync(new CreateTagsRequest { Resources = [id], Tags = [new Tag { Key = "aws:x", Value = "y" }] })), Is.EqualTo("InvalidParameterValue"));
    }

    [Test]
    public async Task Refusals_CarryAwsCodes()
    {
        await using var cloud = await TestCloud.OpenAsync();
        RunInstancesRequest Run(Action<RunInstancesRequest> change)
        {
            var request = new RunInstancesRequest { ImageId = TestCloud.BaseImageId, InstanceType = "m1.large", MinCount = 1, MaxCount = 1 };
            change(request);
            return request;
        }

        foreach (var (code, request) in new[]
        {
            ("InvalidParameterValue", Run(r => r.InstanceType = "m1.gigantic")),
            ("InvalidParameterValue", Run(r => r.InstanceType = "m6g.large")),
            ("InvalidParameterValue", Run(r => r.UserData = "***")),
            ("InvalidParameterValue", Run(r => r.UserData = Convert.ToBase64String(new byte[16385]))),
            ("InvalidKeyPair.NotFound", Run(r => r.KeyName = "none")),
            ("InvalidGroup.NotFound", Run(r => r.SecurityGroupIds = ["sg-00000000"])),
            ("InvalidSubnetID.NotFound", Run(r => r.SubnetId = "subnet-00000000")),
            ("DryRunOperation", Run(r => r.DryRun = true)),
            ("none", Run(r => r.SecurityGroups = ["external"])),
            ("none", Run(r => r.SecurityGroupIds = ["sg-11112222"])),
        })
        {
            Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.RunInstancesAsync(request)), Is.EqualTo(code));
        }
    }
}
