namespace Baker.Cloud.Instances;

/// <summary>How what was run on a node ended.</summary>
/// <param name="Code">Its exit code; null where it was not begun, or the node was not reached.</param>
/// <param name="Cause">Why, where the exit code does not say it.</param>
public sealed record NodeRun(string Instance, int? Code, string? Cause);
