using Baker.Core;

namespace Baker.Cli.Changes;

/// <summary>What may keep a change from beginning.</summary>
internal interface IChangeGate
{
    /// <summary>Asked once, before the first call that changes anything.</summary>
    /// <exception cref="BakerException">The change is not to begin.</exception>
    Task PassAsync(Action<string> say, bool isDryRun);
}
