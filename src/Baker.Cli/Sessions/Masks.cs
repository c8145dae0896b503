using System.Text;
using Newtonsoft.Json;

namespace Baker.Cli.Sessions;

/// <summary>Secrets that a run knows, and what stands in their place wherever it prints or logs.</summary>
internal sealed class Masks
{
    public const string Mask = "********";

    /// <summary>What is shorter is part of too many words.</summary>
    private const int Shortest = 4;

    private readonly Lock _gate = new();
    private string[] _secrets = [];

    public void Add(IEnumerable<string> secrets)
    {
        lock (_gate)
        {
            // Also each line of several, since programs print lines.
            _secrets =
            [
                .. _secrets
                    .Concat(secrets.SelectMany(secret => secret.Split('\n').Append(secret)).Select(secret => secret.Trim()))
                    .Where(secret => secret.Length >= Shortest)
                    .SelectMany(secret => new[] { secret, JsonConvert.ToString(secret)[1..^1] })
                    .Distinct(StringComparer.Ordinal)
                    .OrderByDescending(secret => secret.Length),
            ];
        }
    }

    public string In(string text) => In(text, out _, isWhole: true);

    /// <param name="held">How many characters at the end are no part of the answer yet: they may be the beginning of a secret.</param>
    /// <param name="isWhole">Whether nothing comes after the text.</param>
    internal string In(string text, out int held, bool isWhole)
    {
        held = 0;
        var secrets = Volatile.Read(ref _secrets);
        if (secrets.Length == 0)
        {
            return text;
        }

        var found = Find(text, secrets);
        var end = isWhole ? text.Length : Begun(text, secrets);
        var masked = new StringBuilder(end);
        var at = 0;
        foreach (var (from, to) in found)
        {
            if (to > end)
            {
                end = Math.Min(end, from); // it may be part of a longer one, of which the rest is to come
                break;
            }

            masked.Append(text, at, from - at).Append(Mask);
            at = to;
        }

        held = text.Length - end;
        return at == 0 && held == 0 ? text : masked.Append(text, at, end - at).ToString();
    }

    /// <summary>Where secrets stand, in order; those that overlap as one.</summary>
    private static List<(int From, int To)> Find(string text, string[] secrets)
    {
        var places = new List<(int From, int To)>();
        foreach (var secret in secrets)
        {
            var at = -1;
            while ((at = text.IndexOf(secret, at + 1, StringComparison.Ordinal)) >= 0)
            {
                places.Add((at, at + secret.Length));
            }
        }

        places.Sort();
        var found = new List<(int From, int To)>();
        foreach (var place in places)
        {
            if (found.Count > 0 && place.From < found[^1].To)
            {
                found[^1] = (found[^1].From, Math.Max(found[^1].To, place.To));
            }
            else
            {
                found.Add(place);
            }
        }

        return found;
    }

    /// <summary>From where on the text may be the beginning of a secret.</summary>
    private static int Begun(string text, string[] secrets)
    {
        for (var at = Math.Max(0, text.Length - secrets[0].Length + 1); at < text.Length; at++)
        {
            var rest = text.AsSpan(at);
            foreach (var secret in secrets)
            {
                if (secret.Length > rest.Length && secret.AsSpan().StartsWith(rest, StringComparison.Ordinal))
                {
                    return at;
                }
            }
        }

        return text.Length;
    }
}
