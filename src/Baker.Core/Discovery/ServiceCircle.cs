using Baker.Core.Merging;

namespace Baker.Core.Discovery;

/// <summary>A group that waits for itself.</summary>
/// <param name="Need">Its need by which it does.</param>
/// <param name="Way">The way round, in words.</param>
public sealed record ServiceCircle(ServiceGroup Group, NeededService Need, string Way);
