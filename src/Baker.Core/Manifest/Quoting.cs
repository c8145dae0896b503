using System.Text;

namespace Baker.Core.Manifest;

/// <summary>How messages show a text of the user's: quoted, escaped, and cut when it is long.</summary>
public static class Quoting
{
    private const int Longest = 60;

    /// <summary>Makes any text one word of a POSIX shell.</summary>
    public static string Shell(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>The same, as it stands where it is one word already: for commands that people read.</summary>
    public static string ShellWord(string text) =>
        text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '.' or '-' or '_' or ':')
            ? text
            : Shell(text);

    public static string Quote(string text) => QuoteWhole(text.Length > Longest ? text[..Longest] + "…" : text);

    /// <summary>The same, however long it is.</summary>
    public static string QuoteWhole(string text)
    {
        var shown = new StringBuilder();
        StringEscapes.AppendQuoted(shown, text);
        return shown.ToString();
    }
}
