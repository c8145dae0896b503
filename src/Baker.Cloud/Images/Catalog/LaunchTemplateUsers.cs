using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Finds the launch templates whose versions name the images. The latest and the default version of all templates come in
/// pages; EC2 gives the versions between only template by template, so a template with such costs one call more.
/// </summary>
internal sealed class LaunchTemplateUsers(CloudRegion region)
{
    private const int PageSize = 200;

    public async Task<LaunchTemplateImages> ReadAsync(ImageUsers users, CancellationToken stop)
    {
        var found = new LaunchTemplateImages();
        var templates = await TemplatesAsync(stop).ConfigureAwait(false);
        if (templates.Count == 0)
        {
            return found;
        }

        templates.ForEach(found.Add);
        var versions = await VersionsAsync(
            new DescribeLaunchTemplateVersionsRequest { Versions = ["$Latest", "$Default"], MaxResults = PageSize },
            stop).ConfigureAwait(false);
        foreach (var template in templates.Where(HasOtherVersions))
        {
            versions.AddRange(await VersionsAsync(
                new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = template.LaunchTemplateId, MaxResults = PageSize },
                stop).ConfigureAwait(false));
        }

        var known = templates.ToLookup(template => template.LaunchTemplateId);
        var aliases = await new ImageAliases(region).ResolveAsync(
            versions.Select(version => version.LaunchTemplateData?.ImageId ?? ""),
            stop).ConfigureAwait(false);
        foreach (var version in versions.Where(version => known.Contains(version.LaunchTemplateId)))
        {
            if (version.LaunchTemplateData?.ImageId is { Length: > 0 } image)
            {
                found.Add(version.LaunchTemplateId, version.VersionNumber ?? 0, aliases.GetValueOrDefault(image, image));
            }
        }

        foreach (var use in found.All.GroupBy(use => (use.Image, use.Template.LaunchTemplateName)))
        {
            var numbers = use.Select(one => one.Version).Order().ToArray();
            users.Add(use.Key.Image, new ImageUser(
                "launch template",
                use.Key.LaunchTemplateName,
                $"version{(numbers.Length == 1 ? "" : "s")} {string.Join(", ", numbers)}"));
        }

        return found;
    }

    private static bool HasOtherVersions(LaunchTemplate template) =>
        template.LatestVersionNumber > (template.LatestVersionNumber == template.DefaultVersionNumber ? 1 : 2);

    private async Task<List<LaunchTemplate>> TemplatesAsync(CancellationToken stop)
    {
        var templates = new List<LaunchTemplate>();
        var request = new DescribeLaunchTemplatesRequest { MaxResults = PageSize };
        var pages = region.Pacer.PagesAsync(
            region.Clients.EC2.DescribeLaunchTemplatesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            templates.AddRange(page.LaunchTemplates ?? []);
        }

        return templates;
    }

    private async Task<List<LaunchTemplateVersion>> VersionsAsync(DescribeLaunchTemplateVersionsRequest request, CancellationToken stop)
    {
        var versions = new List<LaunchTemplateVersion>();
        var pages = region.Pacer.PagesAsync(
            region.Clients.EC2.DescribeLaunchTemplateVersionsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            versions.AddRange(page.LaunchTemplateVersions ?? []);
        }

        return versions;
    }
}
