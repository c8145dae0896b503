using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>How groups are released.</summary>
/// <param name="Answer">What requests get meanwhile (<see cref="NoticeAnswer"/>).</param>
/// <param name="Undo">Of a rollback too: instead of the one that the release was given.</param>
/// <param name="KeepWarm">How long the old fleets are kept; null is the longest <c>timeout</c> of the manifest.</param>
/// <param name="Alarms">CloudWatch alarms that end it when they go off.</param>
public sealed record ReleaseOptions(
    string Answer,
    ReleaseTask? Before,
    ReleaseTask? After,
    ReleaseTask? Undo,
    TimeSpan? KeepWarm,
    ImmutableArray<string> Alarms);
