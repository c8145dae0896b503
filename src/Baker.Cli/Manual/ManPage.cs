using System.Text;

namespace Baker.Cli.Manual;

/// <summary>A command's page for <c>man</c>, in its macros.</summary>
internal static class ManPage
{
    /// <param name="version">The program's.</param>
    public static string Of(CommandManual manual, string version)
    {
        var page = Begin("package-" + manual.Name.Replace(':', '-'), version, manual.Summary);
        page.Append(".SH SYNOPSIS\n.B ").Append(Text(manual.Usage)).Append('\n');
        Entries(page, "ARGUMENTS", manual.Arguments);
        Entries(page, "OPTIONS", manual.Options);
        if (manual.Text.Length > 0)
        {
            page.Append(".SH DESCRIPTION\n").AppendJoin(".PP\n", manual.Text.Split("\n\n").Select(paragraph => Lines(paragraph) + "\n"));
        }

        Entries(page, "EXAMPLES", manual.Examples);
        Entries(page, "EXIT STATUS", manual.ExitCodes);
        Entries(page, "ENVIRONMENT", manual.Variables);
        return page.Append(".SH SEE ALSO\n.BR package (1)\n").ToString();
    }

    /// <summary>The page of the program itself.</summary>
    public static string OfAll(IEnumerable<CommandManual> manuals, string summary, string version)
    {
        var page = Begin("package", version, summary);
        page.Append(".SH SYNOPSIS\n.B package NAMESPACE:ACTION [GROUP ...] [options]\n");
        Entries(page, "COMMANDS", [.. manuals.Select(manual => new ManualEntry(manual.Name, manual.Summary))]);
        return page.ToString();
    }

    private static StringBuilder Begin(string name, string version, string summary) => new StringBuilder()
        .Append(".TH ").Append(name.ToUpperInvariant()).Append(" 1 \"\" \"package ").Append(version).Append("\" \"Baker\"\n")
        .Append(".SH NAME\n").Append(Text(name)).Append(" \\- ").Append(Text(summary.TrimEnd('.'))).Append('\n');

    private static void Entries(StringBuilder page, string title, IReadOnlyList<ManualEntry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        page.Append(".SH ").Append(title).Append('\n');
        foreach (var (term, text) in entries)
        {
            page.Append(".TP\n.B ").Append(Text(term)).Append('\n').Append(Lines(text)).Append('\n');
        }
    }

    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => Text(line.Trim())));

    // A backslash begins an escape, a dash is a hyphen, and a dot or a quote at the line's begin a request. Between choices a line may end.
    private static string Text(string text)
    {
        var escaped = text
            .Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("|", "|\\:", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? "\\&" + escaped : escaped;
    }
}
