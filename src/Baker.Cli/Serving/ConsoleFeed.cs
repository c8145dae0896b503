namespace Baker.Cli.Serving;

/// <summary>
/// What all viewers of the page see: looked up by one poller while somebody looks, more seldom while nothing changes.
/// </summary>
/// <param name="read">What there is to see now, as JSON on one line.</param>
/// <param name="shortest">The pause between two looks while things change.</param>
internal sealed class ConsoleFeed(Func<CancellationToken, Task<string>> read, TimeSpan shortest, TimeProvider time)
{
    /// <summary>How many looks without news double the pause, and how far it grows.</summary>
    private const int QuietLooks = 3;
    private const int LongestPause = 8;

    private readonly Lock _lock = new();
    private TaskCompletionSource _arrived = New();
    private TaskCompletionSource _next = New();
    private ConsoleState _now = new(0, null, null, null, default);
    private int _viewers;

    /// <summary>What was seen last, and what is done when there is a newer look.</summary>
    public (ConsoleState State, Task Next) Now
    {
        get
        {
            lock (_lock)
            {
                return (_now, _next.Task);
            }
        }
    }

    /// <summary>Counts a viewer until what it gives back is disposed.</summary>
    public IDisposable Join()
    {
        lock (_lock)
        {
            _viewers++;
            _arrived.TrySetResult();
        }

        return new Viewer(this);
    }

    /// <summary>Looks until stopped.</summary>
    /// <param name="explain">What a failure means, in words; null where nobody can say, and it ends the page.</param>
    public async Task RunAsync(Func<Exception, string?> explain, CancellationToken stop)
    {
        for (var quiet = 0; ; quiet++)
        {
            await Somebody().WaitAsync(stop).ConfigureAwait(false);
            var (text, problem) = (_now.Text, (string?)null);
            try
            {
                text = await read(stop).ConfigureAwait(false);
            }
            catch (Exception error) when (!stop.IsCancellationRequested && explain(error) is { } why)
            {
                problem = why;
            }

            quiet = text == _now.Text && problem == _now.Problem ? quiet : 0;
            Publish(text, problem);
            var factor = Math.Min(LongestPause, 1 << Math.Min(quiet / QuietLooks, 8));
            await Task.Delay(shortest * factor, time, stop).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task Somebody()
    {
        lock (_lock)
        {
            if (_viewers == 0 && _arrived.Task.IsCompleted)
            {
                _arrived = New();
            }

            return _arrived.Task;
        }
    }

    private void Publish(string? text, string? problem)
    {
        TaskCompletionSource next;
        var isNew = text != _now.Text;
        var news = isNew && text is not null && _now.Text is { } before ? ConsoleNews.Between(before, text) : null;
        lock (_lock)
        {
            _now = new ConsoleState(isNew ? _now.Version + 1 : _now.Version, text, isNew ? news : _now.News, problem, time.GetUtcNow());
            (next, _next) = (_next, New());
        }

        next.SetResult();
    }

    private sealed class Viewer(ConsoleFeed feed) : IDisposable
    {
        private int _gone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, 1) == 0)
            {
                lock (feed._lock)
                {
                    feed._viewers--;
                }
            }
        }
    }
}
