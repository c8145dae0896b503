using Amazon.EC2.Model;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>The images of a region that a fleet may launch and another image may start from.</summary>
internal sealed class GoodImages(CloudClients clients, Pacer pacer, CloudClock clock)
{
    private const int PageSize = 1000;

    /// <summary>EC2 takes that many values of a filter.</summary>
    private const int FilterValues = 200;

    private ILookup<string, Image>? _ahead;

    /// <summary>Reads the images of many groups with few calls, for when they are asked for.</summary>
    public async Task LookAheadAsync(IEnumerable<GroupName> groups, CancellationToken stop)
    {
        var found = new List<Image>();
        foreach (var some in groups.Select(group => group.ToString()).Distinct().Chunk(FilterValues))
        {
            var request = Available(some);
            request.MaxResults = PageSize;
            var pages = pacer.PagesAsync(clients.EC2.DescribeImagesAsync, request, reply => request.NextToken = reply.NextToken, stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                found.AddRange(page.Images ?? []);
            }
        }

        _ahead = found.ToLookup(
            image => image.Tags?.Find(tag => tag.Key == BakerTags.Group)?.Value ?? "",
            StringComparer.Ordinal);
    }

    /// <summary>A group's, newest first.</summary>
    /// <param name="withRejected">Also those that did not pass their tests.</param>
    /// <param name="architecture">Only those for it; null: for whatever they are.</param>
    public async Task<List<CatalogImage>> OfAsync(
        GroupName group,
        CancellationToken stop,
        string? architecture = null,
        bool withRejected = false)
    {
        IEnumerable<Image> found = _ahead is not null
            ? _ahead[group]
            : (await pacer.SendAsync(clients.EC2.DescribeImagesAsync, Available([group]), stop).ConfigureAwait(false)).Images ?? [];
        return
        [
            .. found
                .Select(image => CatalogImage.Of(image, clients.Region))
                .OfType<CatalogImage>()
                .Where(image => image.WhyNot(clock.UtcNow) is null && (withRejected || !image.IsRejected))
                .Where(image => architecture is null || image.Architecture == architecture)
                .OrderByDescending(image => image.Created)
                .ThenByDescending(image => image.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>An image by its id or its name; null where there is none.</summary>
    public async Task<Image?> FindAsync(string asked, CancellationToken stop)
    {
        // By a filter, an id that is not there is no error.
        var isId = asked.StartsWith("ami-", StringComparison.Ordinal);
        var request = new DescribeImagesRequest
        {
            Owners = isId ? null : ["self"],
            IncludeDisabled = true,
            Filters = [new Filter { Name = isId ? "image-id" : "name", Values = [asked] }],
        };
        var reply = await pacer.SendAsync(clients.EC2.DescribeImagesAsync, request, stop).ConfigureAwait(false);
        return reply.Images is [var image, ..] ? image : null;
    }

    /// <summary>The image that a channel points at.</summary>
    /// <exception cref="BakerException">It points at none, or at one that may not be used.</exception>
    public async Task<CatalogImage> OfChannelAsync(GroupName group, string channel, SuggestedCommands suggested, CancellationToken stop)
    {
        var promote = suggested.Package($"image:promote {group} --to {channel}");
        if (await new ImageChannels(clients, pacer).FindAsync(group, channel, stop).ConfigureAwait(false) is not { } id)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group} has no channel {channel} in {clients.Region}.",
                $"Promote an image: {promote}");
        }

        var found = await FindAsync(id, stop).ConfigureAwait(false);
        return found is not null
            && CatalogImage.Of(found, clients.Region) is { } image
            && image.Group == group
            && image.WhyNot(clock.UtcNow) is null
                ? image
                : throw new BakerException(
                    ExitCode.BadInput,
                    $"{group}:{channel} points at {id}, which {WhyNot(found, group)}.",
                    $"Promote another: {promote}, or go back: {suggested.Package($"image:rollback {group} --channel {channel}")}");
    }

    /// <summary>What is wrong with the region's images that are revoked, or did not pass their tests.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ProblemsAsync(CancellationToken stop)
    {
        var problems = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var filter in new[]
        {
            new Filter { Name = "tag-key", Values = [BakerTags.Revoked] },
            new Filter { Name = "tag:" + BakerTags.Verification, Values = [Verification.Failures] },
        })
        {
            var request = new DescribeImagesRequest
            {
                Owners = ["self"],
                IncludeDisabled = true,
                Filters = [filter],
                MaxResults = PageSize,
            };
            var pages = pacer.PagesAsync(clients.EC2.DescribeImagesAsync, request, reply => request.NextToken = reply.NextToken, stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                foreach (var image in (page.Images ?? []).Select(image => CatalogImage.Of(image, clients.Region)).OfType<CatalogImage>())
                {
                    if ((image.Revocation?.Words(clock.UtcNow) ?? (image.IsRejected ? "did not pass its tests" : null)) is { } problem)
                    {
                        problems[image.Id] = problem;
                    }
                }
            }
        }

        return problems;
    }

    private static DescribeImagesRequest Available(string[] groups) => new()
    {
        Owners = ["self"],
        Filters =
        [
            new Filter { Name = "tag:" + BakerTags.Group, Values = [.. groups] },
            new Filter { Name = "state", Values = ["available"] },
        ],
    };

    /// <summary>Why an image cannot be used, to be put behind what it was called.</summary>
    public string WhyNot(Image? image, string? group) => image is null ? $"is not in {clients.Region}"
        : CatalogImage.Of(image, clients.Region) is not { } known || (group is not null && known.Group != group)
            ? $"is no image of {group ?? "any group"}"
            : known.WhyNot(clock.UtcNow) ?? (known.IsRejected ? "did not pass its tests" : "is not verified");
}
