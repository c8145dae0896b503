namespace Baker.Cloud.Waiting;

/// <summary>What is waited for: the key under which its duration is learned, when to give up, and the words for it.</summary>
public sealed record Expectation(string Key, TimeSpan Timeout, string What)
{
    /// <summary>
    /// Look this often, for a thing that is hoped never to come; null looks as the durations learned under the key suggest.
    /// </summary>
    public TimeSpan? Every { get; init; }
}
