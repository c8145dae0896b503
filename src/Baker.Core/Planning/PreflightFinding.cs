namespace Baker.Core.Planning;

/// <summary>Something that would make a change fail or hurt half way, and what to do about it.</summary>
public sealed record PreflightFinding(string Problem, string Remedy);
