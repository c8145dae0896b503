using System.Text;

namespace Baker.LocalCloud.Querying;

/// <summary>
/// A pattern as EC2's filters and a load balancer's rules read it: <c>*</c> is any text, <c>?</c> any character, a backslash takes
/// the next one as it stands. It is read once, because one is held against every name of a region.
/// </summary>
internal sealed class Wildcard
{
    // What stands between the stars: characters, each with whether it may be any. Null where the pattern is a plain text.
    private readonly (string Text, bool[]? IsAny)[]? _parts;
    private readonly string _plain;

    public Wildcard(string pattern)
    {
        _plain = pattern;
        _parts = Is(pattern) ? Parts(pattern) : null;
    }

    /// <summary>Whether a text is a pattern, and not a plain text that only it matches.</summary>
    public static bool Is(string pattern) => pattern.AsSpan().IndexOfAny('*', '?', '\\') >= 0;

    public bool Matches(string? text)
    {
        if (text is null || _parts is null)
        {
            return text is not null && text == _plain;
        }

        var (first, last) = (_parts[0], _parts[^1]);
        var rest = text.AsSpan();
        if (_parts.Length == 1)
        {
            return rest.Length == first.Text.Length && BeginsWith(rest, first);
        }

        if (rest.Length < first.Text.Length + last.Text.Length
            || !BeginsWith(rest, first)
            || !BeginsWith(rest[^last.Text.Length..], last))
        {
            return false;
        }

        // Each part in between matches as early as it can: that leaves the most to those after it.
        rest = rest[first.Text.Length..^last.Text.Length];
        foreach (var part in _parts.AsSpan(1, _parts.Length - 2))
        {
            var at = IndexOf(rest, part);
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + part.Text.Length)..];
        }

        return true;
    }

    private static int IndexOf(ReadOnlySpan<char> text, (string Text, bool[]? IsAny) part)
    {
        if (part.IsAny is null)
        {
            return text.IndexOf(part.Text, StringComparison.Ordinal);
        }

        for (var at = 0; at + part.Text.Length <= text.Length; at++)
        {
            if (BeginsWith(text[at..], part))
            {
                return at;
            }
        }

        return -1;
    }

    private static bool BeginsWith(ReadOnlySpan<char> text, (string Text, bool[]? IsAny) part)
    {
        if (part.IsAny is null)
        {
            return text.StartsWith(part.Text, StringComparison.Ordinal);
        }

        for (var i = 0; i < part.Text.Length; i++)
        {
            if (!part.IsAny[i] && part.Text[i] != text[i])
            {
                return false;
            }
        }

        return true;
    }

    private static (string Text, bool[]? IsAny)[] Parts(string pattern)
    {
        var parts = new List<(string Text, bool[]? IsAny)>();
        var text = new StringBuilder();
        var isAny = new List<bool>();
        for (var at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] == '*')
            {
                End();
                continue;
            }

            var isQuestion = pattern[at] == '?';
            at += pattern[at] == '\\' && at + 1 < pattern.Length ? 1 : 0;
            text.Append(pattern[at]);
            isAny.Add(isQuestion);
        }

        End();
        return [.. parts];

        void End()
        {
            parts.Add((text.ToString(), isAny.Contains(true) ? [.. isAny] : null));
            text.Clear();
            isAny.Clear();
        }
    }
}
