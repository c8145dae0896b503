using System.Text;

namespace Baker.Cli.Manual;

/// <summary>The reference of all commands, <c>docs/commands.md</c>.</summary>
internal static class MarkdownReference
{
    public static string Of(IEnumerable<CommandManual> manuals)
    {
        var text = new StringBuilder("""
            # Commands

            What `package COMMAND --help` says of each. This page is written by `package help --format markdown`.

            """);
        foreach (var manual in manuals)
        {
            text.Append("\n## `").Append(manual.Name).Append("`\n\n").Append(Escaped(manual.Summary)).Append("\n\n");
            text.Append("    ").Append(manual.Usage).Append('\n');
            Entries(text, manual.Arguments);
            Entries(text, manual.Options);
            if (manual.Text.Length > 0)
            {
                text.Append("\n```text\n").Append(manual.Text).Append("\n```\n");
            }

            foreach (var (line, words) in manual.Examples)
            {
                text.Append("\n    ").Append(line).Append("\n\n").Append(Escaped(words)).Append('\n');
            }

            text.Append("\nExit codes: ").AppendJoin("; ", manual.ExitCodes.Select(code => $"{code.Term} {code.Text}")).Append(".\n");
            if (manual.Variables.Count > 0)
            {
                text.Append("\nEnvironment: ").AppendJoin("; ", manual.Variables.Select(one => $"`{one.Term}` {one.Text}")).Append(".\n");
            }
        }

        return text.ToString();
    }

    private static void Entries(StringBuilder text, IReadOnlyList<ManualEntry> entries)
    {
        if (entries.Count > 0)
        {
            text.Append('\n');
        }

        foreach (var (term, words) in entries)
        {
            text.Append("- `").Append(term).Append("` ").Append(Escaped(words)).Append('\n');
        }
    }

    private static string Escaped(string text) => text
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("*", "\\*", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal);
}
