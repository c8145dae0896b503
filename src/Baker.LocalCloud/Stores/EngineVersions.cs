namespace Baker.LocalCloud.Stores;

/// <summary>An engine as a service offers it.</summary>
internal interface IOfferedEngine
{
    string Name { get; }

    /// <summary>The usual one first.</summary>
    string[] Versions { get; }

    /// <summary>The family of the parameter groups for a version.</summary>
    string FamilyOf(string version);
}

/// <summary>Which versions are asked for; what is null or empty says nothing.</summary>
/// <param name="Version">One, or the beginning of some.</param>
internal sealed record VersionQuestion(string? Engine, string? Version, string? Family, bool DefaultOnly);

/// <summary>The versions of engines that a service offers.</summary>
internal static class EngineVersions
{
    public static (List<(T Engine, string Version)> Items, string? Marker) Page<T>(
        IEnumerable<T> engines,
        VersionQuestion asked,
        int? size,
        string? marker)
        where T : IOfferedEngine
    {
        var all = engines
            .Where(each => string.IsNullOrEmpty(asked.Engine) || each.Name == asked.Engine)
            .SelectMany(each => (asked.DefaultOnly ? each.Versions.Take(1) : each.Versions)
                .Select(version => (Engine: each, Version: version)))
            .Where(each => string.IsNullOrEmpty(asked.Version)
                || each.Version == asked.Version
                || each.Version.StartsWith(asked.Version + ".", StringComparison.Ordinal))
            .Where(each => string.IsNullOrEmpty(asked.Family) || each.Engine.FamilyOf(each.Version) == asked.Family);
        return StorePages.Page(all, each => $"{each.Engine.Name}/{each.Version}", size, marker);
    }
}
