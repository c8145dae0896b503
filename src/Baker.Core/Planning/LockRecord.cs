using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// What a group's lock holds. Each write names the version it follows (<see cref="After"/>): SSM numbers the versions of a
/// parameter without gaps, so of two that follow the same one only the first counts, and both learn it from their own number.
/// </summary>
public sealed record LockRecord
{
    public required string Run { get; init; }

    /// <summary>user@host, for people.</summary>
    public required string Owner { get; init; }

    /// <summary>Machine, boot, process: by it the same machine sees that the process is gone. Null where unknown.</summary>
    public string? Process { get; init; }

    /// <summary>What it does, such as <c>autoscale:update</c>.</summary>
    public required string Doing { get; init; }

    /// <summary>When it was taken, by the cloud's clock.</summary>
    public string Since { get; init; } = "";

    /// <summary>How long after its last write it counts as alive.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>The version of the parameter that this write follows; 0 for the first.</summary>
    public long After { get; init; }

    /// <summary>Whether the run only waits (soaks, keeps warm): a rollback may then take the lock from it.</summary>
    public bool Waiting { get; init; }

    public string ToText() => new JObject
    {
        ["run"] = Run,
        ["owner"] = Owner,
        ["process"] = Process,
        ["doing"] = Doing,
        ["since"] = Since,
        ["lease"] = (long)Lease.TotalSeconds,
        ["after"] = After,
        ["waiting"] = Waiting,
    }.ToString(Formatting.None);

    /// <summary>Null where the text is not a lock's.</summary>
    public static LockRecord? TryParse(string text)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return new LockRecord
            {
                Run = (string)json["run"]!,
                Owner = (string)json["owner"]!,
                Process = (string?)json["process"],
                Doing = (string?)json["doing"] ?? "",
                Since = (string?)json["since"] ?? "",
                Lease = TimeSpan.FromSeconds((long?)json["lease"] ?? 0),
                After = (long?)json["after"] ?? 0,
                Waiting = (bool?)json["waiting"] ?? false,
            };
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidCastException or FormatException)
        {
            return null;
        }
    }

    /// <summary>For a person: who holds it and since when.</summary>
    public string Describe(TimeSpan? silent)
    {
        var heard = silent is { } age ? $", last heard of {DurationText.Of(age > TimeSpan.Zero ? age : TimeSpan.Zero)} ago" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Owner} has it since {Since} for {Doing} (run {Run}{heard})");
    }
}
