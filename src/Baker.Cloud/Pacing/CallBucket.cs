namespace Baker.Cloud.Pacing;

/// <summary>
/// A token bucket whose rate is learnt from what AWS refuses. Until the first refusal it does not hold anybody back;
/// a refusal sets the rate low (AWS's slowest documented refill is 2 calls a second), successes raise it again.
/// </summary>
internal sealed class CallBucket(TimeProvider time)
{
    private const double FirstRate = 2;
    private const double LowestRate = 0.25;
    private const double HighestRate = 100;
    private readonly Lock _gate = new();
    private double? _rate;
    private double _tokens;
    private long _at;
    private long _lowered;

    /// <summary>Calls a second; null where nothing has been refused yet.</summary>
    public double? Rate
    {
        get
        {
            lock (_gate)
            {
                return _rate;
            }
        }
    }

    /// <summary>Waits for a token. The tokens are given in the order they are asked for.</summary>
    public async Task TakeAsync(CancellationToken stop)
    {
        TimeSpan wait;
        lock (_gate)
        {
            if (_rate is not { } rate)
            {
                return;
            }

            var now = time.GetTimestamp();
            _tokens = Math.Min(1, _tokens + (time.GetElapsedTime(_at, now).TotalSeconds * rate));
            _at = now;
            _tokens -= 1; // below zero it is a place in the queue
            wait = _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / rate);
        }

        if (wait > TimeSpan.Zero)
        {
            try
            {
                await Task.Delay(wait, time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                lock (_gate)
                {
                    _tokens += 1;
                }

                throw;
            }
        }
    }

    /// <summary>Takes a refusal into account. Calls sent before the rate was last lowered do not lower it again.</summary>
    public void Refused(long sentAt)
    {
        lock (_gate)
        {
            if (_rate is { } rate && sentAt <= _lowered)
            {
                return;
            }

            _rate = _rate is null ? FirstRate : Math.Max(LowestRate, _rate.Value * 0.7);
            _lowered = _at = time.GetTimestamp();
            _tokens = Math.Min(_tokens, 0);
        }
    }

    public void Accepted()
    {
        lock (_gate)
        {
            if (_rate is { } rate)
            {
                _rate = Math.Min(HighestRate, rate * 1.01);
            }
        }
    }
}
