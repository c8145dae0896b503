namespace Baker.LocalCloud.AutoScaling;

/// <summary>The instances that a group keeps ready, beside those that serve.</summary>
/// <param name="Min">How many there are at least.</param>
/// <param name="MaxPrepared">What the group and its pool have together; null is the group's maximum.</param>
/// <param name="PoolState"><c>Stopped</c>, <c>Running</c> or <c>Hibernated</c>, which the local cloud only stops.</param>
/// <param name="Reuses">Whether an instance that the group lets go of returns to the pool.</param>
/// <param name="IsLeaving">Whether the pool is being deleted.</param>
internal sealed record WarmPoolRecord(int Min, int? MaxPrepared, string PoolState, bool? Reuses, bool IsLeaving)
{
    /// <summary>How many instances the pool should have.</summary>
    public int SizeFor(GroupRecord group) => IsLeaving ? 0 : Math.Max(Min, (MaxPrepared ?? group.Max) - group.Desired);
}
