using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Manifest;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// The record, kept on the cloud, of a change to a fleet while it is under way: everything that the rest of the steps
/// need to know and that the cloud itself would no longer tell. The steps follow from it alone (<see cref="FleetPlan"/>).
/// </summary>
public sealed record FleetJournal
{
    public const string Opening = "open";

    /// <summary>The longest that can be kept: the largest parameter of SSM.</summary>
    public const int LongestText = 8192;

    /// <summary>The step of one that has yet to be written.</summary>
    public const string Unwritten = "";

    public required GroupName Group { get; init; }

    public required string Run { get; init; }

    public required FleetAction Action { get; init; }

    /// <summary>Who began it: user@host.</summary>
    public required string Owner { get; init; }

    /// <summary>When, by the cloud's clock (ISO 8601, UTC).</summary>
    public string Since { get; init; } = "";

    /// <summary>The key of the step that is being done; everything before it is done.</summary>
    public string Step { get; init; } = Opening;

    /// <summary>The Auto Scaling group that serves when it begins; null for a first run.</summary>
    public string? Old { get; init; }

    /// <summary>The Auto Scaling group that it makes; null where it makes none.</summary>
    public string? New { get; init; }

    public string Image { get; init; } = "";

    /// <summary>The images of the group's other architectures.</summary>
    public ImmutableArray<string> OtherImages { get; init; } = [];

    public string Fingerprint { get; init; } = "";

    /// <summary>The live capacity of the old group when it began; for a first run, what was asked for.</summary>
    public required Capacity Capacity { get; init; }

    /// <summary>What was asked for the new group; null where it gets the old one's capacity.</summary>
    public Capacity? Asked { get; init; }

    /// <summary>What the new group gets.</summary>
    public Capacity SizeOfNew => Asked ?? Capacity;

    /// <summary>Whether alarms of the user's own that point at the old group are pointed at the new one.</summary>
    public bool MovesAlarms { get; init; }

    /// <summary>Whether nodes of the new group that are not healthy are kept, in quarantine, where it is taken back.</summary>
    public bool KeepsSick { get; init; }

    /// <summary>Whether the run that keeps the old group has ended by <c>--no-wait</c>, and left it to the next.</summary>
    public bool IsLeft { get; init; }

    /// <summary>For a rollback: whether the old group had been taken out of service by then.</summary>
    public bool Switched { get; init; }

    /// <summary>Processes of the old group that were suspended before; all others are active again after a rollback.</summary>
    public ImmutableArray<string> Suspended { get; init; } = [];

    /// <summary>The target groups that the old group was attached to (ARNs).</summary>
    public ImmutableArray<string> TargetGroups { get; init; } = [];

    /// <summary>The services that the group provided when it began, which its nodes have in the catalogue.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>Alarms that end the update when they go off.</summary>
    public ImmutableArray<string> Alarms { get; init; } = [];

    public TimeSpan Soak { get; init; }

    public TimeSpan KeepWarm { get; init; }

    /// <summary>The launch template version that a rolling update brings (<c>name:version</c>), once it exists.</summary>
    public string? Template { get; init; }

    /// <summary>
    /// Where the image's snapshots are restored at full speed: zones, or none for those of the fleet; null where they are not.
    /// </summary>
    public ImmutableArray<string>? FastRestore { get; init; }

    /// <summary>What it is released together with, under one notice; null where it is changed alone, and without a notice.</summary>
    public FleetRelease? Release { get; init; }

    /// <summary>How the new group gets its share of the requests a little at a time; null where it gets all at once.</summary>
    public FleetCanary? Canary { get; init; }

    public string ToText() => RecordJson.ToText(new JObject
    {
        ["group"] = Group.ToString(),
        ["run"] = Run,
        ["action"] = Action.ToString().ToLowerInvariant(),
        ["owner"] = Owner,
        ["since"] = Since,
        ["step"] = Step,
        ["old"] = Old,
        ["new"] = New,
        ["image"] = Image,
        ["other_images"] = new JArray(OtherImages),
        ["fingerprint"] = Fingerprint,
        ["capacity"] = Json(Capacity),
        ["asked"] = Asked is { } asked ? Json(asked) : null,
        ["moves_alarms"] = MovesAlarms,
        ["keeps_sick"] = KeepsSick,
        ["left"] = IsLeft,
        ["switched"] = Switched,
        ["suspended"] = new JArray(Suspended),
        ["target_groups"] = new JArray(TargetGroups),
        ["services"] = new JArray(Services),
        ["alarms"] = new JArray(Alarms),
        ["soak"] = (long)Soak.TotalSeconds,
        ["timeout"] = (long)KeepWarm.TotalSeconds,
        ["template"] = Template,
        ["fast_restore"] = FastRestore is { } zones ? new JArray(zones) : null,
        ["release"] = Release?.ToJson(),
        ["canary"] = Canary?.ToJson(),
    });

    /// <exception cref="BakerException">The text is not a journal; the message says whose and what to do.</exception>
    public static FleetJournal Parse(string text, string place)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return new FleetJournal
            {
                Group = GroupName.Parse((string)json["group"]!),
                Run = (string)json["run"]!,
                Action = Enum.Parse<FleetAction>((string)json["action"]!, ignoreCase: true),
                Owner = (string)json["owner"]!,
                Since = (string?)json["since"] ?? "",
                Step = (string)json["step"]!,
                Old = (string?)json["old"],
                New = (string?)json["new"],
                Image = (string?)json["image"] ?? "",
                OtherImages = Texts(json["other_images"]),
                Fingerprint = (string?)json["fingerprint"] ?? "",
                Capacity = Sizes((JArray)json["capacity"]!),
                Asked = json["asked"] is JArray asked ? Sizes(asked) : null,
                MovesAlarms = (bool?)json["moves_alarms"] ?? false,
                KeepsSick = (bool?)json["keeps_sick"] ?? false,
                IsLeft = (bool?)json["left"] ?? false,
                Switched = (bool?)json["switched"] ?? false,
                Suspended = Texts(json["suspended"]),
                TargetGroups = Texts(json["target_groups"]),
                Services = Texts(json["services"]),
                Alarms = Texts(json["alarms"]),
                Soak = TimeSpan.FromSeconds((long?)json["soak"] ?? 0),
                KeepWarm = TimeSpan.FromSeconds((long?)json["timeout"] ?? 0),
                Template = (string?)json["template"],
                FastRestore = json["fast_restore"] is JArray zones ? Texts(zones) : null,
                Release = FleetRelease.Parse(json["release"]),
                Canary = FleetCanary.Parse(json["canary"]),
            };
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NullReferenceException
            or InvalidCastException or FormatException or ArgumentNullException)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                string.Create(CultureInfo.InvariantCulture, $"The journal {place} cannot be read: {error.Message}"),
                "Another version of Baker may have written it; look at it with aws ssm get-parameter, "
                    + "and delete it when nothing is under way.",
                error);
        }
    }

    private static JArray Json(Capacity capacity) => new(capacity.Min, capacity.Max, capacity.Desired);

    private static Capacity Sizes(JArray numbers) => new((int)numbers[0], (int)numbers[1], (int)numbers[2]);

    private static ImmutableArray<string> Texts(JToken? value) => value is JArray list ? [.. list.Select(item => (string)item!)] : [];
}
