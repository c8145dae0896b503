using Baker.Core.Manifest;

namespace Baker.Cli.Projects;

/// <summary>Diagnostics as they are printed: what several places have in common is said once, with the first of them and how many
/// there are.</summary>
internal static class DiagnosticLines
{
    /// <summary>So many mistakes of a kind are still told one by one: each is to be mended.</summary>
    private const int MostErrors = 5;

    private static readonly char[] s_marks = [',', ';', ':', '.', '"', '\'', '(', ')'];

    /// <param name="all">In the order of the text.</param>
    /// <param name="groups">The names of all groups: what differs in nothing else is of one kind.</param>
    public static IEnumerable<(Severity? Severity, string Text)> Of(IReadOnlyList<Diagnostic> all, IEnumerable<string> groups)
    {
        var names = groups.ToHashSet(StringComparer.Ordinal);
        var kinds = new Dictionary<(Severity, string, string, string), List<Diagnostic>>();
        var keys = new (Severity, string, string, string)[all.Count];
        foreach (var (index, each) in all.Index())
        {
            var key = keys[index] = (each.Severity, each.Code, Kind(each.Message, names), Kind(each.Remedy, names));
            if (!kinds.TryGetValue(key, out var kind))
            {
                kinds[key] = kind = [];
            }

            kind.Add(each);
        }

        var isAnyFolded = false;
        foreach (var (index, each) in all.Index())
        {
            var kind = kinds[keys[index]];
            if (kind.Count <= (each.Severity == Severity.Error ? MostErrors : 1))
            {
                yield return (each.Severity, each.ToString());
            }
            else if (ReferenceEquals(kind[0], each))
            {
                isAnyFolded = true;
                var more = $"{each.Message} ({kind.Count} like this, the last at {kind[^1].Position})";
                yield return (each.Severity, (each with { Message = more }).ToString());
            }
        }

        if (isAnyFolded)
        {
            yield return (null, "package node:list --strict --json lists every place.");
        }
    }

    /// <summary>The words without the names of groups.</summary>
    private static string Kind(string text, HashSet<string> names) => string.Join(
        ' ',
        text.Split(' ').Select(word => word.Trim(s_marks) is { Length: > 0 } bare && names.Contains(bare)
            ? word.Replace(bare, "\0", StringComparison.Ordinal)
            : word));
}
