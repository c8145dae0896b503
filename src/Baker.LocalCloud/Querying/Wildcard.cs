namespace Baker.LocalCloud.Querying;

/// <summary>EC2's filter values: <c>*</c> is any text, <c>?</c> any character, a backslash takes the next one as it stands.</summary>
internal static class Wildcard
{
    public static bool Matches(string pattern, string? text)
    {
        if (text is null)
        {
            return false;
        }

        if (pattern.AsSpan().IndexOfAny('*', '?', '\\') < 0)
        {
            return pattern == text;
        }

        // Only the last star has to be tried again: what is in front of it has matched as early as it can.
        var (p, t) = (0, 0);
        var (afterStar, from) = (-1, 0);
        while (true)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (afterStar, from) = (++p, t);
            }
            else if (p == pattern.Length && t == text.Length)
            {
                return true;
            }
            else if (t < text.Length && MatchesOne(pattern, p, text[t], out var length))
            {
                p += length;
                t++;
            }
            else if (afterStar >= 0 && from < text.Length)
            {
                (p, t) = (afterStar, ++from);
            }
            else
            {
                return false;
            }
        }
    }

    /// <param name="length">How much of the pattern stands for the character.</param>
    private static bool MatchesOne(string pattern, int p, char character, out int length)
    {
        length = 1;
        if (p == pattern.Length)
        {
            return false;
        }

        if (pattern[p] == '\\' && p + 1 < pattern.Length)
        {
            length = 2;
            return pattern[p + 1] == character;
        }

        return pattern[p] == '?' || pattern[p] == character;
    }
}
