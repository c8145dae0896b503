using System.Text;

namespace Baker.Core.Configuration;

/// <summary>
/// Files of variables, a <c>NAME=VALUE</c> a line: with comments, <c>export</c>, single quotes (as it stands) and double quotes
/// (several lines, with <c>\"</c>, <c>\\</c>, <c>\$</c>, <c>\`</c> and <c>\n</c>).
/// </summary>
public static class VariableFile
{
    private const string Escaped = "\"\\$`";

    /// <param name="name">How the file is called, in messages.</param>
    /// <exception cref="BakerException">A line is no variable, or a name stands twice; all of them are told.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string text, string name)
    {
        var found = new List<KeyValuePair<string, string>>();
        var wrong = new List<string>();
        var lines = text.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var (number, line) = (at + 1, lines[at].Trim());
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            line = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..].TrimStart() : line;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var variable = equals < 0 ? line : line[..equals].TrimEnd();
            if (equals < 0 || !Variable.IsName(variable))
            {
                // What stands there may be the end of somebody's secret: it is not repeated.
                wrong.Add($"{name}:{number}: this is no NAME=VALUE; a name has letters, digits and _, and begins with no digit");
                continue;
            }

            var rest = line[(equals + 1)..].TrimStart();
            if (Value(rest, lines, ref at) is not { } value)
            {
                wrong.Add($"{name}:{number}: the quotes of {variable} are not closed, or something follows them");
            }
            else if (found.Exists(pair => pair.Key == variable))
            {
                wrong.Add($"{name}:{number}: {variable} stands here a second time");
            }
            else
            {
                found.Add(new(variable, value));
            }
        }

        return wrong.Count == 0 ? found : throw new BakerException(ExitCode.BadInput, string.Join('\n', wrong), "Mend the lines.");
    }

    /// <summary>A line of such a file, which <see cref="Read"/> and a shell read back as it was.</summary>
    public static string Line(string variable, string value)
    {
        var line = new StringBuilder(variable).Append("=\"");
        foreach (var letter in value)
        {
            _ = (Escaped.Contains(letter, StringComparison.Ordinal) ? line.Append('\\') : line).Append(letter);
        }

        return line.Append('"').ToString();
    }

    /// <summary>Null where it is in quotes and they do not end as they should.</summary>
    private static string? Value(string rest, string[] lines, ref int at)
    {
        if (rest is not (['\'', ..] or ['"', ..]))
        {
            var comment = rest.IndexOf(" #", StringComparison.Ordinal);
            return comment < 0 ? rest : rest[..comment].TrimEnd();
        }

        // In quotes the ends of lines count as they stand.
        var original = lines[at];
        var text = original[(original.IndexOf('=', StringComparison.Ordinal) + 1)..].TrimStart();
        var (quote, value) = (text[0], new StringBuilder());
        for (var i = 1; ; i++)
        {
            if (i >= text.Length)
            {
                if (++at >= lines.Length)
                {
                    return null;
                }

                value.Append('\n');
                (text, i) = (lines[at], -1);
            }
            else if (text[i] == quote)
            {
                var after = text[(i + 1)..].Trim();
                return after.Length == 0 || after[0] == '#' ? value.ToString() : null;
            }
            else if (quote == '"' && text[i..] is ['\\', var next, ..] && (next == 'n' || Escaped.Contains(next, StringComparison.Ordinal)))
            {
                value.Append(text[++i] == 'n' ? '\n' : text[i]);
            }
            else
            {
                value.Append(text[i]);
            }
        }
    }
}
