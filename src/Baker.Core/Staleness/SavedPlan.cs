using System.Collections.Immutable;
using Baker.Core.Manifest;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Staleness;

/// <summary>
/// What <c>package plan</c> found stale, and what of the world that rests on: apply goes by it only as long as that holds.
/// </summary>
public sealed record SavedPlan
{
    /// <summary>The version of the form that this program writes and reads.</summary>
    public const int Version = 1;

    private const string NoPlan = "Name one that was kept: package plan --out FILE keeps what is stale now";
    private const string VersionKey = "baker_plan";
    private const string SealKey = "seal";

    private static readonly ImmutableArray<string> s_keys =
        [VersionKey, "made", "by", "cloud", "environment", "groups", "items", "rests_on", SealKey];

    /// <summary>When it was made (ISO 8601, UTC).</summary>
    public required string Made { get; init; }

    /// <summary>user@host, for people.</summary>
    public required string By { get; init; }

    /// <summary>The account, or the local cloud, that it was made for.</summary>
    public required string Cloud { get; init; }

    public string? Environment { get; init; }

    /// <summary>The groups that were named; empty: all.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>In the order in which they are applied; at the end those that are a person's.</summary>
    public ImmutableArray<StaleItem> Items { get; init; } = [];

    /// <summary>What was seen, see <see cref="PlanFacts"/>.</summary>
    public ImmutableSortedDictionary<string, string> RestsOn { get; init; } = PlanFacts.None;

    /// <summary>What tells this plan from any other.</summary>
    public string Id => Digest(Body());

    public JObject ToJson()
    {
        var json = Body();
        json[SealKey] = Seal(json);
        return json;
    }

    /// <summary>Whether a text is a plan, of whatever version, or one that was edited.</summary>
    public static bool IsOne(string text)
    {
        try
        {
            return JObject.Parse(text).ContainsKey(VersionKey);
        }
        catch (JsonReaderException)
        {
            return false;
        }
    }

    /// <param name="name">The file, as it is called in messages.</param>
    /// <exception cref="BakerException">It is no plan, one of another version, or one that was edited; the message says where.</exception>
    public static SavedPlan Parse(string text, string name)
    {
        JObject json;
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            json = JObject.Load(reader, new JsonLoadSettings
            {
                LineInfoHandling = LineInfoHandling.Load,
                DuplicatePropertyNameHandling = DuplicatePropertyNameHandling.Error,
            });
            if (reader.Read())
            {
                throw Wrong(name, (reader.LineNumber, reader.LinePosition), "something follows after the plan");
            }
        }
        catch (JsonReaderException error)
        {
            var place = (Math.Max(1, error.LineNumber), Math.Max(1, error.LinePosition));
            throw Wrong(name, place, "this is no plan: it is not JSON from here on", NoPlan);
        }

        var version = json.Property(VersionKey, StringComparison.Ordinal);
        if (version is not { Value.Type: JTokenType.Integer })
        {
            throw Wrong(name, Place(version), $"this is no plan: it has no {VersionKey} with the number of its version", NoPlan);
        }

        if (version.Value.ToString(Formatting.None) is var found && found != FormattableString.Invariant($"{Version}"))
        {
            throw Wrong(name, Place(version), FormattableString.Invariant(
                $"this is a plan of version {found}, and this package reads version {Version}"));
        }

        Whole(json, name);
        try
        {
            return new SavedPlan
            {
                Made = (string)json["made"]!,
                By = (string)json["by"]!,
                Cloud = (string)json["cloud"]!,
                Environment = (string?)json["environment"],
                Groups = [.. ((JArray)json["groups"]!).Select(group => (string)group!)],
                Items = [.. ((JArray)json["items"]!).Select(item => StaleItem.Of((JObject)item))],
                RestsOn = ((JObject)json["rests_on"]!).Properties()
                    .ToImmutableSortedDictionary(each => each.Name, each => (string)each.Value!, StringComparer.Ordinal),
            };
        }
        catch (Exception error) when (error is ArgumentException or InvalidCastException or NullReferenceException or FormatException)
        {
            throw Wrong(name, (1, 1), $"this plan cannot be read: {error.Message}");
        }
    }

    /// <summary>Every part is there, and as it was written.</summary>
    private static void Whole(JObject json, string name)
    {
        if (json.Properties().FirstOrDefault(each => !s_keys.Contains(each.Name)) is { } alien)
        {
            throw Wrong(name, Place(alien), $"{alien.Name} is no part of a plan: it was edited after it was made");
        }

        if (s_keys.FirstOrDefault(key => json[key] is null) is { } missing)
        {
            throw Wrong(name, (1, 1), $"{missing} is missing: the plan was edited after it was made");
        }

        if (json[SealKey] is not JObject seal)
        {
            var place = Place(json.Property(SealKey, StringComparison.Ordinal));
            throw Wrong(name, place, "the seal is none: the plan was edited after it was made");
        }

        foreach (var part in json.Properties().Where(each => each.Name != SealKey))
        {
            if ((seal[part.Name] as JValue)?.Value as string != Digest(part.Value))
            {
                throw Wrong(name, Place(part), $"{part.Name} was edited after the plan was made");
            }
        }
    }

    private JObject Body() => new()
    {
        [VersionKey] = Version,
        ["made"] = Made,
        ["by"] = By,
        ["cloud"] = Cloud,
        ["environment"] = Environment,
        ["groups"] = new JArray(Groups),
        ["items"] = new JArray(Items.Select(item => item.ToJson())),
        ["rests_on"] = new JObject(RestsOn.Select(each => new JProperty(each.Key, each.Value))),
    };

    private static JObject Seal(JObject body) =>
        new(body.Properties().Select(part => new JProperty(part.Name, Digest(part.Value))));

    private static string Digest(JToken part) => PlanFacts.Digest(part.ToString(Formatting.None));

    private static (int Line, int Column) Place(IJsonLineInfo? token) =>
        token?.HasLineInfo() == true ? (token.LineNumber, token.LinePosition) : (1, 1);

    private static BakerException Wrong(string name, (int Line, int Column) place, string message, string? remedy = null) => new(
        ExitCode.BadInput,
        FormattableString.Invariant($"{name}:{place.Line}:{place.Column}: {message}."),
        $"{remedy ?? $"Make it anew: package plan --out {name}"}. Nothing was changed.")
    {
        Place = new SourcePlace(name, new Position(place.Line, place.Column)),
    };
}
