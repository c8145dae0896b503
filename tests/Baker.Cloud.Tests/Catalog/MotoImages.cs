using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Images.Catalog;

namespace Baker.Cloud.Tests.Catalog;

/// <summary>Images on moto, made as a bake makes them.</summary>
internal static class MotoImages
{
    public const string Base = "ami-12c6146b";

    public static async Task<string> BakeAsync(CloudClients cloud, string group, int number, string tag = BakerTags.Group)
    {
        var instance = await LaunchAsync(cloud, Base);
        var image = await cloud.EC2.CreateImageAsync(new CreateImageRequest
        {
            InstanceId = instance,
            Name = $"{group} {number}",
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.Image, Tags = [new Tag { Key = tag, Value = group }, new Tag { Key = BakerTags.Fingerprint, Value = $"{number}" }] }],
        });
        var described = await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [image.ImageId] });
        await cloud.EC2.CreateTagsAsync(new CreateTagsRequest
        {
            Resources = [.. described.Images[0].BlockDeviceMappings.Select(mapping => mapping.Ebs.SnapshotId)],
            Tags = [new Tag { Key = BakerTags.Group, Value = group }],
        });
        await cloud.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [instance] });
        return image.ImageId;
    }

    public static async Task<string> LaunchAsync(CloudClients cloud, string image)
    {
        var answer = await cloud.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = image, InstanceType = InstanceType.T3Micro, MinCount = 1, MaxCount = 1 });
        return answer.Reservation.Instances[0].InstanceId;
    }

    public static async Task<CatalogRegion> CatalogAsync(CloudSession session, params string[] groups) =>
        (await new ImageCatalog(session).ReadAsync(groups.ToLookup(_ => "us-east-1"), withOrphans: true, CancellationToken.None)).Single();
}
