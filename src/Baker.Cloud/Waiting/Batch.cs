namespace Baker.Cloud.Waiting;

/// <summary>Collects the ids that callers want changed the same way within a moment, and changes them in one call.</summary>
/// <param name="change">Changes all of them.</param>
/// <param name="crowd">How many callers there can be: when all have asked, nobody else is waited for.</param>
internal sealed class Batch(Func<IReadOnlyList<string>, CancellationToken, Task> change, Func<int> crowd, TimeProvider time)
{
    private const int Largest = 500;
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(40);
    private readonly Lock _gate = new();
    private Pending? _open;

    /// <summary>
    /// Returns when the call that has these ids in it is done. Where AWS refuses the whole call, each caller's are tried
    /// alone.
    /// </summary>
    public async Task AddAsync(IReadOnlyList<string> ids, CancellationToken stop)
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
            pending.Ids.AddRange(ids);
            pending.Callers++;
            if (pending.Ids.Count >= Largest || pending.Callers >= crowd())
            {
                _open = null;
                pending.All.TrySetResult();
            }
        }

        if (opened)
        {
            _ = SendAsync(pending, stop);
        }

        if (!await pending.Together.Task.ConfigureAwait(false))
        {
            await change(ids, stop).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(Pending pending, CancellationToken stop)
    {
        await pending.All.Task.WaitAsync(s_moment, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

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

        public int Callers { get; set; }

        public TaskCompletionSource All { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<bool> Together { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
