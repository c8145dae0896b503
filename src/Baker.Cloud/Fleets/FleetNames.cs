using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>The names of what belongs to a node group's fleet.</summary>
public static class FleetNames
{
    private const int LongestMirrored = 19;

    /// <summary>
    /// Where the group's parameters are: <c>/baker/GROUP</c>, in an environment <c>/baker/env/ENVIRONMENT/GROUP</c>; without a group
    /// those of the environment as a whole, or of all groups that are in none (no group's name begins like that).
    /// </summary>
    public static string Folder(NodeScope scope, GroupName group) => group == default
        ? scope.Environment is { } whole ? $"/baker/env/{whole}" : "/baker/_groups"
        : scope.Environment is { } environment ? $"/baker/env/{environment}/{group}" : $"/baker/{group}";

    public static string Lock(NodeScope scope, GroupName group) => $"{Folder(scope, group)}/lock";

    public static string Journal(NodeScope scope, GroupName group) => $"{Folder(scope, group)}/journal";

    /// <summary>The records of changes: they outlive an environment. No group's name begins like that.</summary>
    public static string Changes(NodeScope scope) => scope.Environment is { } name ? $"/baker/_changes/{name}" : "/baker/_changes";

    /// <summary>That nothing is to be changed: of an environment, or of what there is without one.</summary>
    public static string Freeze(NodeScope scope) => scope.Environment is null ? "/baker/freeze" : $"{Folder(scope, default)}/freeze";

    /// <summary>How far an apply has come.</summary>
    public static string Apply(NodeScope scope) => $"{Folder(scope, default)}/apply";

    public static string Notice(NodeScope scope, GroupName group) => $"{Folder(scope, group)}/notice";

    /// <summary>What a person has said to a canary of the group that is under way.</summary>
    public static string Word(NodeScope scope, GroupName group) => $"{Folder(scope, group)}/canary";

    /// <summary>
    /// The target group of a new fleet beside the one that it is to serve in: the same name for the same fleet, whichever run asks.
    /// ELB takes 32 letters, digits and hyphens.
    /// </summary>
    public static string Mirror(string fleet, string targetGroupArn)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{fleet} {targetGroupArn}")))[..8];
        var name = ArnText.Name(targetGroupArn);
        return $"{name[..Math.Min(name.Length, LongestMirrored)].TrimEnd('-')}-new-{hash}";
    }

    /// <summary>Whether a target group is called as <see cref="Mirror"/> calls one.</summary>
    public static bool IsMirror(string targetGroupArn)
    {
        var parts = ArnText.Name(targetGroupArn).Split('-');
        return parts is [_, .., "new", { Length: 8 } hash] && hash.All(char.IsAsciiHexDigitLower);
    }

    /// <summary>
    /// The next Auto Scaling group's name: <c>GROUP-v001</c>, <c>-v002</c>, …, one above those that exist. In an environment
    /// <c>ENVIRONMENT/GROUP-v001</c>: no name has a slash, so that no two of them can be the same.
    /// </summary>
    public static string Next(NodeScope scope, GroupName group, IEnumerable<string> existing)
    {
        var prefix = scope.Environment is { } environment ? $"{environment}/{group}-v" : $"{group}-v";
        var highest = existing.Select(name => Number(prefix, name)).DefaultIfEmpty(0).Max();
        return string.Create(CultureInfo.InvariantCulture, $"{prefix}{highest + 1:000}");
    }

    /// <summary>The group whose fleet an Auto Scaling group is by its name; null where it is not called so.</summary>
    public static GroupName? GroupOf(NodeScope scope, string name)
    {
        var start = scope.Environment is { } environment ? $"{environment}/" : "";
        var end = name.LastIndexOf("-v", StringComparison.Ordinal);
        if (!name.StartsWith(start, StringComparison.Ordinal) || end <= start.Length || name.Length == end + 2)
        {
            return null;
        }

        var group = name[start.Length..end];
        return !name.AsSpan(end + 2).ContainsAnyExceptInRange('0', '9') && GroupName.IsOne(group) ? GroupName.Parse(group) : null;
    }

    private static int Number(string prefix, string name) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
