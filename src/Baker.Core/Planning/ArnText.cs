namespace Baker.Core.Planning;

/// <summary>Short names for Amazon resource names.</summary>
public static class ArnText
{
    /// <summary>The name in the ARN of a target group (<c>…:targetgroup/NAME/ID</c>); a text that is none stays as it is.</summary>
    public static string Name(string arn) =>
        arn.StartsWith("arn:", StringComparison.Ordinal) && arn.Split('/') is [_, var name, ..] ? name : arn;
}
