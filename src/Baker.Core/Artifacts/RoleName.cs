namespace Baker.Core.Artifacts;

/// <summary>The name of a group's Chef role. Chef takes letters, digits, hyphens and underscores; a dot, which a group may have, becomes an underscore.</summary>
public static class RoleName
{
    public static string Of(string group) => $"role-{group.Replace('.', '_')}";
}
