using Amazon.SimpleSystemsManagement.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Looks up images that are named by an SSM parameter (<c>resolve:ssm:NAME</c>), as launch templates may.</summary>
internal sealed class ImageAliases(CloudRegion region)
{
    private const string Prefix = "resolve:ssm:";

    /// <summary>SSM takes this many names in one call.</summary>
    private const int NamesPerCall = 10;

    /// <summary>
    /// The image of each alias among <paramref name="images"/>; an alias whose parameter does not exist launches nothing
    /// and is left out.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> ResolveAsync(IEnumerable<string> images, CancellationToken stop)
    {
        var resolved = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = images
            .Where(image => image.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(image => image[Prefix.Length..])
            .Distinct();
        foreach (var chunk in names.Chunk(NamesPerCall))
        {
            var answer = await region.Pacer.SendAsync(
                region.Clients.SSM.GetParametersAsync,
                new GetParametersRequest { Names = [.. chunk] },
                stop).ConfigureAwait(false);
            foreach (var parameter in answer.Parameters ?? [])
            {
                resolved[Prefix + parameter.Name + parameter.Selector] = parameter.Value;
            }
        }

        return resolved;
    }
}
