namespace Baker.LocalCloud.Running;

/// <summary>Measures the lock that all calls of a cloud take: one that is held long is what the others wait for.</summary>
internal sealed class LockMeter
{
    private long _times;
    private TimeSpan _held;
    private TimeSpan _longestHeld;
    private TimeSpan _waited;
    private TimeSpan _longestWait;

    public LockUse Use => new(
        _times,
        _held.TotalMilliseconds,
        _longestHeld.TotalMilliseconds,
        _waited.TotalMilliseconds,
        _longestWait.TotalMilliseconds);

    public static long Now() => TimeProvider.System.GetTimestamp();

    /// <summary>Counts one use, while the lock is still held.</summary>
    public void Count(long asked, long got)
    {
        var waited = TimeProvider.System.GetElapsedTime(asked, got);
        var held = TimeProvider.System.GetElapsedTime(got);
        _times++;
        _waited += waited;
        _held += held;
        _longestWait = waited > _longestWait ? waited : _longestWait;
        _longestHeld = held > _longestHeld ? held : _longestHeld;
    }
}

/// <summary>How a cloud's lock was used since its process began; times are in milliseconds.</summary>
/// <param name="Times">How often it was taken.</param>
/// <param name="Held">How long it was held, all together.</param>
/// <param name="LongestHeld">How long it was held at most.</param>
/// <param name="Waited">How long it was waited for, all together.</param>
/// <param name="LongestWait">How long it was waited for at most.</param>
public sealed record LockUse(long Times, double Held, double LongestHeld, double Waited, double LongestWait);
