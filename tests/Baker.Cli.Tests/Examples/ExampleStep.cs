namespace Baker.Cli.Tests.Examples;

/// <summary>A part of an example's README: its heading, and what stands below it to be typed.</summary>
internal sealed record ExampleStep(string Heading, IReadOnlyList<string> Lines)
{
    /// <summary>The heading as the name of a function in Python: "Step 1: a snapshot" is <c>step_1_a_snapshot</c>.</summary>
    public string Check => string.Join('_', Heading.ToLowerInvariant().Split([.. Heading.ToLowerInvariant().Where(each => !char.IsAsciiLetterOrDigit(each))], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether it takes the example up, so that requests can be sent.</summary>
    public bool IsFirst => Lines.Contains("./run");

    /// <summary>Whether it takes the example down.</summary>
    public bool IsLast => Lines.Contains("./run --down");

    /// <summary>The steps of a README: what stands below each heading of the second level, and is indented by four spaces.</summary>
    public static IReadOnlyList<ExampleStep> Read(string readme) =>
    [
        .. readme.Split("\n## ").Skip(1)
            .Select(part => part.Split('\n'))
            .Select(part => new ExampleStep(part[0], [.. part.Skip(1).Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line[4..])]))
            .Where(step => step.Lines.Count > 0),
    ];
}
