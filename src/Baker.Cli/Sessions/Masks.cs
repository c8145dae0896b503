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
            // Also each line of several, since programs print lines; the longest first, for one may be part of another.
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

    public string In(string text) => Volatile.Read(ref _secrets).Aggregate(
        text,
        static (masked, secret) => masked.Replace(secret, Mask, StringComparison.Ordinal));
}
