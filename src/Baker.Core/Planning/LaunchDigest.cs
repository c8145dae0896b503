using System.Security.Cryptography;
using System.Text;
using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// What a group's fleet is made with beside its image, as hashes: what its launch template has, and what its Auto Scaling group has
/// that only a new one gets. Sizes, policies and alarms are not in it: a fleet that runs is given them.
/// </summary>
/// <param name="Template">Of the launch template.</param>
/// <param name="Group">Of the Auto Scaling group.</param>
/// <param name="Rest">Of its tags and its other architectures' images, which a plan compares one by one.</param>
public sealed record LaunchDigest(string Template, string Group, string Rest)
{
    private static readonly string[] s_template =
    [
        "instance_type", "instance_types", "iam_instance_profile", "security_groups", "vpc_id", "associate_public_ip_address",
        "ebs_optimized", "shutdown_behavior", "launch_block_device_mappings", "volume_initialization_rate", "fast_snapshot_restore",
    ];

    private static readonly string[] s_group = ["subnet_id", "availability_zone"];

    /// <summary>What of <c>autoscale</c> a fleet that runs is given, or keeps its own of.</summary>
    private static readonly HashSet<string> s_live =
        new(StringComparer.Ordinal) { "node_min", "node_max", "node_desired", "timeout", "policies", "schedules", "warm_pool" };

    /// <param name="others">The images of the group's other architectures.</param>
    public static LaunchDigest Of(NodeGroup group, IEnumerable<string> others)
    {
        var autoscale = (group.Attributes["autoscale"] as JObject)?.Properties().Where(each => !s_live.Contains(each.Name)) ?? [];
        return new(
            Hash(Chosen(group, s_template), group.UserData.Span),
            Hash(Chosen(group, s_group).Concat(autoscale), []),
            Hash([], Encoding.UTF8.GetBytes(string.Join('\n', group.Tags.Select(tag => $"{tag.Key}={tag.Value}").Concat(others)))));
    }

    /// <summary>What the tag says; null where it says nothing of the kind.</summary>
    public static LaunchDigest? TryParse(string? text) =>
        text?.Split('-') is [{ Length: > 0 } template, { Length: > 0 } group, { Length: > 0 } rest] ? new(template, group, rest) : null;

    public override string ToString() => $"{Template}-{Group}-{Rest}";

    private static IEnumerable<JProperty> Chosen(NodeGroup group, string[] names) =>
        names.Select(name => group.Attributes.Property(name, StringComparison.Ordinal)).OfType<JProperty>();

    private static string Hash(IEnumerable<JProperty> attributes, ReadOnlySpan<byte> more)
    {
        var text = string.Join(
            '\n',
            attributes.OrderBy(each => each.Name, StringComparer.Ordinal).Select(each => each.ToString(Formatting.None)));
        return Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(text), 0, .. more]).AsSpan(0, 8));
    }
}
