namespace Baker.Cloud.Pacing;

/// <summary>
/// How long a cloud has not answered, over all of the process's calls. It is borne for <paramref name="patience"/>; then each call
/// is tried once more, shortly, and in the end none, but for a look now and then whether the cloud is back: so a command ends,
/// and its clean-up does what can be done.
/// </summary>
internal sealed class Outage(TimeProvider time, TimeSpan patience)
{
    /// <summary>For a cloud that has never answered: nothing has been changed yet, and the address may be wrong.</summary>
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(5);

    /// <summary>What a call is given at least.</summary>
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(5);

    /// <summary>How long calls are still tried once, each, when the patience is over.</summary>
    private static readonly TimeSpan s_afterwards = TimeSpan.FromSeconds(30);

    /// <summary>How often one of them is tried from then on.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(10);

    /// <summary>What is shorter is not worth a word.</summary>
    private static readonly TimeSpan s_blink = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long? _since;
    private long _looked;
    private bool _hasAnswered;
    private bool _isSaid;
    private Exception? _last;

    /// <summary>What the last call met; null where the cloud answers.</summary>
    public Exception? Last
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    /// <summary>How long the next call may take; null where it is of no use to send it.</summary>
    /// <param name="fit">How long such a call may take at most.</param>
    public TimeSpan? Allow(TimeSpan fit)
    {
        lock (_gate)
        {
            if (_since is not { } since)
            {
                return fit;
            }

            var silent = time.GetElapsedTime(since);
            if (silent < patience)
            {
                var left = patience - silent;
                return left > fit ? fit : left > s_shortest ? left : s_shortest;
            }

            if (silent > patience + s_afterwards && time.GetElapsedTime(_looked) < s_look)
            {
                return null;
            }

            _looked = time.GetTimestamp();
            return s_shortest;
        }
    }

    /// <summary>The cloud answered, be it with a refusal.</summary>
    /// <returns>How long it had not, where that was said.</returns>
    public TimeSpan? Answered()
    {
        lock (_gate)
        {
            var after = _isSaid && _since is { } since ? time.GetElapsedTime(since) : (TimeSpan?)null;
            (_since, _last, _hasAnswered, _isSaid) = (null, null, true, false);
            return after;
        }
    }

    /// <returns>How long it will still be borne, where that is to be said now: once an outage.</returns>
    public TimeSpan? Failed(long sentAt, Exception error)
    {
        lock (_gate)
        {
            _since ??= sentAt;
            _last = error;
            var silent = time.GetElapsedTime(_since.Value);
            if (_isSaid || !_hasAnswered || silent < s_blink || silent >= patience)
            {
                return null;
            }

            _isSaid = true;
            return patience - silent;
        }
    }

    /// <summary>Whether a call is given up.</summary>
    /// <param name="sentAt">When it was sent first of the times that it failed.</param>
    /// <param name="pause">How long would be waited before it is sent again.</param>
    public bool IsTooLong(long sentAt, TimeSpan pause)
    {
        lock (_gate)
        {
            var bound = _hasAnswered ? patience : s_first;
            return time.GetElapsedTime(sentAt) + pause > bound || (_since is { } since && time.GetElapsedTime(since) + pause > bound);
        }
    }
}
