using System.Collections.Immutable;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Querying;

/// <summary>Tags as the services other than EC2 take them: each has a key, and the last of the same key counts.</summary>
internal static class RequestTags
{
    /// <param name="code">The service's code for a request that is not as it must be.</param>
    /// <param name="tags">The keys and values of the request.</param>
    /// <exception cref="CloudException">One has no key.</exception>
    public static ImmutableSortedDictionary<string, string> Check(string code, IEnumerable<(string? Key, string? Value)> tags)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            var name = string.IsNullOrEmpty(key) ? throw Missing(code, $"tags.{read.Count + 1}.member.key") : key;
            read[name] = value ?? "";
        }

        return read.ToImmutable();
    }

    /// <summary>What a service says of a member inside a list that is not there.</summary>
    public static CloudException Missing(string code, string place) => new(code, RequiredMember.Missing(code, place).Message);
}
