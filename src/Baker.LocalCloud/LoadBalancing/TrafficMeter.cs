namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Counts what a load balancer really does, until somebody takes the counts.</summary>
internal sealed class TrafficMeter
{
    private const int Digits = 3;

    private readonly Lock _gate = new();
    private Traffic _traffic = new();

    /// <summary>A request that a target has answered, or that the load balancer has in its place.</summary>
    /// <param name="group">The target group; null where none was chosen for the request.</param>
    /// <param name="status">The status that the client got.</param>
    /// <param name="time">From the request's leaving until the target's answer began; null where no target answered.</param>
    public void Answered(string? group, int status, TimeSpan? time)
    {
        lock (_gate)
        {
            if (group is not null)
            {
                _traffic.Add(group, "RequestCount", 1);
            }

            if (time is { } taken)
            {
                _traffic.Add(group, $"HTTPCode_Target_{status / 100}XX_Count", 1);
                _traffic.Time(group, Rounded(taken.TotalSeconds));
            }
            else
            {
                _traffic.Add(null, $"HTTPCode_ELB_{status / 100}XX_Count", 1);
                if (status is 500 or 502 or 503 or 504)
                {
                    _traffic.Add(null, $"HTTPCode_ELB_{status}_Count", 1);
                }
            }
        }
    }

    /// <summary>Something else that has happened so often.</summary>
    public void Count(string metric, double times)
    {
        lock (_gate)
        {
            _traffic.Add(null, metric, times);
        }
    }

    /// <summary>What has been counted since the last time.</summary>
    public Traffic Take()
    {
        lock (_gate)
        {
            var taken = _traffic;
            _traffic = new Traffic();
            return taken;
        }
    }

    // So that a busy listener has some hundreds of different times in a minute, and not as many as requests.
    private static double Rounded(double seconds) => seconds <= 0 ? 0
        : Math.Round(seconds, Math.Clamp(Digits - 1 - (int)Math.Floor(Math.Log10(seconds)), 0, 9));

    /// <summary>Counts of one span of time, by target group; the empty one is the load balancer as a whole.</summary>
    internal sealed class Traffic
    {
        public Dictionary<(string? Group, string Metric), double> Counts { get; } = [];

        public Dictionary<(string? Group, double Seconds), int> Times { get; } = [];

        public void Add(string? group, string metric, double times)
        {
            Counts[(null, metric)] = Counts.GetValueOrDefault((null, metric)) + times;
            if (group is not null)
            {
                Counts[(group, metric)] = Counts.GetValueOrDefault((group, metric)) + times;
            }
        }

        public void Time(string? group, double seconds)
        {
            Times[(null, seconds)] = Times.GetValueOrDefault((null, seconds)) + 1;
            if (group is not null)
            {
                Times[(group, seconds)] = Times.GetValueOrDefault((group, seconds)) + 1;
            }
        }
    }
}
