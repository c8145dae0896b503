using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>A group's fleet before and after a change; null where there was, or is, none.</summary>
public sealed record FleetMove(string Group, FleetMove.State? From, FleetMove.State? To)
{
    /// <param name="Name">The Auto Scaling group.</param>
    public sealed record State(string Name, string? Image, int Desired)
    {
        /// <summary>The commits of the source trees on its image, a text each.</summary>
        public ImmutableArray<string> Commits { get; init; } = [];

        /// <summary>How many packages its image has; null where that is not known.</summary>
        public int? Packages { get; init; }

        public override string ToString() => FormattableString.Invariant($"{Name} ({Image ?? "no image known"}, {Desired} wanted)");
    }

    /// <summary>The packages that are not what they were, such as <c>nginx 1.24 -> 1.26</c>; null where that is not known.</summary>
    public ImmutableArray<string>? Packages { get; init; }

    public JObject ToJson() => new()
    {
        ["group"] = Group,
        ["from"] = Json(From),
        ["to"] = Json(To),
        ["packages"] = Packages is { } packages ? new JArray(packages) : null,
    };

    public static FleetMove Of(JObject json) =>
        new((string?)json["group"] ?? "", Read(json["from"] as JObject), Read(json["to"] as JObject))
        {
            Packages = json["packages"] is JArray packages ? [.. packages.Select(each => (string)each!)] : null,
        };

    private static JObject? Json(State? state) => state is null
        ? null
        : new()
        {
            ["name"] = state.Name,
            ["image"] = state.Image,
            ["desired"] = state.Desired,
            ["commits"] = new JArray(state.Commits),
            ["packages"] = state.Packages,
        };

    private static State? Read(JObject? json) => json is null
        ? null
        : new((string?)json["name"] ?? "", (string?)json["image"], (int?)json["desired"] ?? 0)
        {
            Commits = [.. (json["commits"] as JArray ?? []).Select(each => (string)each!)],
            Packages = (int?)json["packages"],
        };
}
