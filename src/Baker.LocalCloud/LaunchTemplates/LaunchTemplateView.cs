using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>Templates and versions as EC2 shows them.</summary>
internal static class LaunchTemplateView
{
    private const string Creator = "arn:aws:iam::000000000000:root";

    public static LaunchTemplate Of(LaunchTemplateRecord template) => new()
    {
        LaunchTemplateId = template.Id,
        LaunchTemplateName = template.Name,
        CreateTime = template.CreatedAt.UtcDateTime,
        CreatedBy = Creator,
        DefaultVersionNumber = template.DefaultVersion,
        LatestVersionNumber = template.LatestVersion,
        Tags = TagText.ToModel(template.Tags),
    };

    public static LaunchTemplateVersion Of(LaunchTemplateRecord template, LaunchTemplateVersionRecord version) => new()
    {
        LaunchTemplateId = template.Id,
        LaunchTemplateName = template.Name,
        VersionNumber = version.Number,
        VersionDescription = version.Description,
        CreateTime = version.CreatedAt.UtcDateTime,
        CreatedBy = Creator,
        DefaultVersion = version.Number == template.DefaultVersion,
        LaunchTemplateData = version.Data.CopyTo(new ResponseLaunchTemplateData()),
    };
}
