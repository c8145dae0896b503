namespace Baker.Cloud.Waiting;

/// <summary>How often a wait may look. The cadence for AWS spares the account's rate; the local cloud's does not have to.</summary>
public sealed record PollPace(TimeSpan First, TimeSpan Longest, TimeSpan Gap)
{
    public static PollPace Aws { get; } = new(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(0.25));

    public static PollPace Local { get; } = new(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.05));

    /// <summary>When to look next: at the learnt time, then in small but growing steps; without one, in steps of 30 % of what has passed.</summary>
    public TimeSpan Next(TimeSpan elapsed, TimeSpan? expected)
    {
        if (expected is { } due)
        {
            var late = elapsed - due;
            return elapsed < due ? due : elapsed + Clamp((due * 0.02) + (late * 0.5), Gap, Longest);
        }

        return elapsed + Clamp(elapsed * 0.3, First, Longest);
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan low, TimeSpan high) => value < low ? low : value > high ? high : value;
}
