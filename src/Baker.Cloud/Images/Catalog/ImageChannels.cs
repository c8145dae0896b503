using System.Collections.Immutable;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Pacing;
using Baker.Cloud.Parameters;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// The channels of one region: SSM parameters of the type <c>aws:ec2:image</c>, which Terraform, CloudFormation and launch templates
/// (<c>resolve:ssm:…</c>) read, too. SSM keeps the last hundred values of each.
/// </summary>
public sealed class ImageChannels(CloudClients clients, Pacer pacer)
{
    private const string Root = "/baker/images";
    private const string DataType = "aws:ec2:image";

    /// <summary>SSM gives that many at once.</summary>
    private const int PageSize = 10;

    private readonly SsmParameters _parameters = new(clients, pacer);

    /// <summary>The parameter that is a group's channel.</summary>
    public static string NameOf(GroupName group, string channel) => $"{Root}/{group}/{channel}";

    /// <summary>All channels of the region, or a group's.</summary>
    public async Task<ImmutableArray<ImageChannel>> ReadAsync(GroupName? group, CancellationToken stop)
    {
        var channels = ImmutableArray.CreateBuilder<ImageChannel>();
        var request = new GetParametersByPathRequest
        {
            Path = group is { } one ? $"{Root}/{one}" : Root,
            Recursive = true,
            MaxResults = PageSize,
        };
        var pages = pacer.PagesAsync(clients.SSM.GetParametersByPathAsync, request, reply => request.NextToken = reply.NextToken, stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var parameter in page.Parameters ?? [])
            {
                if (parameter.Name[Root.Length..].Split('/') is ["", var name, var channel] && GroupName.IsOne(name))
                {
                    channels.Add(new ImageChannel(
                        GroupName.Parse(name),
                        channel,
                        parameter.Value,
                        parameter.Version ?? 0,
                        Time(parameter.LastModifiedDate),
                        null));
                }
            }
        }

        channels.Sort((left, right) => string.CompareOrdinal($"{left.Group}/{left.Name}", $"{right.Group}/{right.Name}"));
        return channels.ToImmutable();
    }

    /// <summary>The image that a channel points at; null where there is no such channel.</summary>
    public async Task<string?> FindAsync(GroupName group, string channel, CancellationToken stop) =>
        (await _parameters.FindAsync(NameOf(group, channel), stop).ConfigureAwait(false))?.Value;

    /// <summary>What a channel has pointed at, the newest first; empty where there is no such channel.</summary>
    public async Task<ImmutableArray<ImageChannel>> HistoryAsync(GroupName group, string channel, CancellationToken stop)
    {
        var versions = await _parameters.HistoryAsync(NameOf(group, channel), stop).ConfigureAwait(false);
        return
        [
            .. versions
                .OrderByDescending(version => version.Version ?? 0)
                .Select(version => new ImageChannel(
                    group,
                    channel,
                    version.Value,
                    version.Version ?? 0,
                    Time(version.LastModifiedDate),
                    version.LastModifiedUser)),
        ];
    }

    /// <summary>Points a channel at an image, and makes it where it is new.</summary>
    public async Task SetAsync(GroupName group, string channel, string imageId, CancellationToken stop)
    {
        var request = new PutParameterRequest
        {
            Name = NameOf(group, channel),
            Value = imageId,
            Type = ParameterType.String,
            DataType = DataType,
            Overwrite = true,
        };
        var reply = await pacer.SendAsync(clients.SSM.PutParameterAsync, request, stop).ConfigureAwait(false);
        if (reply.Version == 1)
        {
            var tags = new AddTagsToResourceRequest
            {
                ResourceType = ResourceTypeForTagging.Parameter,
                ResourceId = request.Name,
                Tags = [new Tag { Key = BakerTags.Group, Value = group }],
            };
            await pacer.SendAsync(clients.SSM.AddTagsToResourceAsync, tags, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Removes a channel with its history, where there is one.</summary>
    public Task RemoveAsync(GroupName group, string channel, CancellationToken stop) =>
        _parameters.RemoveAsync(NameOf(group, channel), stop);

    private static DateTimeOffset Time(DateTime? modified) => new(modified?.ToUniversalTime() ?? default, TimeSpan.Zero);
}
