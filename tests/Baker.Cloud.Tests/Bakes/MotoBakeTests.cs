using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Baking;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Bakes;

/// <summary>Our bake on a cloud that nobody here wrote: moto lists no SSM agents and fails on snapshot tags, and runs nothing.</summary>
public sealed class MotoBakeTests
{
    [Test]
    public async Task Bake_OnMoto_MakesATaggedImageOnceAndLeavesNothing()
    {
        await using var cloud = await MotoAccount.OpenAsync();
        var ec2 = cloud.Region("us-east-1").Clients.EC2;
        var source = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["amazon"] })).Images[0].ImageId;
        var input = new BakeInput(Group("bee", source), [new PayloadFile("scripts/a.sh", Encoding.UTF8.GetBytes("true\n"))], []);
        var folder = Directory.CreateTempSubdirectory("baker-moto-").FullName;
        try
        {
            var options = new BakeOptions(Force: false, OnError: null, Parallel: 5, folder, Path.Combine(folder, "builds"), Bucket: null, BucketPrefix: "");
            var bakery = new ImageBakery(cloud, options, new SilentWatcher());

            var first = (await bakery.BakeAsync([input], CancellationToken.None)).Single();
            var second = (await bakery.BakeAsync([input], CancellationToken.None)).Single();

            Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Failure);
            Assert.That(second.Outcome, Is.EqualTo(BakeOutcome.UpToDate), second.Failure);
            var image = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images.Single();
            Assert.That(image.ImageId, Is.EqualTo(first.ImageId).And.EqualTo(second.ImageId));
            Assert.That(image.Tags.Select(tag => tag.Key), Is.SupersetOf(new[] { BakerTags.Group, BakerTags.Fingerprint, "group", "team" }).And.Not.Contains(BakerTags.Lease));
            var snapshot = (await ec2.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { SnapshotIds = [image.BlockDeviceMappings[0].Ebs.SnapshotId] })).Snapshots.Single();
            Assert.That(snapshot.Tags.Select(tag => tag.Key), Does.Contain(BakerTags.Fingerprint).And.Not.Contains(BakerTags.Lease));
            var instances = (await ec2.DescribeInstancesAsync(new DescribeInstancesRequest())).Reservations.SelectMany(reservation => reservation.Instances);
            Assert.That(instances.Where(instance => instance.State.Name != InstanceStateName.Terminated), Is.Empty);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Bake_ManyGroups_AsksForTheStatesOfAllTogether()
    {
        await using var cloud = await MotoAccount.OpenAsync();
        var region = cloud.Region("us-east-1");
        var source = (await region.Clients.EC2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["amazon"] })).Images[0].ImageId;
        var inputs = Enumerable.Range(0, 12).Select(number => new BakeInput(Group($"bee-{number}", source), [], [])).ToArray();
        var folder = Directory.CreateTempSubdirectory("baker-moto-").FullName;
        try
        {
            var options = new BakeOptions(Force: false, OnError: null, Parallel: inputs.Length, folder, Path.Combine(folder, "builds"), Bucket: null, BucketPrefix: "");

            var results = await new ImageBakery(cloud, options, new SilentWatcher()).BakeAsync(inputs, CancellationToken.None);

            Assert.That(results.Select(result => result.Outcome), Is.All.EqualTo(BakeOutcome.Baked), results[0].Failure);
            Assert.That(region.Pacer.Calls["RunInstances"], Is.EqualTo(inputs.Length));
            Assert.That(region.Pacer.Calls["DescribeInstances"], Is.LessThan(inputs.Length), "none for a group alone");
            Assert.That(region.Pacer.Calls.Values.Sum(), Is.LessThanOrEqualTo(60 + (5 * inputs.Length)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static NodeGroup Group(string name, string source) => new()
    {
        Name = GroupName.Parse(name),
        Attributes = new JObject { ["source_ami"] = source },
        InstanceTypes = ["m1.large"],
        Source = new SourceImage.ById(source),
        Tags = [new("team", "api")],
    };
}
