namespace Baker.Core.Planning;

/// <summary>What a step of a change sees while it waits, as it happens; whoever shows it decides how.</summary>
public abstract record ChangeProgress
{
    private ChangeProgress()
    {
    }

    /// <summary>What it is about: another report of the same takes its place.</summary>
    public abstract string Key { get; }

    /// <summary>How many of a fleet are healthy.</summary>
    /// <param name="TargetGroup">Null where it is in all of them.</param>
    public sealed record Healthy(int Count, int Wanted, string? TargetGroup = null) : ChangeProgress
    {
        public override string Key => "healthy " + TargetGroup;
    }

    /// <summary>A wait whose end is known.</summary>
    /// <param name="What">What goes on until then, in a word.</param>
    /// <param name="Left">How long it still takes.</param>
    public sealed record Countdown(string What, TimeSpan Left) : ChangeProgress
    {
        public override string Key => "countdown " + What;
    }

    /// <summary>A canary's share of the requests.</summary>
    /// <param name="Number">Which of its steps this is, from 1.</param>
    public sealed record Canary(int Number, int Of, int Percent) : ChangeProgress
    {
        public override string Key => "canary";
    }

    /// <summary>How much of a whole is done.</summary>
    /// <param name="What">What is done to it, such as <c>replaced</c>.</param>
    /// <param name="Reason">Why it stands where it does; null where nobody says.</param>
    public sealed record Part(string What, int Percent, string? Reason = null) : ChangeProgress
    {
        public override string Key => "part " + What;
    }

    /// <summary>What has still to go.</summary>
    /// <param name="What">Such as <c>targets registered</c>.</param>
    public sealed record Remaining(string What, int Count) : ChangeProgress
    {
        public override string Key => "remaining " + What;
    }
}
