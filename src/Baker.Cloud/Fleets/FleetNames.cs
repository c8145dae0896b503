using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Cloud.Fleets;

/// <summary>The names of what belongs to a node group's fleet.</summary>
public static class FleetNames
{
    public const string Root = "/baker";

    public static string Lock(GroupName group) => $"{Root}/{group}/lock";

    public static string Journal(GroupName group) => $"{Root}/{group}/journal";

    /// <summary>The next Auto Scaling group's name: <c>GROUP-v001</c>, <c>-v002</c>, …, one above those that exist.</summary>
    public static string Next(GroupName group, IEnumerable<string> existing)
    {
        var prefix = $"{group}-v";
        var highest = existing.Select(name => Number(prefix, name)).DefaultIfEmpty(0).Max();
        return string.Create(CultureInfo.InvariantCulture, $"{prefix}{highest + 1:000}");
    }

    private static int Number(string prefix, string name) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
