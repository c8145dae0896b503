using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Baker.Core.Staleness;

/// <summary>
/// What a plan rests on, by names of the form <c>GROUP/what</c> or <c>GROUP/what/which</c>; of what is no group's, GROUP is empty.
/// </summary>
public static class PlanFacts
{
    public const string Manifest = "manifest";
    public const string Inputs = "inputs";
    public const string Source = "source";
    public const string Image = "image";
    public const string Channel = "channel";
    public const string Fleet = "fleet";
    public const string FleetImage = "fleet image";
    public const string Size = "size";
    public const string Tag = "tag";
    public const string Settings = "settings";
    public const string Run = "run";
    public const string Resource = "resource";
    public const string Apply = "apply";

    public static ImmutableSortedDictionary<string, string> None { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static string Key(string group, string what, string? which = null) => $"{group}/{what}{(which is null ? "" : "/" + which)}";

    /// <summary>Of a value that is too long to be kept, or may not be shown: enough to see that it is another.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    /// <summary>What is not as it was, a sentence each.</summary>
    /// <param name="isOurs">Whether something was changed by the very plan, which an earlier run began to apply.</param>
    public static IEnumerable<string> Moves(
        ImmutableSortedDictionary<string, string> was,
        ImmutableSortedDictionary<string, string> now,
        Func<string, bool> isOurs) => was.Keys.Union(now.Keys, StringComparer.Ordinal)
            .Where(key => was.GetValueOrDefault(key, "") != now.GetValueOrDefault(key, "") && !isOurs(key))
            .Order(StringComparer.Ordinal)
            .Select(key => Words(key, was.GetValueOrDefault(key, ""), now.GetValueOrDefault(key, "")));

    /// <summary>The group that a fact is about; empty where it is about none.</summary>
    public static string GroupOf(string key)
    {
        var label = key[..key.IndexOf('/', StringComparison.Ordinal)];
        return label.Split('@')[0];
    }

    private static string Words(string key, string was, string now)
    {
        var parts = key.Split('/', 3);
        var (subject, what, which) = (parts[0], parts[1], parts.Length > 2 ? parts[2] : "");
        var moved = $"was {Shown(was)}, and is {Shown(now)} now";
        return what switch
        {
            Manifest when subject.Length == 0 => "the manifest says something else now of what is around the fleets",
            Manifest => was.Length == 0 || now.Length == 0
                ? $"the manifest {(now.Length == 0 ? $"has {subject} no more" : $"has {subject} now")}"
                : $"the manifest says something else of {subject} now",
            Inputs => $"what the image of {subject} is made from has changed: scripts, roles, cookbooks, code or attributes",
            Source => $"the source image of {subject} {moved}",
            Image => $"the image of {subject} {moved}",
            Channel => $"the channel {which} of {subject} {moved}",
            Fleet => $"the fleet of {subject} {moved}",
            FleetImage => $"the image of the fleet of {subject} {moved}",
            Size => $"the size of the fleet of {subject} {moved}",
            Tag => $"the tag {which} of the fleet of {subject} {moved}",
            Settings => $"the settings of the fleet of {subject} were changed",
            Run when now.Length == 0 => $"what was under way for {subject} has ended: {was}",
            Run => $"something is under way for {subject}: {now}",
            Resource => $"the {which}{(subject.Length > 0 ? $" of {subject}" : "")} was "
                + (was.Length == 0 ? "made" : now.Length == 0 ? "deleted" : "changed"),
            Apply when now.Length == 0 => "an apply that was not finished has ended",
            Apply => $"another apply has not been finished: {now}",
            _ => $"{key} {moved}",
        };
    }

    private static string Shown(string value) => value.Length == 0 ? "none" : value;
}
