using Baker.Cloud.Changes;

namespace Baker.Cloud.Images.Baking;

/// <summary>Finishes or removes what dead runs left in a region. Others are kept off by the lease on what is theirs.</summary>
internal sealed class RecoveryOperation(Recovery recovery, Func<CancellationToken, Task<IReadOnlyList<Salvage>>> plan) : Operation<Salvage>
{
    public override string Subject => "";

    public override Task<IReadOnlyList<Salvage>> PlanAsync(CancellationToken stop) => plan(stop);

    /// <summary>What is waited for is waited for together.</summary>
    public override int AtOnce(Salvage step) => step is Salvage.EndInstance or Salvage.FinishImage ? 100 : 1;

    public override Task DoAsync(Salvage step, CancellationToken stop) => recovery.DoAsync(step, stop);
}
