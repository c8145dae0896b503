using System.Globalization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>Finds templates and versions as EC2 and Auto Scaling name them, and launches what they describe.</summary>
internal sealed class LaunchTemplateStore(Table<LaunchTemplateRecord> table)
{
    private readonly TableIndex<LaunchTemplateRecord> _byName = table.IndexBy(each => $"{each.Region}|{each.Name}");

    public Table<LaunchTemplateRecord> Table => table;

    public LaunchTemplateRecord? ByName(string region, string name) => _byName[$"{region}|{name}"].FirstOrDefault();

    /// <exception cref="CloudException">There is no such template, or neither or both of id and name are given.</exception>
    public LaunchTemplateRecord Find(string region, string? id, string? name)
    {
        if (string.IsNullOrEmpty(id) == string.IsNullOrEmpty(name))
        {
            throw string.IsNullOrEmpty(id)
                ? new CloudException(
                    "MissingParameter",
                    "The request must contain either the parameter LaunchTemplateId or LaunchTemplateName")
                : new CloudException(
                    "InvalidParameterCombination",
                    "The request can contain either LaunchTemplateId or LaunchTemplateName, not both");
        }

        return (string.IsNullOrEmpty(id) ? ByName(region, name!) : table.Find(id) is { } found && found.Region == region ? found : null)
            ?? throw (string.IsNullOrEmpty(id)
                ? new CloudException(
                    "InvalidLaunchTemplateName.NotFoundException",
                    "The specified launch template, with template name " + name + ", does not exist.")
                : new CloudException(
                    "InvalidLaunchTemplateId.NotFound",
                    $"The specified launch template, with template ID {id}, does not exist."));
    }

    /// <summary>A version by number, <c>$Latest</c> or <c>$Default</c>; none means <c>$Default</c>.</summary>
    public static LaunchTemplateVersionRecord Version(LaunchTemplateRecord template, string? version)
    {
        var number = version switch
        {
            null or "" or "$Default" => template.DefaultVersion,
            "$Latest" => template.LatestVersion,
            _ => long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
                ? given
                : throw new CloudException(
                    "InvalidLaunchTemplateId.VersionNotFound",
                    $"Could not find the specified version {version} for the launch template with ID {template.Id}."),
        };
        return template.Version(number)
            ?? throw new CloudException(
                "InvalidLaunchTemplateId.VersionNotFound",
                $"Could not find the specified version {number} for the launch template with ID {template.Id}.");
    }

    /// <summary>The request with what its launch template says, wherever the request itself says nothing.</summary>
    public RunInstancesRequest Expand(Call call, RunInstancesRequest request)
    {
        if (request.LaunchTemplate is not { } named)
        {
            return request;
        }

        var template = Find(call.Region, named.LaunchTemplateId, named.LaunchTemplateName);
        var version = Version(template, named.Version);
        var expanded = Describe(version.Data);
        var tags = expanded.TagSpecifications;
        request.CopyTo(expanded);
        expanded.TagSpecifications = Merge(tags, request.TagSpecifications);
        expanded.LaunchTemplate = new LaunchTemplateSpecification
        {
            LaunchTemplateId = template.Id,
            Version = version.Number.ToString(CultureInfo.InvariantCulture),
        };
        return expanded;
    }

    /// <summary>A launch with nothing but a template's data.</summary>
    public static RunInstancesRequest Describe(RequestLaunchTemplateData data)
    {
        var request = data.CopyTo(new RunInstancesRequest());
        request.Monitoring = data.Monitoring?.Enabled;
        request.RamdiskId = data.RamDiskId;
        return request;
    }

    // A key that both name has the request's value.
    private static List<TagSpecification>? Merge(List<TagSpecification>? template, List<TagSpecification>? request) =>
        template is null ? request
        : request is null ? template
        : [.. template.Concat(request).GroupBy(each => each.ResourceType?.Value).Select(group => new TagSpecification
        {
            ResourceType = group.Key,
            Tags = [.. group.SelectMany(each => each.Tags ?? []).GroupBy(tag => tag.Key).Select(same => same.Last())],
        })];
}
