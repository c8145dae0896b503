using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>What a Packer template sees: every attribute of the group by its name (null when the group has none), and what is
/// derived from them, each made when it is asked for. docs/templates.md lists it.</summary>
internal sealed class PackerScope(NodeGroup group, PackerLayout layout) : IScriptObject
{
    private static readonly HashSet<string> s_attributes = [.. AttributeTable.Names];
    private static readonly Dictionary<string, Func<NodeGroup, PackerLayout, object?>> s_derived = new()
    {
        ["attributes"] = (group, _) => TemplateValues.Of(group.Attributes),
        ["name"] = (group, _) => group.Name,
        ["description"] = (group, _) => Literal(group.Description),
        ["type"] = (group, _) => group.Type,
        ["region"] = (group, _) => group.Region,
        ["instance_type"] = (group, _) => group.InstanceTypes.FirstOrDefault("t3.micro"),
        ["source_filter"] = (group, _) => group.Source is SourceImage.ByFilter filter ? Filter(filter) : null,
        ["subnet_id"] = (group, _) => group.SubnetIds.FirstOrDefault(),
        ["availability_zone"] = (group, _) => group.AvailabilityZones.FirstOrDefault(),
        ["security_group_ids"] = (group, _) => TemplateValues.List(Ids(group)),
        ["security_group_names"] = (group, _) => TemplateValues.List(group.SecurityGroups.Except(Ids(group))),
        ["user_data"] = (group, _) => group.UserDataFile is null ? Literal(group.UserData) : null,
        ["user_data_path"] = (group, layout) => group.UserDataFile is { } file ? layout.PathOf(file) : null,
        ["image_tags"] = (group, layout) => PackerTags.Of(group, group.Tags, layout),
        ["image_snapshot_tags"] = (group, layout) => PackerTags.Of(group, group.SnapshotTags, layout),
        ["communicator"] = (group, _) => group.Communicator,
        ["ssh_username"] = (group, _) => group.SshUsername,
        ["is_provisioned"] = (group, _) => group.Communicator != "none",
        ["scripts"] = (group, layout) => TemplateValues.List(group.Provision.Select(layout.PathOf)),
        ["run_list"] = (group, _) => TemplateValues.List(group.RunList),
        ["role"] = (group, _) => $"role-{group.Name}",
        ["roles_path"] = (_, layout) => layout.PathOf(layout.RolesFolder),
        ["cookbooks_path"] = (_, layout) => layout.CookbooksFolder is { } cookbooks ? layout.PathOf(cookbooks) : null,
        ["chef_folder"] = (_, _) => PackerChef.Folder,
        ["chef_commands"] = (group, _) => TemplateValues.List(PackerChef.Commands(group)),
        ["build_record"] = (group, layout) => layout.PathOf($"{layout.BuildsFolder}/{group.Name}.packer.json"),
    };

    public int Count => GetMembers().Count();

    public bool IsReadOnly
    {
        get => true;
        set { }
    }

    public IEnumerable<string> GetMembers() => s_attributes.Union(s_derived.Keys).Union(group.Attributes.Properties().Select(property => property.Name));

    public bool Contains(string member) => s_derived.ContainsKey(member) || s_attributes.Contains(member) || group.Attributes.ContainsKey(member);

    public bool TryGetValue(TemplateContext? context, SourceSpan span, string member, out object? value)
    {
        if (s_derived.TryGetValue(member, out var derive))
        {
            value = derive(group, layout);
            return true;
        }

        value = group.Attributes.TryGetValue(member, out JToken? attribute) ? TemplateValues.Of(attribute) : null;
        return attribute is not null || s_attributes.Contains(member);
    }

    public bool CanWrite(string member) => false;

    public bool TrySetValue(TemplateContext? context, SourceSpan span, string member, object? value, bool readOnly) => false;

    public bool Remove(string member) => false;

    public void SetReadOnly(string member, bool readOnly)
    {
    }

    public IScriptObject Clone(bool deep) => this;

    // Packer would take {{ for the start of an expression of its own.
    private static string? Literal(string? text) => text?.Replace("{{", "{{`{{`}}", StringComparison.Ordinal);

    // Packer takes one value a filter.
    private static ScriptObject Filter(SourceImage.ByFilter filter) => TemplateValues.Object(
    [
        new("filters", TemplateValues.Object(filter.Filters.Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value.FirstOrDefault())))),
        new("owners", TemplateValues.List(filter.Owners)),
        new("most_recent", filter.MostRecent),
    ]);

    private static IEnumerable<string> Ids(NodeGroup group) => group.SecurityGroups.Where(name => name.StartsWith("sg-", StringComparison.Ordinal));
}
