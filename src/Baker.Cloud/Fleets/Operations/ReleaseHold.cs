using Baker.Cloud.Changes;
using Baker.Core;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>The locks of all groups of a release: lost where one of them is.</summary>
internal sealed class ReleaseHold(IReadOnlyList<FleetLock> locks) : IHold
{
    private readonly CancellationTokenSource _lost =
        CancellationTokenSource.CreateLinkedTokenSource([.. locks.Select(each => each.Lost)]);

    public CancellationToken Lost => _lost.Token;

    public async Task HoldAsync(bool waiting, CancellationToken stop)
    {
        foreach (var each in locks)
        {
            await each.HoldAsync(waiting, stop).ConfigureAwait(false);
        }
    }

    public BakerException Gone() => (locks.FirstOrDefault(each => each.Lost.IsCancellationRequested) ?? locks[0]).Gone();

    public Task FarewellAsync(CancellationToken stop) => Task.WhenAll(locks.Select(each => each.FarewellAsync(stop)));

    public async ValueTask DisposeAsync()
    {
        foreach (var each in locks)
        {
            await each.DisposeAsync().ConfigureAwait(false);
        }

        _lost.Dispose();
    }
}
