using Baker.Core.Manifest;

namespace Baker.Core.Configuration;

/// <summary>
/// Where configuration lies among SSM's parameters: <c>/baker/config/GROUP/NAME</c>, and what is for all groups in
/// <c>/baker/config/_all/NAME</c>, which cannot be a group's.
/// </summary>
public sealed record ConfigPath
{
    private const string Root = "/baker/config/";

    private ConfigPath(GroupName? group) => Group = group;

    public static ConfigPath ForAll { get; } = new(group: null);

    /// <summary>Null where it is for all groups.</summary>
    public GroupName? Group { get; }

    /// <summary>What its parameters' names begin with, without the last slash.</summary>
    public string Path => Root + (Group?.ToString() ?? "_all");

    /// <summary>How people call it.</summary>
    public string Words => Group?.ToString() ?? "all groups";

    public static ConfigPath Of(GroupName group) => new(group);

    /// <summary>What a node of a group reads, in this order: the later wins.</summary>
    public static IReadOnlyList<ConfigPath> ReadBy(GroupName group) => [ForAll, Of(group)];

    public string Parameter(string variable) => $"{Path}/{variable}";
}
