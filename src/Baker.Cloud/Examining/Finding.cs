namespace Baker.Cloud.Examining;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What it was, in a word.</param>
/// <param name="Remedy">What to do; null where there is nothing.</param>
public sealed record Finding(string Check, FindingState State, string Text, string? Remedy = null)
{
    public static Finding Ok(string check, string text) => new(check, FindingState.Ok, text);

    public static Finding Warning(string check, string text, string remedy) => new(check, FindingState.Warning, text, remedy);

    public static Finding Failed(string check, string text, string? remedy) => new(check, FindingState.Failed, text, remedy);
}
