namespace Baker.Cli.Serving;

/// <summary>What one look saw.</summary>
/// <param name="Version">Grows when <paramref name="Text"/> changes.</param>
/// <param name="Text">JSON on one line; null before the first look.</param>
/// <param name="News">What differs from the version before, as <see cref="ConsoleNews"/> says it; null where there was none.</param>
/// <param name="Problem">Why the last look saw nothing new.</param>
internal sealed record ConsoleState(int Version, string? Text, string? News, string? Problem, DateTimeOffset At);
