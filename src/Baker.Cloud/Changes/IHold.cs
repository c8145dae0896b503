using Baker.Core;

namespace Baker.Cloud.Changes;

/// <summary>What keeps others off while a change is carried out.</summary>
public interface IHold : IAsyncDisposable
{
    /// <summary>For a change that nobody else can get in the way of.</summary>
    static IHold None => NoHold.Instance;

    /// <summary>Cancelled when somebody else took it.</summary>
    CancellationToken Lost { get; }

    /// <summary>Makes sure that it is held still; before every step.</summary>
    /// <param name="waiting">Whether the step that follows only waits.</param>
    /// <exception cref="BakerException">It is somebody else's by now.</exception>
    Task HoldAsync(bool waiting, CancellationToken stop);

    /// <summary>Why the change ends, where somebody else took it.</summary>
    BakerException Gone();

    /// <summary>Gives it back, however the change ended: with bounds of its own, for the change's token may be cancelled.</summary>
    /// <param name="stop">The change's: when it is cancelled, somebody waits for the end.</param>
    Task FarewellAsync(CancellationToken stop);
}
