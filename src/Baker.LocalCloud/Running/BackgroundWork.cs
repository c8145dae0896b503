namespace Baker.LocalCloud.Running;

/// <summary>
/// Slow work beside the calls, such as starting a sandbox. Work with the same key runs one after the other. It must be
/// safe to run again: when the process dies meanwhile, the next one starts it over from what is on disk.
/// </summary>
/// <param name="failed">Hears of work that ended otherwise than it should.</param>
public sealed class BackgroundWork(Action<Exception> failed) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _tails = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(Math.Max(4, 2 * Environment.ProcessorCount));
    private readonly CancellationTokenSource _stop = new();

    /// <summary>How long what was begun may take to end, at the end.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(20);

    public void Run(string key, Func<CancellationToken, Task> work)
    {
        lock (_gate)
        {
            var before = _tails.GetValueOrDefault(key, Task.CompletedTask);
            var task = Task.Run(() => AfterAsync(before, work));
            _tails[key] = task;
            _ = task.ContinueWith(done => Forget(key, done), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Lets what was begun end, for a while; then gives up, and the next process takes it over.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] open;
        lock (_gate)
        {
            open = [.. _tails.Values];
        }

        _stop.CancelAfter(Patience);
        await Task.WhenAll(open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _slots.Dispose();
    }

    private async Task AfterAsync(Task before, Func<CancellationToken, Task> work)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _slots.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            await work(_stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    private void Forget(string key, Task done)
    {
        if (done.Exception is { } failure)
        {
            failed(failure);
        }

        lock (_gate)
        {
            if (_tails.GetValueOrDefault(key) == done)
            {
                _tails.Remove(key);
            }
        }
    }
}
