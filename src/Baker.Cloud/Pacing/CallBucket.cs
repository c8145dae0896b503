namespace Baker.Cloud.Pacing;

/// <summary>
/// Holds the calls of one service back to what the account gives: by <see cref="CallOrder"/>, then as they were first asked
/// for.
/// </summary>
internal sealed class CallBucket(TimeProvider time)
{
    // Of so many calls that the account gives, one may be a look: what it finds ready leads to more calls than one.
    private const double PollShare = 8;

    // A poll this seldom takes nothing from any account, however little the account was seen to give.
    private static readonly TimeSpan s_mostSpare = TimeSpan.FromSeconds(4);

    // Calls under way at once while the account's rate is not known; each reply lets one more go, so that a small bucket refuses few.
    private const int FirstWindow = 8;

    private readonly Lock _gate = new();
    private readonly AccountBucket _account = new();
    private readonly PriorityQueue<TaskCompletionSource, (CallOrder, long)> _queue = new();
    private int _window = FirstWindow;
    private int _underWay;
    private bool _isTicking;

    /// <summary>Calls a second; null where nothing has been refused yet.</summary>
    public double? Rate
    {
        get
        {
            lock (_gate)
            {
                return _account.Rate;
            }
        }
    }

    /// <summary>How long a poll should wait after its last look, so that the calls that change things get most of the rate.</summary>
    public TimeSpan SpareForPolls
    {
        get
        {
            lock (_gate)
            {
                if (_account.Rate is not { } rate)
                {
                    return TimeSpan.Zero;
                }

                var spare = TimeSpan.FromSeconds(PollShare / rate);
                return spare < s_mostSpare ? spare : s_mostSpare;
            }
        }
    }

    /// <summary>Waits for its turn. A call that was refused keeps the place of the moment it was first asked for.</summary>
    /// <param name="askedAt">When the call was first asked for, as a timestamp of the clock.</param>
    public async Task TakeAsync(CallOrder order, long askedAt, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _queue.Enqueue(turn, (order, askedAt));
            Release();
        }

        using var registration = stop.Register(() => turn.TrySetCanceled(stop));
        await turn.Task.ConfigureAwait(false);
    }

    public void Accepted(long sentAt)
    {
        lock (_gate)
        {
            _window++;
            _account.Accepted(Seconds(sentAt), Now);
        }
    }

    public void Refused(long sentAt)
    {
        lock (_gate)
        {
            _account.Refused(Seconds(sentAt), Now);
        }
    }

    /// <summary>To be told at the end of every call that had its turn, however it ended.</summary>
    public void Ended()
    {
        lock (_gate)
        {
            _underWay--;
            Release();
        }
    }

    private double Now => Seconds(time.GetTimestamp());

    private double Seconds(long timestamp) => timestamp / (double)time.TimestampFrequency;

    private void Release()
    {
        while (_queue.Count > 0 && MaySend())
        {
            if (_queue.Dequeue().TrySetResult())
            {
                _underWay++;
                _account.Sent(Now); // one that was given up in the queue takes nothing
            }
        }

        if (_queue.Count > 0 && _account.Rate is not null && !_isTicking)
        {
            _isTicking = true;
            _ = TickAsync();
        }
    }

    private bool MaySend() => _account.Rate is null ? _underWay < _window : _account.Delay(Now) <= 0;

    private async Task TickAsync()
    {
        while (true)
        {
            double delay;
            lock (_gate)
            {
                Release();
                if (_queue.Count == 0)
                {
                    _isTicking = false;
                    return;
                }

                delay = _account.Delay(Now);
            }

            // Asked again afterwards: the rate may have changed meanwhile.
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(delay, 0.001, 0.5)), time, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
