namespace Baker.Core.Artifacts;

/// <summary>How much a template may do for one group: far more than any needs, and little enough that a mistake ends at once.</summary>
internal static class TemplateLimits
{
    /// <summary>Rounds of all loops together.</summary>
    public const int Rounds = 100_000;

    /// <summary>Expressions and statements, each time that one is come to.</summary>
    public const int Steps = 10_000_000;

    /// <summary>Calls of functions within each other.</summary>
    public const int Calls = 100;

    /// <summary>Characters of one text, and of all that is rendered.</summary>
    public const int Text = 8 << 20;
}
