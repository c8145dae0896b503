namespace Baker.Testing;

/// <summary>
/// A clock that runs many times as fast, so that minutes of patience pass in seconds; with 0 it stands still until it is told, and what
/// is done every so often is done in real time.
/// </summary>
internal sealed class HurriedTime(int factor) : TimeProvider
{
    private readonly DateTimeOffset _began = System.GetUtcNow();
    private readonly long _at = System.GetTimestamp();
    private long _skipped;

    public override DateTimeOffset GetUtcNow() => _began + GetElapsedTime(0);

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => ((System.GetTimestamp() - _at) * factor) + Volatile.Read(ref _skipped);

    /// <summary>Lets time pass at once, while nobody waits.</summary>
    public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * TimestampFrequency));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Real(dueTime), Real(period)), this);

    private TimeSpan Real(TimeSpan time) => time > TimeSpan.Zero && factor > 0 ? time / factor : time;

    private sealed class Timer(ITimer real, HurriedTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => real.Change(time.Real(dueTime), time.Real(period));

        public void Dispose() => real.Dispose();

        public ValueTask DisposeAsync() => real.DisposeAsync();
    }
}
