using Baker.Core;

namespace Baker.Cloud.Changes;

/// <summary>For a change that nobody else can get in the way of.</summary>
internal class NoHold : IHold
{
    public static NoHold Instance { get; } = new();

    public CancellationToken Lost => CancellationToken.None;

    public Task HoldAsync(bool waiting, CancellationToken stop) => Task.CompletedTask;

    public BakerException Gone() => throw new InvalidOperationException("It cannot be taken away.");

    public virtual Task FarewellAsync(CancellationToken stop) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
