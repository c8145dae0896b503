namespace Baker.Cloud.Pacing;

/// <summary>Holds the calls of one service back to what the account gives: by <see cref="CallOrder"/>, then as they were first asked for.</summary>
internal sealed class CallBucket(TimeProvider time)
{
    // Calls that a look stands for: what it finds ready leads to two or three more.
    private const double PollShareWhenBusy = 8;
    private const double PollShareWhenIdle = 5;
    private readonly Lock _gate = new();
    private readonly AccountBucket _account = new();
    private readonly PriorityQueue<TaskCompletionSource, (CallOrder, long)> _queue = new();
    private bool _isReleasing;

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
                return _account.Rate is { } rate ? TimeSpan.FromSeconds((_queue.Count > 0 ? PollShareWhenBusy : PollShareWhenIdle) / rate) : TimeSpan.Zero;
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
            if (_queue.Count == 0 && _account.Delay(Now) <= 0)
            {
                _account.Sent(Now);
                return;
            }

            _queue.Enqueue(turn, (order, askedAt));
            if (!_isReleasing)
            {
                _isReleasing = true;
                _ = ReleaseAsync();
            }
        }

        using var registration = stop.Register(() => turn.TrySetCanceled(stop));
        await turn.Task.ConfigureAwait(false);
    }

    public void Accepted(long sentAt)
    {
        lock (_gate)
        {
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

    private double Now => Seconds(time.GetTimestamp());

    private double Seconds(long timestamp) => timestamp / (double)time.TimestampFrequency;

    private async Task ReleaseAsync()
    {
        while (true)
        {
            double delay;
            lock (_gate)
            {
                while (_queue.TryPeek(out var turn, out _) && (delay = _account.Delay(Now)) <= 0)
                {
                    _queue.Dequeue();
                    if (turn.TrySetResult())
                    {
                        _account.Sent(Now); // one that was given up in the queue takes nothing
                    }
                }

                if (_queue.Count == 0)
                {
                    _isReleasing = false;
                    return;
                }

                delay = _account.Delay(Now);
            }

            // Asked again afterwards: the rate may have changed meanwhile.
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(delay, 0.001, 0.5)), time, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
