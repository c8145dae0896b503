using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>What a Packer template sees: every attribute of the group by its name (null when the group has none), and what is
/// derived from them, each made when it is asked for. docs/templates.md lists it.</summary>
internal sealed class PackerScope(MergedGroup merged, PackerLayout layout) : IScriptObject
{
    private const string All = "attributes";

    private static readonly HashSet<string> s_attributes = [.. AttributeTable.Names];
    private static readonly Dictionary<string, Func<NodeGroup, PackerLayout, object?>> s_derived = new()
    {
        ["name"] = (group, _) => group.Name.ToString(),
        ["description"] = (group, _) => Literal(group.Description),
        ["image_name"] = (group, _) => ImageNaming.ForPacker(group),
        ["type"] = (group, _) => group.Type,
        ["region"] = (group, _) => group.Region,
        ["instance_type"] = (group, _) => group.InstanceTypes.FirstOrDefault(),
        ["source_filter"] = (group, _) => group.Source is SourceImage.ByFilter filter ? Filter(filter) : null,
        ["subnet_id"] = (group, _) => group.SubnetIds.FirstOrDefault(),
        ["availability_zone"] = (group, _) => group.AvailabilityZones.FirstOrDefault(),
        ["security_group_ids"] = (group, _) => TemplateValues.List(Ids(group)),
        ["security_group_names"] = (group, _) => TemplateValues.List(group.SecurityGroups.Except(Ids(group))),
        ["user_data"] = (group, _) =>
            group is { UserDataFile: null, UserData.IsEmpty: false } ? Literal(Encoding.UTF8.GetString(group.UserData.Span)) : null,
        ["user_data_path"] = (group, layout) => group.UserDataFile is { } file ? layout.PathOf(file) : null,
        ["image_tags"] = (group, layout) => PackerTags.Of(group, group.Tags, layout),
        ["image_snapshot_tags"] = (group, layout) => PackerTags.Of(group, group.SnapshotTags, layout),
        ["communicator"] = Communicator,
        ["ssh_username"] = (group, _) => group.Ssh.Username,
        ["ssh_private_key_path"] = (group, layout) =>
            group.Ssh.PrivateKeyFile is { } file && file[0] is not ('/' or '~') ? layout.PathOf(file) : null,
        ["is_provisioned"] = (group, layout) => Communicator(group, layout) != "none",
        ["scripts"] = (group, layout) => TemplateValues.List(group.Provision.Select(script => layout.PathOf(script.Path))),
        ["run_list"] = (group, _) => TemplateValues.List(group.RunList),
        ["role"] = (group, _) => RoleName.Of(group.Name),
        ["payload_path"] = (group, layout) =>
            Communicator(group, layout) != "none" && group.Provisions ? layout.PathOf(PackerPayload.PathOf(group)) : null,
        ["payload_folder"] = (_, _) => PackerPayload.Folder,
        ["payload_commands"] = (_, _) => TemplateValues.List(PackerPayload.Commands),
        ["data_bag_secret_path"] = (group, layout) => group.DataBagSecretFile is { } file && file[0] is not ('/' or '~')
            ? layout.PathOf(file)
            : null,
        ["data_bag_secret"] = (_, _) => ChefRun.SecretFile,
        ["build_record"] = (group, layout) => layout.PathOf($"{layout.BuildsFolder}/{group.Name}.packer.json"),
    };

    private readonly NodeGroup _group = NodeGroupBuilder.BuildWithoutAttributes(merged);
    private readonly Dictionary<string, (bool Found, object? Value)> _values = []; // functions too are looked for here first

    /// <summary>All that the group has, once it was asked for.</summary>
    public object? Attributes => _values.GetValueOrDefault(All).Value;

    public int Count => GetMembers().Count();

    public bool IsReadOnly
    {
        get => true;
        set { }
    }

    public IEnumerable<string> GetMembers() =>
        s_attributes.Union(s_derived.Keys).Append(All).Union(merged.Attributes.Select(attribute => attribute.Name.Text));

    public bool Contains(string member) => TryGet(member, out _);

    public bool TryGetValue(TemplateContext? context, SourceSpan span, string member, out object? value)
    {
        if (!_values.TryGetValue(member, out var known))
        {
            known = (TryGet(member, out value), value);
            _values.Add(member, known);
        }

        value = known.Value;
        return known.Found;
    }

    public bool CanWrite(string member) => false;

    public bool TrySetValue(TemplateContext? context, SourceSpan span, string member, object? value, bool readOnly) => false;

    public bool Remove(string member) => false;

    public void SetReadOnly(string member, bool readOnly)
    {
    }

    public IScriptObject Clone(bool deep) => this;

    private bool TryGet(string member, out object? value)
    {
        if (s_derived.TryGetValue(member, out var derive))
        {
            value = derive(_group, layout);
            return true;
        }

        if (member == All)
        {
            value = TemplateValues.Of(merged);
            return true;
        }

        var attribute = merged.Find(Encoding.UTF8.GetBytes(member));
        value = attribute is null ? null : TemplateValues.Of(attribute);
        return attribute is not null || s_attributes.Contains(member);
    }

    // Packer would take {{ for the start of an expression of its own.
    internal static string? Literal(string? text) => text?.Replace("{{", "{{`{{`}}", StringComparison.Ordinal);

    // Packer takes one value a filter.
    private static ScriptObject Filter(SourceImage.ByFilter filter) => TemplateValues.Object(
    [
        new(
            "filters",
            TemplateValues.Object(filter.Filters.Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value.FirstOrDefault())))),
        new("owners", TemplateValues.List(filter.Owners)),
        new("most_recent", filter.MostRecent),
    ]);

    private static string Communicator(NodeGroup group, PackerLayout layout) =>
        layout.IsRehearsal || group.Communicator == CommunicatorKind.None ? "none" : "ssh";

    private static IEnumerable<string> Ids(NodeGroup group) =>
        group.SecurityGroups.Where(name => name.StartsWith("sg-", StringComparison.Ordinal));
}
