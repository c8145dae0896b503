using System.Collections.Immutable;
using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Reads the images of the groups in one region, all groups in the same pages.</summary>
internal sealed class ImageReader(CloudRegion region)
{
    private const int PageSize = 1000;

    public async Task<ImmutableArray<CatalogImage>> ReadAsync(IReadOnlySet<string> groups, CancellationToken stop)
    {
        var images = new List<CatalogImage>();
        var request = new DescribeImagesRequest
        {
            Owners = ["self"],
            IncludeDisabled = true,
            // One filter for both tags: its values are alternatives, two filters would both have to hold.
            Filters = [new Filter { Name = "tag-key", Values = [BakerTags.Group, BakerTags.UserGroup] }],
            MaxResults = PageSize,
        };
        do
        {
            var page = await region.Pacer.SendAsync(region.Clients.EC2.DescribeImagesAsync, request, stop).ConfigureAwait(false);
            images.AddRange((page.Images ?? []).Select(image => CatalogImage.Of(image, region.Name)).OfType<CatalogImage>().Where(image => groups.Contains(image.Group)));
            request.NextToken = page.NextToken;
        }
        while (!string.IsNullOrEmpty(request.NextToken));
        return [.. images.DistinctBy(image => image.Id).OrderByDescending(image => image.Created).ThenByDescending(image => image.Name, StringComparer.Ordinal).ThenBy(image => image.Id, StringComparer.Ordinal)];
    }
}
