namespace Baker.Testing;

/// <summary>
/// A clock that runs many times as fast, so that minutes of patience pass in seconds; with 0 it stands still until it is told, and what
/// is done every so often is done in real time. A moment in which the machine runs nothing here uses up little of a time limit,
/// however long it is: a limit passes in pieces, one after the other.
/// </summary>
internal sealed class HurriedTime(int factor) : TimeProvider
{
    private static readonly TimeSpan s_piece = TimeSpan.FromMilliseconds(50);
    private readonly DateTimeOffset _began = System.GetUtcNow();
    private readonly long _at = System.GetTimestamp();
    private long _skipped;

    public override DateTimeOffset GetUtcNow() => _began + GetElapsedTime(0);

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => ((System.GetTimestamp() - _at) * factor) + Volatile.Read(ref _skipped);

    /// <summary>Lets time pass at once, while nobody waits.</summary>
    public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * TimestampFrequency));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(() => callback(state), Real(dueTime), Real(period), this);

    private TimeSpan Real(TimeSpan time) => time > TimeSpan.Zero && factor > 0 ? time / factor : time;

    private sealed class Timer : ITimer
    {
        private readonly Lock _gate = new();
        private readonly Action _callback;
        private readonly HurriedTime _time;
        private readonly ITimer _real;
        private TimeSpan _left;
        private TimeSpan _period;

        public Timer(Action callback, TimeSpan left, TimeSpan period, HurriedTime time)
        {
            (_callback, _time) = (callback, time);
            _real = System.CreateTimer(_ => Pass(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Start(left, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => Start(_time.Real(dueTime), _time.Real(period));

        public void Dispose() => _real.Dispose();

        public ValueTask DisposeAsync() => _real.DisposeAsync();

        private bool Start(TimeSpan left, TimeSpan period)
        {
            lock (_gate)
            {
                (_left, _period) = (left, period);
                return _left > s_piece ? _real.Change(s_piece, Timeout.InfiniteTimeSpan) : _real.Change(_left, _period);
            }
        }

        private void Pass()
        {
            lock (_gate)
            {
                if (_left > s_piece)
                {
                    Start(_left - s_piece, _period);
                    return;
                }
            }

            _callback();
        }
    }
}
