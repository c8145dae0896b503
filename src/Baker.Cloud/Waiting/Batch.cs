namespace Baker.Cloud.Waiting;

/// <summary>Collects the ids that callers want changed the same way within a moment, and changes them in one call.</summary>
internal sealed class Batch(Func<IReadOnlyList<string>, CancellationToken, Task> change, TimeSpan moment, TimeProvider time)
{
    private const int Largest = 500;
    private readonly Lock _gate = new();
    private Pending? _open;

    /// <summary>Returns when the call that has this id in it is done. Where AWS refuses the whole call, each id is tried alone.</summary>
    public async Task AddAsync(string id, CancellationToken stop)
    {
        Pending pending;
        var opened = false;
        lock (_gate)
        {
            if (_open is null)
            {
                _open = new Pending();
                opened = true;
            }

            pending = _open;
            pending.Ids.Add(id);
            if (pending.Ids.Count >= Largest)
            {
                _open = null;
            }
        }

        if (opened)
        {
            _ = SendAsync(pending, stop);
        }

        if (!await pending.Together.Task.ConfigureAwait(false))
        {
            await change([id], stop).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(Pending pending, CancellationToken stop)
    {
        try
        {
            await Task.Delay(moment, time, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked is told by the call itself.
        }

        lock (_gate)
        {
            if (_open == pending)
            {
                _open = null;
            }
        }

        try
        {
            await change(pending.Ids, stop).ConfigureAwait(false);
            pending.Together.SetResult(true);
        }
#pragma warning disable CA1031 // one bad id fails a whole call: then each caller learns its own fate by a call of its own
        catch (Exception)
        {
            pending.Together.SetResult(false);
        }
#pragma warning restore CA1031
    }

    private sealed class Pending
    {
        public List<string> Ids { get; } = [];

        public TaskCompletionSource<bool> Together { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
