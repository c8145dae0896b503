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

        return pattern.AsSpan().IndexOfAny('*', '?', '\\') < 0 ? pattern == text : Matches(pattern, 0, text, 0);
    }

    private static bool Matches(string pattern, int p, string text, int t)
    {
        while (p < pattern.Length)
        {
            switch (pattern[p])
            {
                case '*':
                    for (var rest = t; rest <= text.Length; rest++)
                    {
                        if (Matches(pattern, p + 1, text, rest))
                        {
                            return true;
                        }
                    }

                    return false;
                case '\\' when p + 1 < pattern.Length:
                    p++;
                    goto default;
                case '?' when t < text.Length:
                    break;
                default:
                    if (t >= text.Length || text[t] != pattern[p])
                    {
                        return false;
                    }

                    break;
            }

            p++;
            t++;
        }

        return t == text.Length;
    }
}
