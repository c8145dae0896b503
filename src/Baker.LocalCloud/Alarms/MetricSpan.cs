using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Alarms;

/// <summary>A span of time in periods, the first of which begins with it, as CloudWatch's actions take it.</summary>
internal sealed record MetricSpan
{
    private readonly long _start;
    private readonly long _length;
    private readonly long _period;

    /// <param name="code">The action's code for a wrong value.</param>
    /// <param name="start">When it begins.</param>
    /// <param name="end">When it is over.</param>
    /// <param name="seconds">How long a period is.</param>
    /// <exception cref="CloudException">It ends before it begins, or the period is none that CloudWatch has.</exception>
    public MetricSpan(string code, DateTime start, DateTime end, int seconds)
    {
        (_start, _period) = (start.ToUniversalTime().Ticks, seconds * TimeSpan.TicksPerSecond);
        _length = end.ToUniversalTime().Ticks - _start;
        if (_length <= 0)
        {
            throw new CloudException(code, _length == 0
                ? "The parameter StartTime must not equal parameter EndTime."
                : "The parameter StartTime must be less than the parameter EndTime.");
        }

        if (seconds is not (1 or 5 or 10 or 20 or 30) && (seconds < 60 || seconds % 60 != 0))
        {
            throw new CloudException(code, "The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.");
        }
    }

    /// <summary>How many data points there can be.</summary>
    public long Count => ((_length - 1) / _period) + 1;

    /// <summary>Whether a time is in one of the periods; the last may go on after the end.</summary>
    public bool Has(DateTimeOffset at) => at.UtcTicks >= _start && Place(at) < Count;

    /// <summary>When the period of a time begins.</summary>
    public DateTimeOffset PeriodOf(DateTimeOffset at) => new(_start + (Place(at) * _period), TimeSpan.Zero);

    private long Place(DateTimeOffset at) => (at.UtcTicks - _start) / _period;
}
