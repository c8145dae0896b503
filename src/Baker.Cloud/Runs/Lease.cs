using System.Globalization;

namespace Baker.Cloud.Runs;

/// <summary>The value of the lease tag: until when a run counts as alive without saying so again, and whose it is.</summary>
public sealed record Lease(DateTimeOffset Until, RunOwner? Owner)
{
    /// <summary>How long a run counts as alive after its last word.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(15);

    public static readonly TimeSpan Renewal = TimeSpan.FromMinutes(5);

    public override string ToString() => $"{Until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} {Owner}";

    public static Lease? Parse(string? text)
    {
        var parts = text?.Split(' ', 2) ?? [];
        return parts.Length > 0
            && DateTimeOffset.TryParse(parts[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
            ? new Lease(until, parts.Length > 1 ? RunOwner.Parse(parts[1]) : null)
            : null;
    }

    /// <summary>
    /// Whether nobody will go on with what carries this lease: the owner is gone, or its time is up where that cannot be
    /// asked.
    /// </summary>
    public bool IsOver(DateTimeOffset now) => Owner?.IsDead() ?? Until < now;
}
