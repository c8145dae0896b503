using Amazon.EC2;
using Amazon.EC2.Model;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>What AWS's own clients do to a request on the way, as the local cloud sees it.</summary>
internal sealed class OfficialClientTests
{
    [Test]
    public async Task Device_OfASnapshotThatIsNotToBeEncrypted_ArrivesWithoutTheFlag()
    {
        using var server = new CodecServer("ec2") { Response = new RunInstancesResponse() };
        using var ec2 = (AmazonEC2Client)Clients.Make("ec2", "http://127.0.0.1:1", server);
        var request = new RunInstancesRequest { MinCount = 1, MaxCount = 1, BlockDeviceMappings = [new() { DeviceName = "/dev/xvda", Ebs = new() { SnapshotId = "snap-1", Encrypted = false } }] };

        await ec2.RunInstancesAsync(request);

        Assert.That(((RunInstancesRequest)server.Request!).BlockDeviceMappings.Single().Ebs?.Encrypted, Is.Null);
    }

    [Test]
    public async Task Template_WhoseDeviceIsNotToBeEncrypted_ArrivesWithTheFlag()
    {
        using var server = new CodecServer("ec2") { Response = new CreateLaunchTemplateResponse() };
        using var ec2 = (AmazonEC2Client)Clients.Make("ec2", "http://127.0.0.1:1", server);

        await ec2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest
        {
            LaunchTemplateName = "t",
            LaunchTemplateData = new() { BlockDeviceMappings = [new() { DeviceName = "/dev/xvda", Ebs = new() { Encrypted = false } }] },
        });

        Assert.That(((CreateLaunchTemplateRequest)server.Request!).LaunchTemplateData.BlockDeviceMappings.Single().Ebs.Encrypted, Is.False);
    }

    [Test]
    public async Task CopiedSnapshot_IsAskedForWithASignedUrl_ThatTheServerTakes()
    {
        using var server = new CodecServer("ec2") { Response = new CopySnapshotResponse { SnapshotId = "snap-2" } };
        using var ec2 = (AmazonEC2Client)Clients.Make("ec2", "http://127.0.0.1:1", server);

        var copied = await ec2.CopySnapshotAsync(new CopySnapshotRequest { SourceRegion = "eu-west-1", SourceSnapshotId = "snap-1" });

        Assert.That((copied.SnapshotId, server.Body!.Contains("PresignedUrl=http", StringComparison.Ordinal)), Is.EqualTo(("snap-2", true)));
    }
}
