using System.Collections.Concurrent;
using System.Collections.Immutable;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Gives a group's image to another account, shared or as a copy under a key of that account's, and points the account's channel at it,
/// in every region. What is there already is found by its tags: the same again goes on where an earlier run ended.
/// </summary>
/// <param name="there">The cloud as the account sees it.</param>
/// <param name="promotion">Chooses the image.</param>
public sealed class AccountPromotion(
    CloudSession cloud,
    CloudSession there,
    OtherAccount account,
    NodeGroup group,
    string channel,
    Promotion promotion) : Operation<AccountStep>
{
    private static readonly TimeSpan s_copyLimit = TimeSpan.FromHours(2);

    /// <summary>How long it may take until the account sees what it was given.</summary>
    private static readonly TimeSpan s_shareLimit = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, string> _images = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _copies = new(StringComparer.Ordinal);

    public override string Subject => group.Name;

    /// <summary>The image that was chosen, once there is a plan.</summary>
    public CatalogImage? Chosen { get; private set; }

    /// <summary>By region what the account has: the image itself, or its copy.</summary>
    public IReadOnlyDictionary<string, string> Images => _images.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>By the ids of the copies that were made, what they are copies of.</summary>
    public IReadOnlyDictionary<string, string> Copies => _copies;

    public override async Task<IReadOnlyList<AccountStep>> PlanAsync(CancellationToken stop)
    {
        Chosen = await promotion.ChooseAsync(stop).ConfigureAwait(false);
        var regions = account.RegionsFor(group.Regions);
        var plans = await Task.WhenAll(regions.Select(region => PlanAsync(region, Chosen, stop))).ConfigureAwait(false);

        // By kind: one kind is done in all regions at once, and no channel is moved before every region has the image.
        return
        [
            .. plans.SelectMany(steps => steps.OfType<AccountStep.Share>()),
            .. plans.SelectMany(steps => steps.OfType<AccountStep.Copy>()),
            .. plans.SelectMany(steps => steps.OfType<AccountStep.Point>()),
        ];
    }

    public override int AtOnce(AccountStep step) => 8;

    public override Task DoAsync(AccountStep step, CancellationToken stop) => step switch
    {
        AccountStep.Share share =>
            new SharedImage(cloud.Region(share.Region)).ShareAsync(share.ImageId, share.SnapshotIds, share.Id, stop),
        AccountStep.Copy copy => CopyAsync(copy, stop),
        AccountStep.Point point => Channels(point.Region).SetAsync(point.Group, point.Channel, _images[point.Region], stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private async Task<List<AccountStep>> PlanAsync(string region, CatalogImage chosen, CancellationToken stop)
    {
        var steps = new List<AccountStep>();
        var key = account.KmsKeyIds.GetValueOrDefault(region);
        var isOwn = group.Regions.Contains(region);
        var copies = key is not null || !isOwn;
        var (copy, _) = copies ? await OfAccountAsync(region, chosen, stop).ConfigureAwait(false) : (null, null);
        if (copy is { IsAvailable: true })
        {
            _images[region] = copy.Id;
        }
        else
        {
            var from = isOwn ? region : group.Region;
            var source = await SourceAsync(from, chosen, stop).ConfigureAwait(false);
            if (await ShareAsync(from, source, stop).ConfigureAwait(false) is { } share)
            {
                steps.Add(share);
            }

            if (copies)
            {
                steps.Add(new AccountStep.Copy(account.Name, region, source.Id, source.Name, from, key));
            }
            else
            {
                _images[region] = source.Id;
            }
        }

        var before = await Channels(region).FindAsync(group.Name, channel, stop).ConfigureAwait(false);
        var image = _images.GetValueOrDefault(region);
        if (image is null || before != image)
        {
            steps.Add(new AccountStep.Point(account.Name, region, group.Name, channel, image, chosen.Name, before));
        }

        return steps;
    }

    private async Task<CatalogImage> SourceAsync(string region, CatalogImage chosen, CancellationToken stop) =>
        (await new GoodImages(cloud.Region(region).Clients, cloud.Pacer, cloud.Clock).OfAsync(group.Name, stop).ConfigureAwait(false))
            .Find(image => image.Name == chosen.Name && image.Run == chosen.Run)
        ?? throw new BakerException(
            ExitCode.BadInput,
            $"{chosen.Id} \"{chosen.Name}\" of {group.Name} is not in {region}, or may not be used there.",
            $"Promote an image that is, or bake anew: {cloud.Suggested.Package($"packer:run {group.Name} --force")}");

    /// <summary>Null where the account may use all of it already.</summary>
    private async Task<AccountStep.Share?> ShareAsync(string region, CatalogImage source, CancellationToken stop)
    {
        var sharing = new SharedImage(cloud.Region(region));
        var named = region == group.Region
            ? group.KmsKeyId
            : group.RegionKmsKeyIds.FirstOrDefault(each => each.Key == region).Value;
        if (await sharing.HasDefaultKeyAsync(source, named, stop).ConfigureAwait(false))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{source.Id} \"{source.Name}\" in {region} is encrypted with this account's default key, "
                    + $"which {account.Name} can never use: it can neither be shared nor copied there.",
                $"Give {group.Name} a \"kms_key_id\" that {account.Id} may use, and bake it anew.");
        }

        var unreadable = await sharing.UnreadableAsync(source.SnapshotIds, account.Id, stop).ConfigureAwait(false);
        var accounts = await sharing.AccountsAsync(source.Id, stop).ConfigureAwait(false);
        return unreadable.IsEmpty && accounts.Contains(account.Id)
            ? null
            : new AccountStep.Share(account.Name, region, source.Id, source.Name, unreadable, account.Id);
    }

    /// <summary>The account's own copy, finished or begun, and one that failed.</summary>
    private async Task<(CatalogImage? Copy, CatalogImage? Failed)> OfAccountAsync(string region, CatalogImage image, CancellationToken stop)
    {
        var clients = there.Region(region).Clients;
        var request = new DescribeImagesRequest
        {
            Owners = ["self"],
            Filters =
            [
                new Filter { Name = $"tag:{BakerTags.Group}", Values = [group.Name] },
                new Filter { Name = "name", Values = [image.Name] },
            ],
        };
        var reply = await cloud.Pacer.SendAsync(clients.EC2.DescribeImagesAsync, request, stop).ConfigureAwait(false);
        var found = (reply.Images ?? [])
            .Select(each => CatalogImage.Of(each, region))
            .OfType<CatalogImage>()
            .Where(each => each.Run == image.Run)
            .ToList();
        return (found.Find(each => each.IsAvailable || each.IsPending), found.Find(each => each.IsFailed));
    }

    private async Task CopyAsync(AccountStep.Copy step, CancellationToken stop)
    {
        var region = there.Region(step.Region);
        var (copy, failed) = await OfAccountAsync(step.Region, Chosen!, stop).ConfigureAwait(false);
        if (failed is not null)
        {
            await ImageRemoval.RemoveAsync(region, failed.Id, stop).ConfigureAwait(false);
        }

        var id = copy?.Id ?? await BeginAsync(step, failed, stop).ConfigureAwait(false);
        await region.Waits.Images.UntilAsync(
            id,
            image => image?.State?.Value switch
            {
                null or "pending" => false,
                "available" => true,
                var state => throw new BakerException(
                    ExitCode.CloudFailed,
                    $"the copy {id} of {step.ImageId} in {step.Region} of {account.Name} went to {state}: "
                        + (image.StateReason?.Message ?? "AWS gave no reason"),
                    "Where it is encrypted, the role of that account needs both keys: the source's, and the one that it is copied with. "
                        + "Run the command again; the failed copy is removed first."),
            },
            new Expectation($"{step.Region}/available", s_copyLimit, $"image {id} in state available"),
            stop).ConfigureAwait(false);
        _copies[id] = step.ImageId;
        _images[step.Region] = id;
    }

    private async Task<string> BeginAsync(AccountStep.Copy step, CatalogImage? failed, CancellationToken stop)
    {
        var source = cloud.Region(step.From);
        var image = await new GoodImages(source.Clients, cloud.Pacer, cloud.Clock).FindAsync(step.ImageId, stop).ConfigureAwait(false)
            ?? throw new BakerException(ExitCode.CloudFailed, $"{step.ImageId} is gone.", "Run the command again, with another image.");
        var snapshots = await cloud.Pacer.SendAsync(
            source.Clients.EC2.DescribeSnapshotsAsync,
            new DescribeSnapshotsRequest
            {
                OwnerIds = ["self"],
                Filters = [new Filter { Name = "snapshot-id", Values = [.. CatalogImage.Of(image, step.From)!.SnapshotIds] }],
            },
            stop).ConfigureAwait(false);
        var request = new CopyImageRequest
        {
            SourceImageId = step.ImageId,
            SourceRegion = step.From,
            Name = step.Name,
            Description = string.IsNullOrEmpty(image.Description) ? null : image.Description,
            Encrypted = step.KmsKeyId is null ? null : true,
            KmsKeyId = step.KmsKeyId,
            ClientToken = $"{step.ImageId}-{step.Region}{(failed is null ? "" : failed.Id[^12..])}",
            TagSpecifications = Tags(ResourceType.Image, image.Tags)
                .Concat(Tags(ResourceType.Snapshot, snapshots.Snapshots?.FirstOrDefault()?.Tags))
                .ToList(),
        };

        // What is shared is not seen everywhere at once.
        string? id = null;
        var clients = there.Region(step.Region).Clients;
        await Looking.UntilAsync(
            cloud.Time,
            async taken =>
            {
                try
                {
                    var reply = await cloud.Pacer.SendAsync(clients.EC2.CopyImageAsync, request, stop).ConfigureAwait(false);
                    id = reply.ImageId;
                    return true;
                }
                catch (AmazonEC2Exception error)
                    when (taken < s_shareLimit
                        && error.ErrorCode is "InvalidAMIID.NotFound" or "InvalidAMIID.Unavailable" or "InvalidRequest")
                {
                    return false;
                }
            },
            TimeSpan.MaxValue,
            _ => clients.Pace.Again,
            stop).ConfigureAwait(false);
        return id!;
    }

    /// <summary>What a copy is to say of itself is what its image says: what it is of, what is in it, what its tests showed.</summary>
    private static IEnumerable<TagSpecification> Tags(ResourceType kind, List<Tag>? tags)
    {
        var carried = (tags ?? [])
            .Where(tag => !tag.Key.StartsWith("aws:", StringComparison.Ordinal)
                && tag.Key is not (BakerTags.Lease or BakerTags.FastRestore))
            .Select(tag => new Tag { Key = tag.Key, Value = tag.Value })
            .ToList();
        return carried.Count == 0 ? [] : [new TagSpecification { ResourceType = kind, Tags = carried }];
    }

    private ImageChannels Channels(string region) => new(there.Region(region).Clients, there.Pacer);
}
