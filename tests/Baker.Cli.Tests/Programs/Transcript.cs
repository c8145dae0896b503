using System.Globalization;
using System.Text.RegularExpressions;

namespace Baker.Cli.Tests.Programs;

/// <summary>What a program said, without what differs from run to run: each id and moment becomes its kind and the number of its first appearance.</summary>
internal sealed partial class Transcript(string folder)
{
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, int> _counts = [];

    public string Normal(string text)
    {
        text = text.Replace(folder, "<folder>", StringComparison.Ordinal);
        text = Id().Replace(text, match => Named(match.Groups[1].Value, match.Value));
        text = Run().Replace(text, match => Named("run", match.Value));
        text = Guid().Replace(text, match => Named("uuid", match.Value));
        text = Moment().Replace(text, "<moment>");
        text = Duration().Replace(text, "<time>");
        text = Decimal().Replace(text, "<decimal>");
        text = Address().Replace(text, match => match.Groups[1].Length > 0 ? "<address> " : "<address>");
        text = Calls().Replace(text, "<calls>");
        text = Waiting().Replace(text, "");
        return Port().Replace(text, "http://<loopback>");
    }

    /// <summary>What is said while things happen side by side comes in any order, and repeats as often as they take.</summary>
    public string NormalLines(string text) =>
        string.Join('\n', Zone().Replace(Normal(text), "<zone>").Split('\n').Where(line => !Progress().IsMatch(line)).Select(line => Gap().Replace(line.TrimEnd(','), "  ")).Distinct().Order(StringComparer.Ordinal));

    private string Named(string kind, string value)
    {
        if (!_names.TryGetValue(value, out var name))
        {
            _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
            _names[value] = name = string.Create(CultureInfo.InvariantCulture, $"<{kind} {_counts[kind]}>");
        }

        return name;
    }

    [GeneratedRegex(@"\b(ami|i|snap|vol|lt|vpc|subnet|sg|eni|r|key|cmd)-[0-9a-f]{8,17}\b")]
    private static partial Regex Id();

    [GeneratedRegex(@"\b\d{8}-\d{6}(-[0-9a-f]{6})?\b")]
    private static partial Regex Run();

    [GeneratedRegex(@"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")]
    private static partial Regex Guid();

    [GeneratedRegex(@"\b20\d\d-\d\d-\d\d[T ]\d\d[:.]\d\d([:.]\d\d(\.\d+)?)?(Z|\+00:00)?")]
    private static partial Regex Moment();

    [GeneratedRegex(@"\b\d+(\.\d+)? ?(ms|s|min|m|h|seconds?|minutes?|hours?)\b( \d+ (s|min))?")]
    private static partial Regex Duration();

    [GeneratedRegex(@"(?<=[ :])\d+\.\d+(?=[,}\s]|$)", RegexOptions.Multiline)]
    private static partial Regex Decimal();

    // Columns are as wide as what is in them, addresses too.
    [GeneratedRegex(" {2,}")]
    private static partial Regex Gap();

    // How often one of these is seen before the last, which says that all are done, depends on how long it took.
    [GeneratedRegex(@"^ +\d+ of \d+ healthy|^\S+: (\d+) of (?!\1 )\d+ done")]
    private static partial Regex Progress();

    // Which of several instances a group ends follows from their ids, which are random, and with it the zones of those that stay.
    [GeneratedRegex(@"\bus-east-1[a-f]\b")]
    private static partial Regex Zone();

    // With what pads its column.
    [GeneratedRegex(@"\b(?!127\.0\.0\.1\b)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b( *)")]
    private static partial Regex Address();

    // How often a wait looked depends on how long it took.
    [GeneratedRegex(@"(?<=""calls"": )\d+|\d+(?= +calls,)")]
    private static partial Regex Calls();

    // It is called only where a wait is not over at its first look.
    [GeneratedRegex(@"^ *""autoscaling:DescribeScalingActivities"": \{[^}]*\},?\n", RegexOptions.Multiline)]
    private static partial Regex Waiting();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Port();
}
