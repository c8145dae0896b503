namespace Baker.Cli.Fleets;

/// <summary>How a change is applied.</summary>
/// <param name="WhileWarm">Whether to stay until the old group's time is up.</param>
internal sealed record ChangeMode(bool IsDryRun, bool BreakLock, bool WhileWarm = true);
