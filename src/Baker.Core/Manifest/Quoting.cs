using System.Text;

namespace Baker.Core.Manifest;

/// <summary>How messages show a text of the user's: quoted, escaped, and cut when it is long.</summary>
public static class Quoting
{
    private const int Longest = 60;

    public static string Quote(string text)
    {
        var shown = new StringBuilder();
        var cut = text.Length > Longest ? text[..Longest] + "…" : text;
        StringEscapes.AppendQuoted(shown, cut);
        return shown.ToString();
    }
}
