namespace Baker.Cloud.Waiting;

/// <summary>
/// How often a wait may look, and what it has to reckon with. The cadence for AWS spares the account's rate; the local
/// cloud's does not have to.
/// </summary>
public sealed record PollPace(TimeSpan First, TimeSpan Longest, TimeSpan Gap)
{
    /// <summary>
    /// How many looks fall between the last times not ready and ready: with four waits in a bake, few beside its other
    /// calls.
    /// </summary>
    private const int WindowSteps = 8;

    public static PollPace Aws { get; } = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(0.05));

    public static PollPace Local { get; } = new(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.02))
    {
        Again = TimeSpan.FromSeconds(0.1),
        Fleet = TimeSpan.FromSeconds(0.2),
        ConsoleLag = TimeSpan.FromSeconds(2),
    };

    /// <summary>Until what is refused for the moment is tried once more.</summary>
    public TimeSpan Again { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks at a fleet.</summary>
    public TimeSpan Fleet { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after an instance has booted its console may still be silent.</summary>
    public TimeSpan ConsoleLag { get; init; } = TimeSpan.FromSeconds(45);

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
