using Baker.Cloud.Images;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests;

/// <summary>Tells a test of each step.</summary>
internal sealed class StepWatcher(Action<ChangeStep>? began = null, Action<ChangeStep>? done = null) : SilentWatcher
{
    private readonly Lock _gate = new();

    public override void StepBegan(string subject, ChangeStep step, TimeSpan? expected)
    {
        lock (_gate)
        {
            began?.Invoke(step);
        }
    }

    public override void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        lock (_gate)
        {
            if (failure is null)
            {
                done?.Invoke(step);
            }
        }
    }
}
