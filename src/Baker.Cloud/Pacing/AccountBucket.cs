namespace Baker.Cloud.Pacing;

/// <summary>
/// What is known of an account's token bucket, learned from what it refuses: at a refusal the bucket is empty, so the calls that it
/// accepts from there to the next one are its rate. Times are seconds on any one clock; not safe for several threads at once.
/// </summary>
internal sealed class AccountBucket
{
    private const double LowestRate = 0.5;
    private const double HighestFirstRate = 20;

    /// <summary>
    /// Growth for each accepted call once the rate is known: fast enough to find a raised limit, slow enough to be refused
    /// seldom.
    /// </summary>
    private const double Growth = 1.005;

    /// <summary>Growth for each round trip while the rate is not known.</summary>
    private const double SlowStart = 1.5;

    /// <summary>How far the rate may grow beyond what the account was seen to give.</summary>
    private const double Beyond = 1.25;

    private const int FewCalls = 3;
    private const int EnoughCalls = 8;
    private const double ShortSpan = 0.2;

    private double? _first;
    private int _acceptedAtFirst;
    private double _firstSpan;
    private double _capacity = 1;
    private double _tokens;
    private double _filledAt;
    private double _emptyAt;
    private double _refusedAt;
    private double _grownAt;
    private double _seenRate;
    private int _acceptedSinceEmpty;
    private bool _isKnown;
    private bool _mayHaveBeenFull;

    /// <summary>Calls a second; null where nothing has been refused yet: then nobody is held back.</summary>
    public double? Rate { get; private set; }

    /// <summary>How long to wait before the next call may be sent.</summary>
    public double Delay(double now)
    {
        if (Rate is not { } rate)
        {
            return 0;
        }

        Fill(now, rate);
        return _tokens >= 1 - 1e-6 ? 0 : (1 - _tokens) / rate;
    }

    public void Sent(double now)
    {
        _first ??= now;
        if (Rate is { } rate)
        {
            Fill(now, rate);
            _tokens -= 1;
        }
    }

    public void Accepted(double sentAt, double now)
    {
        if (Rate is not { } rate)
        {
            _acceptedAtFirst++;
            return;
        }

        if (sentAt <= _emptyAt)
        {
            return;
        }

        _acceptedSinceEmpty++;
        var span = now - _emptyAt;
        if (!_mayHaveBeenFull && _acceptedSinceEmpty >= EnoughCalls && span > ShortSpan)
        {
            _seenRate = Math.Max(_seenRate, _acceptedSinceEmpty / span);
        }

        if (_isKnown)
        {
            Rate = Math.Max(rate, Math.Min(rate * Growth, _seenRate * Beyond));
        }
        else if (sentAt > _grownAt)
        {
            (Rate, _grownAt) = (rate * SlowStart, now);
        }
    }

    /// <summary>Takes a refusal into account. Calls that were under way at the last one say nothing new.</summary>
    public void Refused(double sentAt, double now)
    {
        if (Rate is not { } rate)
        {
            Begin(now);
            return;
        }

        if (sentAt <= _refusedAt)
        {
            return;
        }

        Fill(now, rate);
        var span = sentAt - _emptyAt;
        if (_mayHaveBeenFull)
        {
            // After a pause: the burst was smaller than thought, and what was accepted does not tell the rate.
            _capacity = Math.Max(1, _capacity * 0.7);
            Empty(now);
        }
        else if (_acceptedSinceEmpty >= FewCalls && span > ShortSpan)
        {
            var seen = _acceptedSinceEmpty / span;
            if (!_isKnown)
            {
                _capacity = Math.Max(1, 0.8 * (_acceptedAtFirst - (seen * _firstSpan)));
                _isKnown = true;
            }

            Rate = _seenRate = seen;
            if (_acceptedSinceEmpty >= EnoughCalls)
            {
                Empty(now);
            }
        }
        else
        {
            Rate = _seenRate = Math.Max(LowestRate, rate * 0.6);
            if (_acceptedSinceEmpty == 0)
            {
                _isKnown = false; // nothing goes through: when something does again, the rate is to be found anew
                Empty(now);
            }
        }

        (_tokens, _refusedAt) = (0, now);
    }

    private void Begin(double now)
    {
        // What went through before came from a full bucket: about twice what it gives in the long run, or more.
        _firstSpan = Math.Max(now - (_first ?? now), 0.1);
        Rate = _seenRate = Math.Clamp(_acceptedAtFirst / _firstSpan / 2, 1, HighestFirstRate);
        (_filledAt, _refusedAt, _grownAt) = (now, now, now);
        Empty(now);
    }

    private void Empty(double now) => (_emptyAt, _acceptedSinceEmpty, _mayHaveBeenFull) = (now, 0, false);

    private void Fill(double now, double rate)
    {
        _tokens = Math.Min(_capacity, _tokens + ((now - _filledAt) * rate));
        _mayHaveBeenFull |= _capacity > 1 && _tokens >= _capacity;
        _filledAt = now;
    }
}
