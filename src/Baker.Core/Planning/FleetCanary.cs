using System.Collections.Immutable;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// What the journal of an update says of its canary. What the listeners did is in it before the first of them is changed, and stays
/// until all of them do that again.
/// </summary>
public sealed record FleetCanary
{
    public required CanarySettings Settings { get; init; }

    /// <summary>Whether a person is waited for between the steps.</summary>
    public bool Approves { get; init; }

    /// <summary>The rules and default actions that lead to the old group's target groups; none where its instances are its share.</summary>
    public ImmutableArray<NoticePlace> Places { get; init; } = [];

    /// <summary>The actions, as JSON, that stood there; one entry for all places that had the same.</summary>
    public ImmutableArray<string> Stood { get; init; } = [];

    public bool HasWeights => !Places.IsEmpty;

    internal JObject ToJson() => new()
    {
        ["settings"] = Settings.ToJson(),
        ["approves"] = Approves,
        ["places"] = NoticeRecord.PlacesToJson(Places),
        ["stood"] = NoticeRecord.StoodToJson(Stood),
    };

    internal static FleetCanary? Parse(JToken? json) => json is not JObject canary ? null : new FleetCanary
    {
        Settings = CanarySettings.Of((JObject)canary["settings"]!),
        Approves = (bool?)canary["approves"] ?? false,
        Places = NoticeRecord.PlacesOf(canary["places"]!),
        Stood = [.. canary["stood"]!.Select(actions => actions.ToString(Formatting.None))],
    };
}
