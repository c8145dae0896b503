using System.Collections.Immutable;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Pacing;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Whom an image of this account is shared with, and whether it can be.</summary>
internal sealed class SharedImage(CloudRegion region)
{
    private const string DefaultKey = "alias/aws/ebs";

    /// <summary>The accounts that may launch an image; "all" where everybody may.</summary>
    public async Task<ImmutableArray<string>> AccountsAsync(string imageId, CancellationToken stop)
    {
        var reply = await region.Pacer.SendAsync(
            region.Clients.EC2.DescribeImageAttributeAsync,
            new DescribeImageAttributeRequest { ImageId = imageId, Attribute = ImageAttributeName.LaunchPermission },
            stop).ConfigureAwait(false);
        return
        [
            .. (reply.ImageAttribute?.LaunchPermissions ?? [])
                .Select(permission => permission.UserId
                    ?? permission.OrganizationArn
                    ?? permission.OrganizationalUnitArn
                    ?? permission.Group?.Value)
                .Where(who => !string.IsNullOrEmpty(who))
                .OfType<string>(),
        ];
    }

    /// <summary>The snapshots that an account may not read yet.</summary>
    public async Task<ImmutableArray<string>> UnreadableAsync(IEnumerable<string> snapshotIds, string account, CancellationToken stop)
    {
        var unreadable = ImmutableArray.CreateBuilder<string>();
        foreach (var id in snapshotIds)
        {
            var reply = await region.Pacer.SendAsync(
                region.Clients.EC2.DescribeSnapshotAttributeAsync,
                new DescribeSnapshotAttributeRequest { SnapshotId = id, Attribute = SnapshotAttributeName.CreateVolumePermission },
                stop).ConfigureAwait(false);
            if (!(reply.CreateVolumePermissions ?? []).Exists(permission => permission.UserId == account))
            {
                unreadable.Add(id);
            }
        }

        return unreadable.ToImmutable();
    }

    /// <summary>
    /// Whether an image has a snapshot that no other account can ever read: one that is encrypted with the account's default key.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-explicit.html
    /// </summary>
    /// <param name="namedKey">The key that the manifest names for the group's images in this region.</param>
    public async Task<bool> HasDefaultKeyAsync(CatalogImage image, string? namedKey, CancellationToken stop)
    {
        var reply = await region.Pacer.SendAsync(
            region.Clients.EC2.DescribeSnapshotsAsync,
            new DescribeSnapshotsRequest
            {
                OwnerIds = ["self"],
                Filters = [new Filter { Name = "snapshot-id", Values = [.. image.SnapshotIds] }],
            },
            stop).ConfigureAwait(false);
        var encrypted = (reply.Snapshots ?? []).FindAll(snapshot => snapshot.Encrypted == true);
        return encrypted.Exists(snapshot => string.IsNullOrEmpty(snapshot.KmsKeyId) || IsDefault(snapshot.KmsKeyId))
            || (encrypted.Count > 0 && namedKey is null && IsDefault(await DefaultKeyAsync(stop).ConfigureAwait(false)));
    }

    public async Task ShareAsync(string imageId, IEnumerable<string> snapshotIds, string account, CancellationToken stop)
    {
        foreach (var id in snapshotIds)
        {
            await region.Pacer.SendAsync(
                region.Clients.EC2.ModifySnapshotAttributeAsync,
                new ModifySnapshotAttributeRequest
                {
                    SnapshotId = id,
                    Attribute = SnapshotAttributeName.CreateVolumePermission,
                    OperationType = OperationType.Add,
                    UserIds = [account],
                },
                stop).ConfigureAwait(false);
        }

        await region.Pacer.SendAsync(
            region.Clients.EC2.ModifyImageAttributeAsync,
            new ModifyImageAttributeRequest
            {
                ImageId = imageId,
                LaunchPermission = new LaunchPermissionModifications { Add = [new LaunchPermission { UserId = account }] },
            },
            stop).ConfigureAwait(false);
    }

    /// <summary>What a new volume is encrypted with where nobody names a key: an account may have made that a key of its own.</summary>
    private async Task<string> DefaultKeyAsync(CancellationToken stop)
    {
        try
        {
            var reply = await region.Pacer.SendAsync(
                region.Clients.EC2.GetEbsDefaultKmsKeyIdAsync,
                new GetEbsDefaultKmsKeyIdRequest(),
                stop).ConfigureAwait(false);
            return reply.KmsKeyId ?? DefaultKey;
        }
        catch (AmazonServiceException error) when (IsUnknown(error))
        {
            return DefaultKey;
        }
    }

    /// <summary>An endpoint that is not AWS's does not have the operation.</summary>
    public static bool IsUnknown(AmazonServiceException error) =>
        error.ErrorCode is "InvalidAction" or "UnknownOperationException" || Refusal.IsInability(error);

    private static bool IsDefault(string key) => key.EndsWith(DefaultKey, StringComparison.Ordinal);
}
