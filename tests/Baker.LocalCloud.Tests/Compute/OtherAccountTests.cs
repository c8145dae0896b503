using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Tests.Interop;

namespace Baker.LocalCloud.Tests.Compute;

/// <summary>Other accounts, which come to be when a role of theirs is taken on.</summary>
public sealed class OtherAccountTests
{
    private const string Other = "222222222222";

    [Test]
    public async Task Image_OfAnotherAccount_IsSeenWhenItIsSharedAndWithoutItsTags()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (there, image, snapshot) = await BakedAsync(cloud);
        using var closing = there.EC2;

        var before = await Errors.CodeOfAsync(() => there.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [image] }));
        await ShareAsync(cloud, image);
        var shared = (await there.EC2.DescribeImagesAsync(new DescribeImagesRequest { ExecutableUsers = ["self"] })).Images;
        var byTag = (await there.EC2.DescribeImagesAsync(new DescribeImagesRequest { Filters = [new Filter { Name = "tag-key", Values = ["baker:group"] }] })).Images;

        Assert.That(before, Is.EqualTo("InvalidAMIID.NotFound"));
        Assert.That(shared.Select(each => each.ImageId), Is.EqualTo(new[] { image }));
        Assert.That(shared[0].OwnerId, Is.EqualTo("000000000000"));
        Assert.That(shared[0].Tags ?? [], Is.Empty, "tags are the owner's");
        Assert.That(byTag ?? [], Is.Empty);
        Assert.That(await Errors.CodeOfAsync(() => there.EC2.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { SnapshotIds = [snapshot] })), Is.EqualTo("InvalidSnapshot.NotFound"));
        Assert.That(await Errors.CodeOfAsync(() => there.EC2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = image })), Is.EqualTo("AuthFailure"));
        Assert.That(await Errors.CodeOfAsync(() => there.EC2.DescribeImageAttributeAsync(new DescribeImageAttributeRequest { ImageId = image, Attribute = "launchPermission" })), Is.EqualTo("AuthFailure"));
    }

    [Test]
    public async Task Copy_IntoAnotherAccount_NeedsTheSnapshotsAndIsTheAccountsOwn()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (there, image, snapshot) = await BakedAsync(cloud);
        using var closing = there.EC2;
        await ShareAsync(cloud, image);
        var request = new CopyImageRequest { SourceImageId = image, SourceRegion = "us-east-1", Name = "web 1", Encrypted = true, KmsKeyId = "alias/theirs" };

        var without = await Errors.CodeOfAsync(() => there.EC2.CopyImageAsync(request));
        await cloud.EC2.ModifySnapshotAttributeAsync(new ModifySnapshotAttributeRequest { SnapshotId = snapshot, Attribute = "createVolumePermission", OperationType = "add", UserIds = [Other] });
        var copy = (await there.EC2.CopyImageAsync(request)).ImageId;
        var own = (await there.EC2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images.Single();

        Assert.That(without, Is.EqualTo("InvalidRequest"));
        Assert.That((own.ImageId, own.OwnerId, own.SourceImageId), Is.EqualTo((copy, Other, image)));
        Assert.That(own.BlockDeviceMappings[0].Ebs.Encrypted, Is.True);
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [copy] })), Is.EqualTo("InvalidAMIID.NotFound"), "the home account does not see it");
    }

    [Test]
    public async Task DefaultKey_CannotBeShared()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (there, image, _) = await BakedAsync(cloud);
        there.EC2.Dispose();
        var copy = (await cloud.EC2.CopyImageAsync(new CopyImageRequest { SourceImageId = image, SourceRegion = "us-east-1", Name = "sealed", Encrypted = true })).ImageId;
        var snapshot = (await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [copy] })).Images[0].BlockDeviceMappings[0].Ebs.SnapshotId;

        Assert.That(await Errors.CodeOfAsync(() => ShareAsync(cloud, copy)), Is.EqualTo("InvalidParameter"));
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.ModifySnapshotAttributeAsync(new ModifySnapshotAttributeRequest { SnapshotId = snapshot, Attribute = "createVolumePermission", OperationType = "add", UserIds = [Other] })), Is.EqualTo("InvalidParameter"));
    }

    [Test]
    public async Task Parameters_OfTwoAccounts_AreTwo()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var there = await cloud.InAsync(Other);
        using var closing = there.EC2;
        using var ssm = there.SSM;
        await cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "/baker/images/www/production", Value = "ami-1", Type = ParameterType.String });
        await ssm.PutParameterAsync(new PutParameterRequest { Name = "/baker/images/www/production", Value = "ami-2", Type = ParameterType.String });

        var here = await cloud.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = "/baker", Recursive = true });
        var theirs = await ssm.GetParametersByPathAsync(new GetParametersByPathRequest { Path = "/baker", Recursive = true });
        var history = await ssm.GetParameterHistoryAsync(new GetParameterHistoryRequest { Name = "/baker/images/www/production" });

        Assert.That(here.Parameters.Select(each => each.Value), Is.EqualTo(new[] { "ami-1" }));
        Assert.That(theirs.Parameters.Select(each => each.Value), Is.EqualTo(new[] { "ami-2" }));
        Assert.That(theirs.Parameters[0].ARN, Is.EqualTo("arn:aws:ssm:us-east-1:222222222222:parameter/baker/images/www/production"));
        Assert.That(history.Parameters[0].LastModifiedUser, Is.EqualTo("arn:aws:sts::222222222222:assumed-role/images/tests"));
        Assert.That(await Errors.CodeOfAsync(() => ssm.GetParameterAsync(new GetParameterRequest { Name = "/baker/none" })), Is.EqualTo("ParameterNotFound"));
    }

    [Test]
    public async Task WhatElseAnAccountCouldDo_IsRefusedInWords()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var there = await cloud.InAsync(Other);
        using var closing = there.EC2;
        var home = await cloud.LaunchAsync();

        var refused = (await Assert.ThrowsAsync<Amazon.EC2.AmazonEC2Exception>(() => there.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = TestCloud.BaseImageId, MinCount = 1, MaxCount = 1 })))!;

        Assert.That(refused.ErrorCode, Is.EqualTo("UnsupportedOperation"));
        Assert.That(refused.Message, Does.Contain("ec2:RunInstances: account 222222222222 of the local cloud has images, snapshots and parameters, and nothing else"));
        Assert.That((await there.EC2.DescribeInstancesAsync(new DescribeInstancesRequest())).Reservations ?? [], Is.Empty);
        Assert.That(await Errors.CodeOfAsync(() => there.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [home] })), Is.EqualTo("UnsupportedOperation"));
        Assert.That(await Errors.CodeOfAsync(() => there.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [home] })), Is.EqualTo("UnsupportedOperation"));
        Assert.That(await Errors.CodeOfAsync(() => there.EC2.CreateTagsAsync(new CreateTagsRequest { Resources = [home], Tags = [new Amazon.EC2.Model.Tag { Key = "a", Value = "b" }] })), Is.EqualTo("InvalidInstanceID.NotFound"));
    }

    [Test]
    public async Task UsageReport_ComesAfterAWhileAndHasNoEntry()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (there, image, _) = await BakedAsync(cloud);
        there.EC2.Dispose();
        var report = (await cloud.EC2.CreateImageUsageReportAsync(new CreateImageUsageReportRequest { ImageId = image, ResourceTypes = [new ImageUsageResourceTypeRequest { ResourceType = "ec2:Instance" }] })).ReportId;

        await Wait.UntilAsync(async () => (await cloud.EC2.DescribeImageUsageReportsAsync(new DescribeImageUsageReportsRequest { ReportIds = [report] })).ImageUsageReports[0].State == "available", "the report");
        var entries = await cloud.EC2.DescribeImageUsageReportEntriesAsync(new DescribeImageUsageReportEntriesRequest { ReportIds = [report] });
        await cloud.EC2.DeleteImageUsageReportAsync(new DeleteImageUsageReportRequest { ReportId = report });

        Assert.That(entries.ImageUsageReportEntries ?? [], Is.Empty);
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DescribeImageUsageReportsAsync(new DescribeImageUsageReportsRequest { ReportIds = [report] })), Is.EqualTo("InvalidImageUsageReportId.NotFound"));
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.CreateImageUsageReportAsync(new CreateImageUsageReportRequest { ImageId = image, ResourceTypes = [new ImageUsageResourceTypeRequest { ResourceType = "ec2:Volume" }] })), Is.EqualTo("InvalidParameterValue"));
    }

    [Test]
    public async Task FastRestore_PassesThroughItsStates_AndEndsWithTheSnapshot()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (there, image, snapshot) = await BakedAsync(cloud);
        there.EC2.Dispose();
        var unknown = await Errors.CodeOfAsync(() => cloud.EC2.EnableFastSnapshotRestoresAsync(new EnableFastSnapshotRestoresRequest { SourceSnapshotIds = [snapshot], AvailabilityZones = ["eu-west-1a"] }));
        var begun = (await cloud.EC2.EnableFastSnapshotRestoresAsync(new EnableFastSnapshotRestoresRequest { SourceSnapshotIds = [snapshot], AvailabilityZones = ["us-east-1a", "us-east-1b"] })).Successful;

        await Wait.UntilAsync(async () => (await StatesAsync()).All(state => state == "enabled"), "fast snapshot restore");
        var none = (await cloud.EC2.DisableFastSnapshotRestoresAsync(new DisableFastSnapshotRestoresRequest { SourceSnapshotIds = [snapshot], AvailabilityZones = ["us-east-1c"] })).Unsuccessful;
        await cloud.EC2.DisableFastSnapshotRestoresAsync(new DisableFastSnapshotRestoresRequest { SourceSnapshotIds = [snapshot], AvailabilityZones = ["us-east-1a"] });
        await Wait.UntilAsync(async () => (await StatesAsync()).Order().SequenceEqual(["disabled", "enabled"]), "the end of it");
        await cloud.EC2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = image, DeleteAssociatedSnapshots = true });

        Assert.That(unknown, Is.EqualTo("InvalidZone.NotFound"));
        Assert.That(begun.Select(each => each.State.Value), Is.All.AnyOf("enabling", "optimizing"));
        Assert.That(none[0].FastSnapshotRestoreStateErrors[0].AvailabilityZone, Is.EqualTo("us-east-1c"));
        Assert.That(await StatesAsync(), Is.Empty);

        async Task<List<string>> StatesAsync() =>
            [.. ((await cloud.EC2.DescribeFastSnapshotRestoresAsync(new DescribeFastSnapshotRestoresRequest { Filters = [new Filter { Name = "snapshot-id", Values = [snapshot] }] })).FastSnapshotRestores ?? []).Select(each => each.State.Value)];
    }

    [TestCase("/dev/sda1", 200, "none")]
    [TestCase("/dev/sda1", 99, "InvalidParameterValue")]
    [TestCase("/dev/sda1", 301, "InvalidParameterValue")]
    [TestCase("/dev/sdf", 200, "InvalidParameterCombination")]
    public async Task InitializationRate_OfALaunch_IsWithinItsBoundsAndOfASnapshot(string device, int rate, string code)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var ebs = new EbsBlockDevice { VolumeInitializationRate = rate, VolumeSize = device == "/dev/sdf" ? 1 : null };
        var request = new RunInstancesRequest { ImageId = TestCloud.BaseImageId, MinCount = 1, MaxCount = 1, InstanceType = "t3.micro", BlockDeviceMappings = [new BlockDeviceMapping { DeviceName = device, Ebs = ebs }] };

        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.RunInstancesAsync(request)), Is.EqualTo(code));
        if (code == "none")
        {
            Assert.That((await cloud.EC2.DescribeVolumesAsync(new DescribeVolumesRequest())).Volumes.Select(volume => volume.VolumeInitializationRate), Is.EqualTo(new int?[] { rate }));
        }
    }

    [Test]
    public async Task Boto3_InARoleOfAnotherAccount_CopiesWhatIsShared()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (there, image, snapshot) = await BakedAsync(cloud);
        there.EC2.Dispose();
        if ((await Peer.TryAsync("python3", cloud, "-c", "import boto3")).Code != 0)
        {
            Peers.Missing("boto3 is not installed");
        }

        var output = await Peer.RunAsync("python3", cloud, "-c", Script.Replace("IMAGE", image, StringComparison.Ordinal).Replace("SNAPSHOT", snapshot, StringComparison.Ordinal));

        Assert.That(output, Does.EndWith("done\n"));
    }

    private const string Script =
        """
        import boto3, botocore.exceptions
        home = boto3.client("ec2")
        role = boto3.client("sts").assume_role(RoleArn="arn:aws:iam::222222222222:role/team/images", RoleSessionName="boto")
        assert role["AssumedRoleUser"]["Arn"] == "arn:aws:sts::222222222222:assumed-role/images/boto", role
        keys = role["Credentials"]
        session = boto3.Session(aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
        assert session.client("sts").get_caller_identity()["Account"] == "222222222222"
        ec2 = session.client("ec2")
        def code(call, **asked):
            try: call(**asked)
            except botocore.exceptions.ClientError as error: return error.response["Error"]["Code"]
            return "none"
        assert code(ec2.describe_images, ImageIds=["IMAGE"]) == "InvalidAMIID.NotFound"
        home.modify_image_attribute(ImageId="IMAGE", LaunchPermission={"Add": [{"UserId": "222222222222"}]})
        home.modify_snapshot_attribute(SnapshotId="SNAPSHOT", Attribute="createVolumePermission", OperationType="add", UserIds=["222222222222"])
        copy = ec2.copy_image(SourceImageId="IMAGE", SourceRegion="us-east-1", Name="theirs", Encrypted=True, KmsKeyId="alias/theirs")["ImageId"]
        ec2.get_waiter("image_available").wait(ImageIds=[copy], WaiterConfig={"Delay": 1})
        assert [image["OwnerId"] for image in ec2.describe_images(Owners=["self"])["Images"]] == ["222222222222"]
        assert code(home.describe_images, ImageIds=[copy]) == "InvalidAMIID.NotFound"
        ssm = session.client("ssm")
        ssm.put_parameter(Name="/baker/images/www/production", Value=copy, Type="String", DataType="aws:ec2:image")
        assert code(boto3.client("ssm").get_parameter, Name="/baker/images/www/production") == "ParameterNotFound"
        assert code(session.client("s3").list_buckets) == "UnsupportedOperation"
        url = session.client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
        import urllib.request
        assert b"<Account>222222222222</Account>" in urllib.request.urlopen(url).read()
        print("done")
        """;

    private static async Task<((Amazon.EC2.AmazonEC2Client EC2, AmazonSimpleSystemsManagementClient SSM) There, string Image, string Snapshot)> BakedAsync(TestCloud cloud)
    {
        var id = await cloud.LaunchAsync();
        await cloud.UntilStateAsync(id, "running");
        var image = await cloud.BakeAsync(id, "www 1");
        await cloud.EC2.CreateTagsAsync(new CreateTagsRequest { Resources = [image.ImageId], Tags = [new Amazon.EC2.Model.Tag { Key = "baker:group", Value = "www" }] });
        return (await cloud.InAsync(Other), image.ImageId, image.BlockDeviceMappings[0].Ebs.SnapshotId);
    }

    private static Task<ModifyImageAttributeResponse> ShareAsync(TestCloud cloud, string image) => cloud.EC2.ModifyImageAttributeAsync(new ModifyImageAttributeRequest
    {
        ImageId = image,
        LaunchPermission = new LaunchPermissionModifications { Add = [new LaunchPermission { UserId = Other }] },
    });
}
