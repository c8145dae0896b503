using Baker.Cloud.Images;
using Baker.Core.Planning;

namespace Baker.Cli.Commands.Images;

/// <summary>Says of each thing that it is removed, once it is.</summary>
internal sealed class RemovalProgress(TextWriter output) : SilentWatcher
{
    private readonly Lock _gate = new();

    public override void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        lock (_gate)
        {
            if (failure is null)
            {
                output.WriteLine(step);
            }
        }
    }
}
