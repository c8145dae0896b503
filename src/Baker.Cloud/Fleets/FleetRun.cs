using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>One run over a journal's steps: what the steps share.</summary>
public sealed class FleetRun(FleetContext context, FleetTarget target, FleetJournal journal, FleetLock held)
{
    public FleetContext Context => context;

    public FleetTarget Target => target;

    public FleetLock Lock => held;

    public FleetJournal Journal { get; set; } = journal;

    /// <summary>When the step began that the journal names, by the cloud's clock.</summary>
    public DateTimeOffset StepBegan { get; set; }

    /// <summary>When this run went on with that step; null where it began it itself.</summary>
    public DateTimeOffset? WentOn { get; set; }

    public FleetReader Reader { get; } = new(context);

    public HealthWait Health { get; } = new(context);

    public JournalStore Journals { get; } = new(context);

    /// <summary>Whether the step has taken that long; where it has not, how long it still takes is shown.</summary>
    /// <param name="what">What goes on until then, in a word.</param>
    /// <param name="from">Since when; null for since the step began.</param>
    public bool HasPassed(TimeSpan time, string what, DateTimeOffset? from = null)
    {
        var since = from ?? StepBegan;
        if (context.Clock.Now is not { } now || now - since >= time)
        {
            return true;
        }

        context.Report(new ChangeProgress.Countdown(what, time - (now - since)));
        return false;
    }
}
