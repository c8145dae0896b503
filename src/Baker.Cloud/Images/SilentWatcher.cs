using Baker.Core.Planning;

namespace Baker.Cloud.Images;

/// <summary>Tells nobody anything.</summary>
public class SilentWatcher : IBakeWatcher
{
    public virtual void StepBegan(string subject, ChangeStep step, TimeSpan? expected)
    {
    }

    public virtual void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
    }

    public virtual void Output(string subject, string text)
    {
    }

    public virtual void Note(string subject, string text)
    {
    }

    public virtual void Ended(BakeResult result)
    {
    }
}
