namespace Baker.Cli.Commands.Images;

/// <summary>How long ago, in one number and one letter.</summary>
internal static class Age
{
    public static string Of(TimeSpan age) => age switch
    {
        { TotalMinutes: < 1 } => "now",
        { TotalHours: < 1 } => $"{(int)age.TotalMinutes}m",
        { TotalDays: < 2 } => $"{(int)age.TotalHours}h",
        _ => $"{(int)age.TotalDays}d",
    };
}
