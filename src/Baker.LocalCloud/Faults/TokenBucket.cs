namespace Baker.LocalCloud.Faults;

/// <summary>AWS's request throttling: a bucket of tokens that refills at a steady rate; a call takes one.</summary>
internal sealed class TokenBucket(double perSecond, int burst, DateTimeOffset now)
{
    private double _tokens = burst;
    private DateTimeOffset _at = now;

    public bool TryTake(DateTimeOffset now)
    {
        _tokens = Math.Min(burst, _tokens + Math.Max(0, (now - _at).TotalSeconds) * perSecond);
        _at = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }
}
