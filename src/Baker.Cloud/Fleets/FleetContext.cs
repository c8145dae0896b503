using System.Collections.Immutable;
using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>What the work on fleets is done with.</summary>
public sealed record FleetContext
{
    public required CloudClients Clients { get; init; }

    public required Pacer Pacer { get; init; }

    public required TimeProvider Time { get; init; }

    public required CloudClock Clock { get; init; }

    public required Operator Operator { get; init; }

    /// <summary>Which fleets and nodes the work is on.</summary>
    public NodeScope Scope { get; init; }

    /// <summary>How what is made is tagged and named.</summary>
    public NodeTagging Tagging { get; init; } = NodeTagging.Usual;

    /// <summary>Who is told how many targets are healthy; null where nobody is.</summary>
    public HealthSeen? Seen { get; init; }

    /// <summary>Progress, one line a call.</summary>
    public required Action<string> Say { get; init; }

    /// <summary>Who is shown what a step sees while it waits.</summary>
    public Action<ChangeProgress> Report { get; init; } = static _ => { };

    /// <summary>Commands to suggest.</summary>
    public SuggestedCommands Suggested { get; init; } = new();

    /// <summary>How often a wait looks.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long those who follow the catalogue of services may take to see that something was withdrawn.</summary>
    public TimeSpan Notice { get; init; } = UsualNotice;

    /// <summary>As long as nodes that look four times a minute take.</summary>
    public static TimeSpan UsualNotice { get; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a group may take to become healthy before it is given up.</summary>
    public TimeSpan HealthLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a drain, a scale-in or a deletion may take.</summary>
    public TimeSpan RetireLimit { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long after its launch an instance may take until its SSM agent has registered.</summary>
    public TimeSpan AgentLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a lock outlives the last word of its holder.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The tags beside Baker's own of what is made for a group.</summary>
    internal IEnumerable<KeyValuePair<string, string>> TagsOf(GroupName group) => Tagging.Of(group, Scope.Environment);

    /// <summary>Shows how many of a fleet are healthy, in all and in each target group.</summary>
    internal void ReportHealth(FleetView view, ImmutableArray<string> targetGroups, int wanted)
    {
        Report(new ChangeProgress.Healthy(view.HealthyCount(targetGroups), wanted));
        foreach (var group in targetGroups)
        {
            var healthy = view.Instances.Count(each => each.Targets.Any(target => target.TargetGroup == group && target.IsHealthy));
            Report(new ChangeProgress.Healthy(healthy, wanted, ArnText.Name(group)));
        }
    }

    /// <summary>Says a line that is not the one said before.</summary>
    internal Action<string> SayChanges()
    {
        string? said = null;
        return line =>
        {
            if (line != said)
            {
                Say(said = line);
            }
        };
    }

    /// <summary>Looks until it is done, or the limit is over: then it is false.</summary>
    /// <param name="pause">How long until the next look, by how long it has taken so far, where that is not <see cref="Poll"/>.</param>
    internal Task<bool> UntilAsync(
        Func<Task<bool>> isDone,
        TimeSpan limit,
        CancellationToken stop,
        Func<TimeSpan, TimeSpan>? pause = null) =>
        Looking.UntilAsync(Time, _ => isDone(), limit, pause ?? (_ => Poll), stop);

    /// <summary>Looks until it is done, however long that takes.</summary>
    internal Task UntilAsync(Func<Task<bool>> isDone, CancellationToken stop, Func<TimeSpan, TimeSpan>? pause = null) =>
        UntilAsync(isDone, TimeSpan.MaxValue, stop, pause);
}
