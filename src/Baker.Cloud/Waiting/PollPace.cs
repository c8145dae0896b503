namespace Baker.Cloud.Waiting;

/// <summary>How often a wait may look. The cadence for AWS spares the account's rate; the local cloud's does not have to.</summary>
public sealed record PollPace(TimeSpan First, TimeSpan Longest, TimeSpan Gap)
{
    /// <summary>How many looks fall between the last times not ready and ready: with four waits in a bake, few beside its other calls.</summary>
    private const int WindowSteps = 8;

    public static PollPace Aws { get; } = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(0.05));

    public static PollPace Local { get; } = new(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.02));

    /// <summary>
    /// When to look next. Where the time was learned: when it was last seen not to be ready, in small steps until it was ready, then in
    /// growing ones; where it was not, in steps of an eighth of what has passed.
    /// </summary>
    public TimeSpan Next(TimeSpan elapsed, LearnedTime? expected)
    {
        if (expected is null)
        {
            return elapsed + Clamp(elapsed * 0.125, First, Longest);
        }

        if (elapsed < expected.NotYet)
        {
            return expected.NotYet;
        }

        var step = (expected.Ready - expected.NotYet) / WindowSteps;
        var late = elapsed - expected.Ready;
        return elapsed + Clamp(late < TimeSpan.Zero ? step : step + (late * 0.4), Gap, Longest);
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan low, TimeSpan high) => value < low ? low : value > high ? high : value;
}
