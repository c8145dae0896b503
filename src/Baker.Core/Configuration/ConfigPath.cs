using Baker.Core.Manifest;

namespace Baker.Core.Configuration;

/// <summary>
/// Where configuration lies among SSM's parameters: <c>/baker/config/GROUP/NAME</c>, and what is for all groups in
/// <c>/baker/config/_all/NAME</c>, which cannot be a group's, as little as <c>/baker/config/_datastores/NAME</c>, the endpoints of
/// datastores, and <c>/baker/config/_services/GROUP</c>, what a group provides and needs; in an environment under
/// <c>/baker/env/ENVIRONMENT/config/</c>.
/// </summary>
public sealed record ConfigPath
{
    private readonly string _folder;

    private ConfigPath(EnvironmentName? environment, GroupName? group, string folder) =>
        (Environment, Group, _folder) = (environment, group, folder);

    /// <summary>Null where it is for groups without one.</summary>
    public EnvironmentName? Environment { get; }

    /// <summary>Null where it is for all groups.</summary>
    public GroupName? Group { get; }

    /// <summary>What its parameters' names begin with, without the last slash.</summary>
    public string Path =>
        (Environment is { } name ? $"/baker/env/{name}/config/" : "/baker/config/") + _folder;

    /// <summary>How people call it.</summary>
    public string Words => Group?.ToString() ?? "all groups";

    public static ConfigPath ForAll(EnvironmentName? environment) => new(environment, group: null, "_all");

    /// <summary>The endpoints of datastores, which Baker alone writes.</summary>
    public static ConfigPath OfDatastores(EnvironmentName? environment) => new(environment, group: null, "_datastores");

    /// <summary>What groups provide and need, for their nodes, which Baker alone writes.</summary>
    public static ConfigPath OfServices(EnvironmentName? environment) => new(environment, group: null, "_services");

    public static ConfigPath Of(EnvironmentName? environment, GroupName group) => new(environment, group, group);

    /// <summary>What a node of a group reads, in this order: the later wins.</summary>
    public static IReadOnlyList<ConfigPath> ReadBy(EnvironmentName? environment, GroupName group) =>
        [ForAll(environment), Of(environment, group)];

    public string Parameter(string variable) => $"{Path}/{variable}";
}
