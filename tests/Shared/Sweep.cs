namespace Baker.Testing;

/// <summary>
/// Tests that do the same at many moments. Each moment meets one of the ways in which it may end, by turns;
/// <c>BAKER_SWEEP=whole</c> has it meet all of them.
/// </summary>
internal static class Sweep
{
    public static IEnumerable<T> Of<T>(int moment, params T[] ways) =>
        Environment.GetEnvironmentVariable("BAKER_SWEEP") == "whole" ? ways : [ways[moment % ways.Length]];
}
