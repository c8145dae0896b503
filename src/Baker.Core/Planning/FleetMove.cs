using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>A group's fleet before and after a change; null where there was, or is, none.</summary>
public sealed record FleetMove(string Group, FleetMove.State? From, FleetMove.State? To)
{
    /// <param name="Name">The Auto Scaling group.</param>
    public sealed record State(string Name, string? Image, int Desired)
    {
        public override string ToString() => FormattableString.Invariant($"{Name} ({Image ?? "no image known"}, {Desired} wanted)");
    }

    public JObject ToJson() => new() { ["group"] = Group, ["from"] = Json(From), ["to"] = Json(To) };

    public static FleetMove Of(JObject json) =>
        new((string?)json["group"] ?? "", Read(json["from"] as JObject), Read(json["to"] as JObject));

    private static JObject? Json(State? state) => state is null
        ? null
        : new() { ["name"] = state.Name, ["image"] = state.Image, ["desired"] = state.Desired };

    private static State? Read(JObject? json) => json is null
        ? null
        : new((string?)json["name"] ?? "", (string?)json["image"], (int?)json["desired"] ?? 0);
}
