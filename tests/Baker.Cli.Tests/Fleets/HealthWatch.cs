namespace Baker.Cli.Tests.Fleets;

/// <summary>Looks at a target group all the time, and knows how few healthy targets it had at the worst moment.</summary>
internal sealed class HealthWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly Task _watching;
    private int _least = int.MaxValue;
    private int _looks;

    public HealthWatch(FleetProject fleet, string targetGroup) => _watching = Task.Run(async () =>
    {
        while (!_done.IsCancellationRequested)
        {
            _least = Math.Min(_least, await fleet.HealthyAsync(targetGroup));
            _looks++;
            await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System);
        }
    });

    public async Task NeverFewerThanAsync(int wanted)
    {
        await _done.CancelAsync();
        await _watching;
        Assert.That(_looks, Is.GreaterThan(5));
        Assert.That(_least, Is.GreaterThanOrEqualTo(wanted), "healthy targets at the worst moment");
    }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _watching;
        _done.Dispose();
    }
}
