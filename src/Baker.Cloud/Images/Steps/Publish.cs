using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Steps;

/// <summary>Copies the image to other regions, shares it with other accounts, and says from when on it is deprecated.</summary>
internal sealed class Publish : BakeWork
{
    public override string Name => "publish";

    public override string Describe(Bake bake)
    {
        var parts = new List<string>();
        if (OtherRegions(bake).Any())
        {
            parts.Add($"copy it to {string.Join(", ", OtherRegions(bake))}");
        }

        if (bake.Group.AmiUsers.Length > 0)
        {
            parts.Add($"share it with {string.Join(", ", bake.Group.AmiUsers)}");
        }

        if (bake.Group.DeprecateAfter is { } after)
        {
            parts.Add($"deprecate it after {after.TotalDays:0.##} days");
        }

        return string.Join(", ", parts);
    }

    public override bool Applies(Bake bake) =>
        OtherRegions(bake).Any() || bake.Group.AmiUsers.Length > 0 || bake.Group.DeprecateAfter is not null;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        await Task.WhenAll(OtherRegions(bake).Select(region => CopyAsync(bake, region, stop))).ConfigureAwait(false);
        foreach (var (region, image) in bake.Copies
            .Select(copy => (bake.Run.Cloud.Region(copy.Region), copy.ImageId))
            .Prepend((bake.Region, bake.ImageId!)))
        {
            await AnnounceAsync(bake, region, image, stop).ConfigureAwait(false);
        }
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        if (!bake.ImageIsComplete)
        {
            foreach (var copy in bake.Copies)
            {
                await ImageRemoval.RemoveAsync(bake.Run.Cloud.Region(copy.Region), copy.ImageId, stop).ConfigureAwait(false);
            }
        }
    }

    private static IEnumerable<string> OtherRegions(Bake bake) =>
        bake.Group.AmiRegions.Where(region => region != bake.Region.Name).Distinct(StringComparer.Ordinal);

    private static async Task CopyAsync(Bake bake, string name, CancellationToken stop)
    {
        var region = bake.Run.Cloud.Region(name);
        var known = await region.Pacer.SendAsync(
            region.Clients.EC2.DescribeImagesAsync,
            new DescribeImagesRequest
            {
                Owners = ["self"],
                Filters =
                [
                    new Filter { Name = "name", Values = [bake.ImageName!] },
                    new Filter { Name = $"tag:{BakerTags.Fingerprint}", Values = [bake.Fingerprint] },
                ],
            },
            stop).ConfigureAwait(false);
        var copied = known.Images?.FirstOrDefault()?.ImageId;
        if (copied is null)
        {
            copied = await BeginAsync(bake, region, stop).ConfigureAwait(false);
        }
        else if (bake.Verification is { } verification)
        {
            await bake.Run.Region(name).TellAsync(verification, [copied], stop).ConfigureAwait(false);
        }

        var copy = new ImageCopy(name, copied);
        lock (bake.Copies)
        {
            bake.Copies.Add(copy);
        }

        bake.Run.Region(name).Hold(copied);
        copy.SnapshotIds = KnownImage.Of(
            await WaitAvailable.UntilAvailableAsync(bake, region, copied, stop).ConfigureAwait(false)).SnapshotIds;
    }

    private static async Task<string> BeginAsync(Bake bake, CloudRegion region, CancellationToken stop)
    {
        var request = new CopyImageRequest
        {
            SourceImageId = bake.ImageId,
            SourceRegion = bake.Region.Name,
            Name = bake.ImageName,
            ClientToken = $"{bake.ImageId}-{region.Name}",
            Encrypted = bake.Group.EncryptBoot == true ? true : null,
            KmsKeyId = bake.Group.RegionKmsKeyIds.FirstOrDefault(key => key.Key == region.Name).Value,
            TagSpecifications =
            [
                new TagSpecification { ResourceType = ResourceType.Image, Tags = CreateImage.Tags(bake, bake.Group.Tags) },
                new TagSpecification
                {
                    ResourceType = ResourceType.Snapshot,
                    Tags = CreateImage.Tags(bake, bake.Group.SnapshotTags.IsEmpty ? bake.Group.Tags : bake.Group.SnapshotTags),
                },
            ],
        };
        return (await region.Pacer.SendAsync(region.Clients.EC2.CopyImageAsync, request, stop).ConfigureAwait(false)).ImageId;
    }

    private static async Task AnnounceAsync(Bake bake, CloudRegion region, string image, CancellationToken stop)
    {
        var group = bake.Group;
        if (group.AmiUsers.Length > 0)
        {
            var request = new ModifyImageAttributeRequest
            {
                ImageId = image,
                LaunchPermission = new LaunchPermissionModifications
                {
                    Add = [.. group.AmiUsers.Select(user => new LaunchPermission { UserId = user })],
                },
            };
            await region.Pacer.SendAsync(region.Clients.EC2.ModifyImageAttributeAsync, request, stop).ConfigureAwait(false);
        }

        if (group.DeprecateAfter is { } after && string.IsNullOrEmpty(bake.Made?.DeprecationTime))
        {
            var request = new EnableImageDeprecationRequest
            {
                ImageId = image,
                DeprecateAt = bake.Run.Cloud.Clock.UtcNow.UtcDateTime + after,
            };
            await region.Pacer.SendAsync(region.Clients.EC2.EnableImageDeprecationAsync, request, stop).ConfigureAwait(false);
        }
    }
}
