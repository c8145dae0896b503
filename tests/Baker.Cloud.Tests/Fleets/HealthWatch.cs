namespace Baker.Cloud.Tests.Fleets;

/// <summary>Looks at the target group all the time, and fails the test when it ever has fewer healthy targets than it should.</summary>
internal sealed class HealthWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly Task _watching;
    private int _least = int.MaxValue;

    public HealthWatch(FleetStage stage, int wanted)
    {
        Wanted = wanted;
        _watching = Task.Run(async () =>
        {
            while (!_done.IsCancellationRequested)
            {
                _least = Math.Min(_least, await stage.HealthyAsync());
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            }
        });
    }

    private int Wanted { get; }

    public async Task StopAsync()
    {
        await _done.CancelAsync();
        await _watching;
        Assert.That(_least, Is.GreaterThanOrEqualTo(Wanted), "healthy targets at the worst moment");
    }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _watching;
        _done.Dispose();
    }
}
