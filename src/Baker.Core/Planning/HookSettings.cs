namespace Baker.Core.Planning;

/// <summary>
/// One of <c>lifecycle_hooks</c>. The default result is CONTINUE, unlike AWS's ABANDON: a forgotten hook then delays and
/// does not kill.
/// </summary>
public sealed record HookSettings(
    string Name,
    bool OnLaunch,
    TimeSpan Timeout,
    string DefaultResult,
    string? NotificationTarget,
    string? RoleArn,
    string? Metadata);
