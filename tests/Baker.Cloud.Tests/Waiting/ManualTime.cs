namespace Baker.Cloud.Tests.Waiting;

/// <summary>A clock that jumps: whoever sleeps is woken at once, and the time is then what it would have been.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _ticks;
        }
    }

    public void Advance(TimeSpan time)
    {
        lock (_gate)
        {
            _ticks += time.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Jump(this, callback, state, dueTime);

    private sealed class Jump : ITimer
    {
        private int _over;

        public Jump(ManualTime time, TimerCallback callback, object? state, TimeSpan due)
        {
            if (due == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            ThreadPool.QueueUserWorkItem(_ =>
            {
                if (Interlocked.Exchange(ref _over, 1) == 0)
                {
                    time.Advance(due);
                    callback(state);
                }
            });
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => Interlocked.Exchange(ref _over, 1);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
