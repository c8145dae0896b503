using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Caches;

/// <summary>An engine of ElastiCache, and which server of this host stands for it.</summary>
/// <param name="Versions">The newest of each minor version, the usual one first.</param>
internal sealed record CacheEngine(string Name, EngineKind Kind, int Port, params string[] Versions) : IOfferedEngine
{
    private static readonly CacheEngine[] s_all =
    [
        new("redis", EngineKind.Redis, 6379, "7.1.0", "7.0.7", "6.2.6", "6.0.5", "5.0.6"),
        new("valkey", EngineKind.Redis, 6379, "8.1.0", "8.0.1", "7.2.6"),
        new("memcached", EngineKind.Memcached, 11211, "1.6.22", "1.6.17", "1.6.12", "1.6.6", "1.5.16"),
    ];

    public static IReadOnlyList<CacheEngine> All => s_all;

    public static CacheEngine Of(string? name) => s_all.FirstOrDefault(each => each.Name == name)
        ?? throw new CloudException("InvalidParameterValue", $"Invalid cache engine: {name}");

    /// <summary>The version that a request means: <c>7.1</c>, <c>6.x</c> and <c>7</c> stand for the newest of theirs.</summary>
    public string Version(string? given)
    {
        if (string.IsNullOrEmpty(given))
        {
            return Versions[0];
        }

        var start = given.EndsWith(".x", StringComparison.Ordinal) ? given[..^2] : given;
        return Versions.FirstOrDefault(each => each == given || each.StartsWith(start + ".", StringComparison.Ordinal))
            ?? throw new CloudException("InvalidParameterCombination", $"Cannot find version {given} for {Name}");
    }

    public string FamilyOf(string version)
    {
        var words = version.Split('.');
        return Name + (Name == "memcached" || words[0] is "5" ? $"{words[0]}.{words[1]}" : words[0] is "6" ? "6.x" : words[0]);
    }
}
