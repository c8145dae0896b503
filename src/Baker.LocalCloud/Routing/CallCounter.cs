namespace Baker.LocalCloud.Routing;

/// <summary>How often each action was called; for tests, benches and <c>local:status</c>. Used under the cloud's lock.</summary>
internal sealed class CallCounter
{
    private readonly SortedDictionary<string, CallCount> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, CallCount> Counts => new SortedDictionary<string, CallCount>(_counts, StringComparer.Ordinal);

    public void Count(string service, string action, bool throttled, bool failed)
    {
        var key = $"{service}:{action}";
        var before = _counts.GetValueOrDefault(key) ?? new CallCount(0, 0, 0);
        _counts[key] = new CallCount(
            before.Calls + 1,
            before.Throttled + (throttled ? 1 : 0),
            before.Failed + (failed && !throttled ? 1 : 0));
    }

    public void Add(IReadOnlyDictionary<string, CallCount> earlier)
    {
        foreach (var (key, count) in earlier)
        {
            var before = _counts.GetValueOrDefault(key) ?? new CallCount(0, 0, 0);
            _counts[key] = new CallCount(before.Calls + count.Calls, before.Throttled + count.Throttled, before.Failed + count.Failed);
        }
    }

    public void Clear() => _counts.Clear();
}

/// <summary>Calls of one action: all of them, those refused by throttling, and those that failed otherwise.</summary>
public sealed record CallCount(long Calls, long Throttled, long Failed);
