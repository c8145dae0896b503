using System.Text;
using Baker.Cli.Sessions;
using Baker.Core.Staleness;

namespace Baker.Cli.Plans;

/// <summary>A plan for people: as a table on a terminal, and as a comment of a pull request.</summary>
internal static class PlanText
{
    /// <summary>GitHub takes 65,536 characters, GitLab a million.</summary>
    private const int LongestComment = 60_000;

    /// <param name="columns">How wide the terminal is.</param>
    public static string Table(SavedPlan plan, int columns = int.MaxValue)
    {
        if (plan.Items.IsEmpty)
        {
            return $"Nothing of {NameOf(plan)} is stale.";
        }

        var text = new StringBuilder(TextTable.Of(
            ["STALE", "WHAT", "WHY"],
            plan.Items.Select(item => new[] { item.Word, Subject(item), item.Why.ReplaceLineEndings(" ") }),
            columns));
        text.Append('\n');
        foreach (var item in plan.Items.Where(item => !item.IsApplied))
        {
            text.Append(item.Command is { Length: > 0 } command
                ? $"\n{item.Subject}: {command}"
                : $"\n{item.Subject}: {item.What}; no command can.");
        }

        return text.Append(plan.Items.Any(item => !item.IsApplied) ? "\n" : "").Append('\n').Append(Summary(plan)).ToString();
    }

    public static string Markdown(SavedPlan plan)
    {
        var text = new StringBuilder($"### package plan: {Cell(NameOf(plan))}\n\n");
        if (plan.Items.IsEmpty)
        {
            return text.Append("Nothing is stale.").ToString();
        }

        text.Append(Summary(plan)).Append("\n\n| stale | what | why |\n|---|---|---|\n");
        foreach (var (place, item) in plan.Items.Index())
        {
            var command = item.Command is { Length: > 0 } does ? $" `{does}`" : "";
            var line = $"| {item.Word} | {Cell(Subject(item))} | {Cell(item.Why)}{command} |\n";
            if (text.Length + line.Length > LongestComment)
            {
                text.Append(FormattableString.Invariant($"\n… and {plan.Items.Length - place} more.\n"));
                break;
            }

            text.Append(line);
        }

        return text.Append($"\nMade at {plan.Made}.").ToString();
    }

    /// <summary>The environment, or what there is without one.</summary>
    public static string NameOf(SavedPlan plan) => plan.Groups.IsEmpty
        ? plan.Environment ?? "what is in no environment"
        : string.Join(", ", plan.Groups) + (plan.Environment is { } name ? $" in {name}" : "");

    private static string Summary(SavedPlan plan)
    {
        var applied = plan.Items.Where(item => item.IsApplied).ToList();
        var others = plan.Items.Where(item => !item.IsApplied).ToList();
        return string.Join(
            " ",
            new[]
            {
                applied.Count > 0 ? $"Stale: {StaleItem.Count(applied)}; package apply does it." : null,
                others.Count > 0 ? $"For a person to decide: {StaleItem.Count(others)}." : null,
            }.OfType<string>());
    }

    private static string Subject(StaleItem item) =>
        item.Subject + (item.Wave is { } wave and > 0 ? FormattableString.Invariant($" (wave {wave + 1})") : "");

    /// <summary>Text of a table's cell: nothing of it is Markdown, HTML, or the name of a person to be told.</summary>
    private static string Cell(string text)
    {
        var cell = new StringBuilder(text.Length);
        foreach (var letter in text.ReplaceLineEndings(" "))
        {
            cell.Append(letter switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '@' => "&#64;",
                '#' => "&#35;",
                '|' or '`' or '*' or '_' or '[' or ']' or '\\' or '~' => $"\\{letter}",
                _ => letter.ToString(),
            });
        }

        return cell.ToString();
    }
}
