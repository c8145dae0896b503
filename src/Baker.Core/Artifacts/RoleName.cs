using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>
/// The name of a group's Chef role. Chef takes letters, digits, hyphens and underscores; a dot, which a group may have,
/// becomes an underscore.
/// </summary>
public static class RoleName
{
    /// <summary>What all of them begin with.</summary>
    public const string Prefix = "role-";

    public static string Of(GroupName group) => Prefix + group.ToString().Replace('.', '_');
}
