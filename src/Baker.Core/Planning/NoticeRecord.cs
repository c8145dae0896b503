using System.Collections.Immutable;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// What is written down of a maintenance notice before the first rule is changed, and kept until the last one is back: what each
/// rule did, as it was read.
/// </summary>
public sealed record NoticeRecord
{
    /// <summary>The largest parameter of SSM.</summary>
    public const int LongestText = 8192;

    public required string Run { get; init; }

    public required string Owner { get; init; }

    public required string Since { get; init; }

    /// <summary>What requests get meanwhile: actions of the balancer, as JSON.</summary>
    public required string Answer { get; init; }

    /// <summary>The actions, as JSON, that stood at the places; one entry for all places that had the same.</summary>
    public required ImmutableArray<string> Stood { get; init; }

    public required ImmutableArray<NoticePlace> Places { get; init; }

    /// <summary>Rules that no request matches, by which targets stay in use meanwhile, and so are checked.</summary>
    public required ImmutableArray<NoticeKeeper> Keepers { get; init; }

    /// <summary>Whether it goes: a run that ends it has begun.</summary>
    public bool Ends { get; init; }

    public string ToText() => RecordJson.ToText(new JObject
    {
        ["run"] = Run,
        ["owner"] = Owner,
        ["since"] = Since,
        ["ends"] = Ends,
        ["answer"] = Json(Answer),
        ["stood"] = StoodToJson(Stood),
        ["places"] = PlacesToJson(Places),
        ["keepers"] = new JArray(Keepers.Select(keeper => new JArray(keeper.Listener, keeper.Priority, keeper.Stood))),
    });

    /// <param name="place">Where the text is from, for the message.</param>
    public static NoticeRecord Parse(string text, string place)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return new NoticeRecord
            {
                Run = (string)json["run"]!,
                Owner = (string)json["owner"]!,
                Since = (string)json["since"]!,
                Ends = (bool)json["ends"]!,
                Answer = json["answer"]!.ToString(Formatting.None),
                Stood = [.. json["stood"]!.Select(actions => actions.ToString(Formatting.None))],
                Places = PlacesOf(json["places"]!),
                Keepers = [.. json["keepers"]!.Select(each => new NoticeKeeper((string)each[0]!, (int)each[1]!, (int)each[2]!))],
            };
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NullReferenceException
            or InvalidCastException or FormatException)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"The notice {place} cannot be read: {error.Message}",
                "Another version of Baker may have written it; it has what each rule did, as JSON: aws ssm get-parameter shows it.",
                error);
        }
    }

    internal static JArray StoodToJson(IEnumerable<string> stood) => new(stood.Select(Json));

    internal static JArray PlacesToJson(IEnumerable<NoticePlace> places) =>
        new(places.Select(place => new JArray(place.Arn, place.Name, place.Stood, place.IsDefault)));

    internal static ImmutableArray<NoticePlace> PlacesOf(JToken json) =>
        [.. json.Select(each => new NoticePlace((string)each[0]!, (string)each[1]!, (int)each[2]!, (bool)each[3]!))];

    private static JToken Json(string text) => RecordJson.Parse($"{{\"a\":{text}}}")["a"]!;
}
