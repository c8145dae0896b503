using Baker.Cloud.Changes;

namespace Baker.Cloud.Images.Baking;

/// <summary>
/// One of the places that a run has for bakes at the same time. Others are kept off by the lease on what the bake makes, which
/// the run renews for all of its bakes.
/// </summary>
internal sealed class BakePlace : NoHold
{
    private readonly SemaphoreSlim _places;
    private readonly BakeRegion _region;

    private BakePlace(SemaphoreSlim places, BakeRegion region) => (_places, _region) = (places, region);

    public static async Task<IHold> TakeAsync(SemaphoreSlim places, BakeRegion region, CancellationToken stop)
    {
        await places.WaitAsync(stop).ConfigureAwait(false);
        region.Enter();
        return new BakePlace(places, region);
    }

    public override Task FarewellAsync(CancellationToken stop)
    {
        _region.Leave();
        _places.Release();
        return Task.CompletedTask;
    }
}
