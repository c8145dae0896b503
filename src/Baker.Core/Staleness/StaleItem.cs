using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Staleness;

/// <summary>One thing that is not as the manifest, the repository and the cloud say together that it should be.</summary>
/// <param name="Id">The same in two plans for the same thing.</param>
/// <param name="Subject">What is stale, for people.</param>
/// <param name="What">What is to be done about it.</param>
/// <param name="Why">Why it is stale.</param>
public sealed record StaleItem(StaleKind Kind, string Id, string Subject, string What, string Why)
{
    /// <summary>The group that it belongs to; null where it is of no one group.</summary>
    public string? Group { get; init; }

    /// <summary>Of what is a person's to decide: the command that does it; empty where no command can. Null where apply does it.</summary>
    public string? Command { get; init; }

    /// <summary>Of a fleet's: when its turn comes, counted from 0.</summary>
    public int? Wave { get; init; }

    /// <summary>Whether <c>package apply</c> does it.</summary>
    public bool IsApplied => Command is null;

    public string Word => Kind.ToString().ToLowerInvariant();

    public JObject ToJson() => new()
    {
        ["kind"] = Word,
        ["id"] = Id,
        ["subject"] = Subject,
        ["what"] = What,
        ["why"] = Why,
        ["group"] = Group,
        ["command"] = Command,
        ["wave"] = Wave is { } wave ? wave + 1 : null,
        ["applied"] = IsApplied,
    };

    internal static StaleItem Of(JObject json) => new(
        Enum.Parse<StaleKind>((string)json["kind"]!, ignoreCase: true),
        (string)json["id"]!,
        (string)json["subject"]!,
        (string)json["what"]!,
        (string)json["why"]!)
    {
        Group = (string?)json["group"],
        Command = (string?)json["command"],
        Wave = (int?)json["wave"] is { } wave ? wave - 1 : null,
    };

    /// <summary>How many of each kind, in words: <c>2 fleets and 1 image</c>.</summary>
    public static string Count(IReadOnlyCollection<StaleItem> items)
    {
        var counts = items
            .GroupBy(item => item.Kind)
            .OrderBy(some => some.Key)
            .Select(some => FormattableString.Invariant($"{some.Count()} {Words(some.Key, some.Count())}"))
            .ToImmutableArray();
        return counts.Length < 2 ? string.Concat(counts) : $"{string.Join(", ", counts[..^1])} and {counts[^1]}";
    }

    private static string Words(StaleKind kind, int count) => kind switch
    {
        StaleKind.Source => count == 1 ? "image whose source is newer" : "images whose sources are newer",
        StaleKind.Drift => "drifted by hand",
        StaleKind.Configuration => "of configuration",
        _ => kind.ToString().ToLowerInvariant() + (count == 1 ? "" : "s"),
    };
}
