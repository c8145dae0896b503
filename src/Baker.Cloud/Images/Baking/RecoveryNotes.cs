using Baker.Core.Planning;

namespace Baker.Cloud.Images.Baking;

/// <summary>Tells the watcher of the bakes what is done with what dead runs left.</summary>
internal sealed class RecoveryNotes(IBakeWatcher watcher) : SilentWatcher
{
    public override void StepBegan(string subject, ChangeStep step, TimeSpan? expected) => watcher.Note(((Salvage)step).Group, step.Text);
}
