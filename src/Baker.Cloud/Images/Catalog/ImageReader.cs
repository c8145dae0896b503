using System.Collections.Immutable;
using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Reads the images of all groups in one region, all in the same pages, newest first.</summary>
internal sealed class ImageReader(CloudRegion region)
{
    private const int PageSize = 1000;

    public async Task<ImmutableArray<CatalogImage>> ReadAsync(CancellationToken stop)
    {
        // Baker's images, and those that HashiCorp Packer made from a template of the user's own, which may have the second tag only.
        var images = await Task.WhenAll(TaggedAsync(BakerTags.Group, stop), TaggedAsync(BakerTags.UserGroup, stop)).ConfigureAwait(false);
        return
        [
            .. images.SelectMany(image => image)
                .DistinctBy(image => image.Id)
                .OrderByDescending(image => image.Created)
                .ThenByDescending(image => image.Name, StringComparer.Ordinal)
                .ThenBy(image => image.Id, StringComparer.Ordinal),
        ];
    }

    private async Task<List<CatalogImage>> TaggedAsync(string tag, CancellationToken stop)
    {
        var images = new List<CatalogImage>();
        var request = new DescribeImagesRequest
        {
            Owners = ["self"],
            IncludeDisabled = true,
            Filters = [new Filter { Name = "tag-key", Values = [tag] }],
            MaxResults = PageSize,
        };
        var pages = region.Pacer.PagesAsync(
            region.Clients.EC2.DescribeImagesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            images.AddRange((page.Images ?? []).Select(image => CatalogImage.Of(image, region.Name)).OfType<CatalogImage>());
        }

        return images;
    }
}
