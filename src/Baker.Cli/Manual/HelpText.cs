namespace Baker.Cli.Manual;

/// <summary>A command's help on a terminal, no line wider than it.</summary>
internal sealed class HelpText(TextWriter output, int width)
{
    // Terms that are longer have a line of their own.
    private const int TermWidth = 24;

    private const int Narrowest = 40;
    private const int Widest = 100;

    private readonly int _width = Math.Clamp(width, Narrowest, Widest);

    public void Write(CommandManual manual)
    {
        Paragraph(manual.Summary, "");
        output.WriteLine();
        Paragraph("Usage: " + manual.Usage, "       ");
        Entries("Arguments:", manual.Arguments);
        Entries("Options:", manual.Options);
        if (manual.Text.Length > 0)
        {
            output.WriteLine();
            foreach (var paragraph in manual.Text.Split("\n\n").Select((text, index) => (Text: text, IsFirst: index == 0)))
            {
                output.Write(paragraph.IsFirst ? "" : "\n");
                Fold(paragraph.Text);
            }
        }

        if (manual.Examples.Count > 0)
        {
            output.WriteLine("\nExamples:");
            foreach (var (line, text) in manual.Examples)
            {
                output.WriteLine($"  {line}");
                Paragraph("      " + text, "      ");
            }
        }

        Entries("Exit codes:", manual.ExitCodes);
        Entries("Environment:", manual.Variables);
    }

    /// <summary>Text folded at words, each further line behind the indent.</summary>
    public void Paragraph(string text, string indent)
    {
        var line = "";
        foreach (var word in text.TrimStart(' ').Split(' '))
        {
            var start = line.Length == 0 ? text[..(text.Length - text.TrimStart(' ').Length)] + word : $"{line} {word}";
            if (line.Length > 0 && start.Length > _width)
            {
                output.WriteLine(line);
                line = indent + word;
            }
            else
            {
                line = start;
            }
        }

        output.WriteLine(line);
    }

    // Lines that are set in are as they are.
    private void Fold(string paragraph)
    {
        if (paragraph.Split('\n').Any(line => line.StartsWith(' ')))
        {
            output.WriteLine(paragraph);
        }
        else
        {
            Paragraph(paragraph.Replace('\n', ' '), "");
        }
    }

    private void Entries(string title, IReadOnlyList<ManualEntry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        output.WriteLine($"\n{title}");
        var column = Math.Min(TermWidth, entries.Max(entry => entry.Term.Length));
        var indent = new string(' ', column + 4);
        foreach (var (term, text) in entries)
        {
            if (term.Length > column)
            {
                output.WriteLine($"  {term}");
                Paragraph(indent + text, indent);
            }
            else
            {
                Paragraph($"  {term.PadRight(column)}  {text}", indent);
            }
        }
    }
}
