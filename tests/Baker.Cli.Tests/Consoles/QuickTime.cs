namespace Baker.Cli.Tests.Consoles;

/// <summary>A clock on which every wait is over at once, and which keeps how long each should have been.</summary>
internal sealed class QuickTime(int most) : TimeProvider
{
    private readonly List<TimeSpan> _waits = [];

    public List<TimeSpan> Waits
    {
        get
        {
            lock (_waits)
            {
                return [.. _waits];
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_waits)
        {
            _waits.Add(dueTime);
            return System.CreateTimer(callback, state, _waits.Count < most ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
        }
    }
}
