using System.Globalization;

namespace Baker.Cloud.Fleets;

/// <summary>The names of what belongs to a node group's fleet.</summary>
public static class FleetNames
{
    public const string Root = "/baker";

    public static string Lock(string group) => $"{Root}/{group}/lock";

    public static string Journal(string group) => $"{Root}/{group}/journal";

    /// <summary>The next Auto Scaling group's name: <c>GROUP-v001</c>, <c>-v002</c>, …, one above those that exist.</summary>
    public static string Next(string group, IEnumerable<string> existing)
    {
        var highest = existing.Select(name => Number(group, name)).DefaultIfEmpty(0).Max();
        return string.Create(CultureInfo.InvariantCulture, $"{group}-v{highest + 1:000}");
    }

    private static int Number(string group, string name) =>
        name.StartsWith(group + "-v", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(group.Length + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
