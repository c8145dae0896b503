using System.Collections.Immutable;
using System.Runtime.ExceptionServices;

namespace Baker.Cloud.Changes;

/// <summary>How a change ended.</summary>
/// <param name="Failure">Why it did not come to its end; null where it did.</param>
/// <param name="Leftovers">What could not be cleaned up.</param>
public sealed record ChangeEnd(Exception? Failure, ImmutableArray<Leftover> Leftovers)
{
    public void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            ExceptionDispatchInfo.Throw(Failure);
        }
    }
}
