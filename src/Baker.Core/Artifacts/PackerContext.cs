using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>What a Packer template sees: every attribute of the group by its name (null when the group has none), and what is
/// derived from them. docs/templates.md lists it.</summary>
internal static class PackerContext
{
    public static Dictionary<string, object?> Of(NodeGroup group, PackerLayout layout)
    {
        var context = AttributeTable.Names.ToDictionary(name => name, object? (_) => null);
        var attributes = group.Attributes.Properties().ToDictionary(property => property.Name, property => TemplateValues.Of(property.Value));
        foreach (var (name, value) in attributes)
        {
            context[name] = value;
        }

        context["attributes"] = attributes;
        context["name"] = group.Name;
        context["description"] = Literal(group.Description);
        context["type"] = group.Type;
        context["region"] = group.Region;
        context["instance_type"] = group.InstanceTypes.FirstOrDefault("t3.micro");
        context["source_filter"] = group.Source is SourceImage.ByFilter filter ? Filter(filter) : null;
        context["subnet_id"] = group.SubnetIds.FirstOrDefault();
        context["availability_zone"] = group.AvailabilityZones.FirstOrDefault();
        context["security_group_ids"] = Ids(group).ToList();
        context["security_group_names"] = group.SecurityGroups.Except(Ids(group)).ToList();
        context["user_data"] = group is { UserDataFile: null, UserData.IsEmpty: false } ? Literal(Encoding.UTF8.GetString(group.UserData.Span)) : null;
        context["user_data_path"] = group.UserDataFile is { } file ? layout.PathOf(file) : null;
        context["image_tags"] = Tags(group, group.Tags);
        context["image_snapshot_tags"] = Tags(group, group.SnapshotTags);
        context["communicator"] = group.Communicator;
        context["ssh_username"] = group.SshUsername;
        context["is_provisioned"] = group.Communicator != "none";
        context["scripts"] = group.Provision.Select(layout.PathOf).ToList();
        context["run_list"] = group.RunList.ToList();
        context["role"] = $"role-{group.Name}";
        context["roles_path"] = layout.PathOf(layout.RolesFolder);
        context["cookbooks_path"] = layout.CookbooksFolder is { } cookbooks ? layout.PathOf(cookbooks) : null;
        context["build_record"] = layout.PathOf($"{layout.BuildsFolder}/{group.Name}.packer.json");
        return context;
    }

    // Packer would take {{ for the start of an expression of its own.
    private static string? Literal(string? text) => text?.Replace("{{", "{{`{{`}}", StringComparison.Ordinal);

    // Packer takes one value a filter.
    private static Dictionary<string, object?> Filter(SourceImage.ByFilter filter) => new()
    {
        ["filters"] = filter.Filters.ToDictionary(pair => pair.Key, object? (pair) => pair.Value.FirstOrDefault()),
        ["owners"] = filter.Owners.ToList(),
        ["most_recent"] = filter.MostRecent,
    };

    private static IEnumerable<string> Ids(NodeGroup group) => group.SecurityGroups.Where(name => name.StartsWith("sg-", StringComparison.Ordinal));

    // Baker finds what it made by these tags; the run and the fingerprint are given to Packer as variables.
    private static Dictionary<string, object?> Tags(NodeGroup group, IEnumerable<KeyValuePair<string, string>> own)
    {
        var tags = new Dictionary<string, object?>
        {
            ["Name"] = group.Name,
            ["group"] = group.Name,
            ["baker:group"] = group.Name,
            ["baker:run"] = "{{user `run`}}",
            ["baker:fingerprint"] = "{{user `fingerprint`}}",
        };
        foreach (var (key, value) in own)
        {
            tags[key] = value;
        }

        return tags;
    }
}
