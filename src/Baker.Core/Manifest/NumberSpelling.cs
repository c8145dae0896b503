using System.Text;

namespace Baker.Core.Manifest;

/// <summary>What JSON takes for a number, and what to say about a bare word that is none.</summary>
internal static class NumberSpelling
{
    public static bool IsNumber(ReadOnlySpan<byte> word)
    {
        var at = word is [(byte)'-', ..] ? 1 : 0;
        var digits = Digits(word, at);
        if (digits == 0 || (digits > 1 && word[at] == '0'))
        {
            return false;
        }

        at += digits;
        if (at < word.Length && word[at] == '.')
        {
            digits = Digits(word, at + 1);
            if (digits == 0)
            {
                return false;
            }

            at += digits + 1;
        }

        if (at < word.Length && word[at] is (byte)'e' or (byte)'E')
        {
            at += at + 1 < word.Length && word[at + 1] is (byte)'+' or (byte)'-' ? 2 : 1;
            digits = Digits(word, at);
            if (digits == 0)
            {
                return false;
            }

            at += digits;
        }

        return at == word.Length;
    }

    public static string WhyNot(ReadOnlySpan<byte> word) => LooksNumeric(word)
        ? $"'{Shown(word)}' is not a JSON number."
        : $"'{Shown(word)}' is not a JSON value.";

    public static string Remedy(ReadOnlySpan<byte> word)
    {
        var text = Encoding.UTF8.GetString(word);
        return text.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" => "Write true.",
            "false" or "no" or "off" => "Write false.",
            "null" or "none" or "nil" or "undefined" => "Write null.",
            "nan" or "infinity" or "-infinity" => "JSON has no such number; write a text in quotes.",
            _ when LooksNumeric(word) =>
                "Write a decimal number such as 10, -2, 0.5 or 1e6 (no leading zero, plus sign or 0x), or put it in quotes.",
            _ => "Put texts in quotes.",
        };
    }

    private static int Digits(ReadOnlySpan<byte> word, int from)
    {
        var at = from;
        while (at < word.Length && word[at] is >= (byte)'0' and <= (byte)'9')
        {
            at++;
        }

        return at - from;
    }

    private static bool LooksNumeric(ReadOnlySpan<byte> word) =>
        word[0] is (byte)'+' or (byte)'-' or (byte)'.' or (>= (byte)'0' and <= (byte)'9');

    private static string Shown(ReadOnlySpan<byte> word) =>
        word.Length > 40 ? Encoding.UTF8.GetString(word[..40]) + "…" : Encoding.UTF8.GetString(word);
}
