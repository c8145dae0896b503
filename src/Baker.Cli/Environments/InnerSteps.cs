using Baker.Cloud.Changes;
using Baker.Core.Planning;

namespace Baker.Cli.Environments;

/// <summary>Tells the steps of a change that is itself one step of a larger one.</summary>
internal sealed class InnerSteps(Action<string> say) : IChangeWatcher
{
    public void StepBegan(string subject, ChangeStep step, TimeSpan? expected) => say($"  {subject}: {step.Text}");

    public void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        // Its failure is told where the larger step ends.
    }

    public void Output(string subject, string text) => say(text.TrimEnd('\n'));

    public void Note(string subject, string text) => say($"  {subject}: {text}");
}
