using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Configuration;

namespace Baker.Cli.Commands.Config;

/// <summary>
/// Variables as a person gives them: <c>NAME=VALUE</c>, or <c>NAME</c> or <c>NAME=-</c>, whose value is asked for or piped in.
/// </summary>
internal static class ConfigInput
{
    public static SortedDictionary<string, string> Read(Session session, IReadOnlyList<string> words)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var asked = words.Where(word => Asked(word) is not null).ToList();
        if (asked.Count > 1 && session.Terminal.AskSecret is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{string.Join(" and ", asked)} have no value, and one only can be piped in.",
                "Pipe in one at a time, or a file of several: config:import GROUP -.");
        }

        foreach (var word in words)
        {
            var (name, value) = Asked(word) is { } open
                ? (open, Ask(session, open))
                : (word[..word.IndexOf('=')], word[(word.IndexOf('=') + 1)..]);
            if (!values.TryAdd(name, value))
            {
                throw new BakerException(ExitCode.BadInput, $"{name} is given twice.", "Give it once.");
            }
        }

        return values;
    }

    /// <summary>Refuses, all in one run, what SSM or systemd would refuse later.</summary>
    public static void Check(IEnumerable<KeyValuePair<string, string>> values)
    {
        var wrong = values
            .Select(pair => (Name: pair.Key, Refusal: Refusal(pair.Key, pair.Value)))
            .Where(each => each.Refusal is not null)
            .ToList();
        if (wrong.Count > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                string.Join('\n', wrong.Select(each => $"{(each.Name.Length == 0 ? "=…" : each.Name)}: {each.Refusal!.Value.Reason}.")),
                string.Join(' ', wrong.Select(each => each.Refusal!.Value.Remedy).Distinct()));
        }
    }

    private static (string Reason, string Remedy)? Refusal(string name, string value) => Variable.IsName(name)
        ? Variable.Refusal(value)
        : name.Length == 0 ? ("a value without a name", "A variable is set by NAME=VALUE.")
        : ("this is no name of a variable", "A name has letters, digits and _, begins with no digit, and has at most 128 of them.");

    /// <summary>The name whose value is not given; null where one is.</summary>
    private static string? Asked(string word) =>
        !word.Contains('=', StringComparison.Ordinal) ? word
        : word.EndsWith("=-", StringComparison.Ordinal) && word.IndexOf('=') == word.Length - 2 ? word[..^2]
        : null;

    private static string Ask(Session session, string name)
    {
        if (session.Piped() is { } text)
        {
            // As $(…) in a shell: what a program prints ends with a line feed that is none of the value's.
            return text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n');
        }

        return session.AskSecret($"{name}: ")
            ?? throw new BakerException(
                ExitCode.BadInput,
                $"{name} has no value, and nobody is there to ask.",
                $"Pipe it in: printf %s \"$VALUE\" | package config:set GROUP {name}");
    }
}
