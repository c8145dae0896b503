using System.Collections.Immutable;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>What is kept of a change when it has ended: who changed what, when, and what was seen meanwhile.</summary>
public sealed record ChangeRecord
{
    /// <summary>The run's.</summary>
    public required string Id { get; init; }

    /// <summary>Such as <c>autoscale:update</c>.</summary>
    public required string Command { get; init; }

    /// <summary>The groups that it was asked for, with commas between; an environment's change has the environment's name.</summary>
    public required string Subject { get; init; }

    /// <summary>Null where there is none.</summary>
    public string? Environment { get; init; }

    /// <summary><c>aws</c> or <c>local</c>.</summary>
    public string Cloud { get; init; } = "";

    /// <summary>user@host, for people.</summary>
    public required string Owner { get; init; }

    public required DateTimeOffset Began { get; init; }

    public required DateTimeOffset Ended { get; init; }

    /// <summary><c>done</c>, <c>failed</c> or <c>interrupted</c>.</summary>
    public required string Result { get; init; }

    public string? Failure { get; init; }

    /// <summary>Why a freeze or a closed window did not keep it from beginning.</summary>
    public string? Override { get; init; }

    /// <summary>The fleets that are not what they were.</summary>
    public ImmutableArray<FleetMove> Fleets { get; init; } = [];

    /// <summary>The fewest healthy targets that were seen at one look, by target group.</summary>
    public ImmutableArray<KeyValuePair<string, int>> LeastHealthy { get; init; } = [];

    /// <summary>ARNs of those that its fleets were, or are, in.</summary>
    public ImmutableArray<string> TargetGroups { get; init; } = [];

    public ImmutableArray<TrafficSeen> Traffic { get; init; } = [];

    /// <summary>Alarms of the Region that went off meanwhile.</summary>
    public ImmutableArray<string> Alarms { get; init; } = [];

    public ImmutableArray<(string Text, string Result, double Seconds)> Steps { get; init; } = [];

    /// <summary>What the cloud has of it beside what serves, counted at the end; null where that could not be counted.</summary>
    public ImmutableArray<string>? Leftovers { get; init; } = [];

    public JObject ToJson() => new()
    {
        ["id"] = Id,
        ["command"] = Command,
        ["subject"] = Subject,
        ["environment"] = Environment,
        ["cloud"] = Cloud,
        ["owner"] = Owner,
        ["began"] = TimeText.Of(Began),
        ["ended"] = TimeText.Of(Ended),
        ["result"] = Result,
        ["failure"] = Failure,
        ["override"] = Override,
        ["fleets"] = new JArray(Fleets.Select(move => move.ToJson())),
        ["least_healthy"] = new JObject(LeastHealthy.Select(each => new JProperty(each.Key, each.Value))),
        ["target_groups"] = new JArray(TargetGroups),
        ["traffic"] = new JArray(Traffic.Select(seen => seen.ToJson())),
        ["alarms"] = new JArray(Alarms),
        ["steps"] = new JArray(Steps.Select(step => new JObject
        {
            ["text"] = step.Text,
            ["result"] = step.Result,
            ["seconds"] = step.Seconds,
        })),
        ["leftovers"] = Leftovers is { } left ? new JArray(left) : null,
    };

    /// <summary>In so many bytes: steps are left out from the end, then the failure is cut.</summary>
    public string ToText(int most)
    {
        for (var record = this; ; record = record.Shorter())
        {
            var text = record.ToJson().ToString(Formatting.None);
            if (Encoding.UTF8.GetByteCount(text) <= most || record.Shorter() == record)
            {
                return text;
            }
        }
    }

    /// <exception cref="JsonException">The text is not a record's.</exception>
    public static ChangeRecord Parse(string text)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return new ChangeRecord
            {
                Id = Text(json, "id"),
                Command = Text(json, "command"),
                Subject = Text(json, "subject"),
                Environment = (string?)json["environment"],
                Cloud = (string?)json["cloud"] ?? "",
                Owner = Text(json, "owner"),
                Began = TimeText.TryParse((string?)json["began"]) ?? throw new JsonException("There is no \"began\"."),
                Ended = TimeText.TryParse((string?)json["ended"]) ?? throw new JsonException("There is no \"ended\"."),
                Result = Text(json, "result"),
                Failure = (string?)json["failure"],
                Override = (string?)json["override"],
                Fleets = [.. Items(json, "fleets").Select(FleetMove.Of)],
                LeastHealthy =
                [
                    .. (json["least_healthy"] as JObject ?? []).Properties()
                        .Select(each => KeyValuePair.Create(each.Name, (int)each.Value)),
                ],
                TargetGroups = [.. (json["target_groups"] as JArray ?? []).Select(each => (string)each!)],
                Traffic = [.. Items(json, "traffic").Select(TrafficSeen.Of)],
                Alarms = [.. (json["alarms"] as JArray ?? []).Select(each => (string)each!)],
                Steps =
                [
                    .. Items(json, "steps").Select(step => (Text(step, "text"), Text(step, "result"), (double?)step["seconds"] ?? 0)),
                ],
                Leftovers = json["leftovers"] is JArray left ? [.. left.Select(each => (string)each!)] : null,
            };
        }
        catch (Exception error) when (error is ArgumentException or InvalidCastException or FormatException or OverflowException)
        {
            throw new JsonException(error.Message, error);
        }
    }

    private static string Text(JObject json, string name) =>
        (string?)json[name] ?? throw new JsonException($"There is no \"{name}\".");

    private static IEnumerable<JObject> Items(JObject json, string name) => (json[name] as JArray ?? []).OfType<JObject>();

    private static ImmutableArray<string>? Half(ImmutableArray<string>? lines) => lines is { } some ? some[..(some.Length / 2)] : null;

    private ChangeRecord Shorter() => Steps.Length > 0 ? this with { Steps = Steps[..(Steps.Length / 2)] }
        : Fleets.Any(move => move.Packages is { Length: > 0 })
            ? this with { Fleets = [.. Fleets.Select(move => move with { Packages = Half(move.Packages) })] }
        : Failure is { Length: > 200 } why ? this with { Failure = why[..200] + "…" }
        : Fleets.Length > 0 ? this with { Fleets = Fleets[..(Fleets.Length / 2)] }
        : Subject.Length > 100 ? this with { Subject = Subject[..100] + "…" }
        : this;
}
