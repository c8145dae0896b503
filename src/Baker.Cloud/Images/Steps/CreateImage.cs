using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Steps;

/// <summary>Creates the image, tagged together with its snapshots in the same call, so that a dead run's is found again.</summary>
internal sealed class CreateImage : BakeWork
{
    private const int Attempts = 4;

    public override string Name => "image";

    public override string Describe(Bake bake) =>
        $"create the image \"{ImageNaming.Of(bake.Group, "<timestamp>")}\", tagged with its snapshots";

    public override bool Applies(Bake bake) => !bake.Adopted;

    public override Task RunAsync(Bake bake, CancellationToken stop)
    {
        var region = bake.Run.Region(bake.Region.Name);
        return region.MakeImageAsync(() => MakeAsync(bake, region, stop), stop);
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        if (bake.ImageIsComplete || bake.ImageName is null)
        {
            return; // it is to stay, or was never asked for
        }

        var id = bake.ImageId ?? await FindAsync(bake, stop).ConfigureAwait(false);
        if (id is not null)
        {
            await ImageRemoval.RemoveAsync(bake.Region, id, stop).ConfigureAwait(false);
            bake.ImageId = null;
        }
    }

    private static async Task MakeAsync(Bake bake, BakeRegion region, CancellationToken stop)
    {
        bake.ImageName = NameNow(bake);
        var withSnapshotTags = region.TagsSnapshots;
        for (var attempt = 1; bake.ImageId is null; attempt++)
        {
            try
            {
                var answer = await bake.Region.Pacer.SendOnceAsync(
                    bake.Region.Clients.EC2.CreateImageAsync,
                    Request(bake, withSnapshotTags),
                    async token => await FindAsync(bake, token).ConfigureAwait(false) is { } made
                        ? new CreateImageResponse { ImageId = made }
                        : null,
                    stop,
                    breaksOff: false).ConfigureAwait(false);
                (bake.ImageId, bake.SnapshotsAreUntagged, region.TagsSnapshots) = (answer.ImageId, !withSnapshotTags, withSnapshotTags);
            }
            catch (AmazonServiceException error) when (attempt < Attempts && error.ErrorCode == "InvalidAMIName.Duplicate")
            {
                // Of an earlier call whose reply was lost, or another's, baked within the same second.
                bake.ImageId = await FindAsync(bake, stop).ConfigureAwait(false);
                if (bake.ImageId is null)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), bake.Run.Time, stop).ConfigureAwait(false);
                    bake.ImageName = NameNow(bake);
                }
            }
            catch (AmazonServiceException error) when (withSnapshotTags && Refusal.IsInability(error))
            {
                withSnapshotTags = false; // some endpoints other than AWS fail on them
            }
        }

        region.Hold(bake.ImageId);
    }

    private static string NameNow(Bake bake) => ImageNaming.Of(bake.Group, bake.Run.Time.GetUtcNow());

    private static CreateImageRequest Request(Bake bake, bool withSnapshotTags)
    {
        var image = Tags(bake, bake.Group.Tags);
        var request = new CreateImageRequest
        {
            InstanceId = bake.InstanceId,
            Name = bake.ImageName,
            Description = Shortened(bake.Group.Description),
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.Image, Tags = image }],
        };
        if (withSnapshotTags)
        {
            var snapshot = Tags(bake, bake.Group.SnapshotTags.IsEmpty ? bake.Group.Tags : bake.Group.SnapshotTags);
            request.TagSpecifications.Add(new TagSpecification { ResourceType = ResourceType.Snapshot, Tags = snapshot });
        }

        return request;
    }

    internal static List<Tag> Tags(Bake bake, IEnumerable<KeyValuePair<string, string>> own)
    {
        var tags = bake.Tags(bake.ImageName!);
        tags.Add(new Tag { Key = BakerTags.UserGroup, Value = bake.Group.Name });
        tags.Add(new Tag { Key = BakerTags.Fingerprint, Value = bake.Fingerprint });
        tags.Add(new Tag { Key = BakerTags.Source, Value = bake.Source!.ImageId });
        tags.AddRange(bake.Input.Code.Select(tree => new Tag { Key = tree.Tag.Key, Value = tree.Tag.Value }));
        if (bake.Verification is { } verification)
        {
            tags.Add(new Tag { Key = BakerTags.Verification, Value = verification.ToString() });
        }

        foreach (var (key, value) in own)
        {
            tags.RemoveAll(tag => tag.Key == key && !key.StartsWith("baker:", StringComparison.Ordinal));
            tags.Add(new Tag { Key = key, Value = value });
        }

        return tags;
    }

    // EC2 takes 255 characters.
    private static string? Shortened(string description) =>
        description.Length == 0 ? null : description.Length > 255 ? description[..255] : description;

    private static async Task<string?> FindAsync(Bake bake, CancellationToken stop)
    {
        var request = new DescribeImagesRequest
        {
            Owners = ["self"],
            Filters =
            [
                new Filter { Name = "name", Values = [bake.ImageName!] },
                new Filter { Name = $"tag:{BakerTags.Run}", Values = [bake.RunId] },
            ],
        };
        var answer = await bake.Region.Pacer.SendAsync(bake.Region.Clients.EC2.DescribeImagesAsync, request, stop).ConfigureAwait(false);
        return answer.Images?.FirstOrDefault()?.ImageId;
    }
}
