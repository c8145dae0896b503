using Baker.Cli.Sessions;
using Baker.Cloud.Images;

namespace Baker.Cli.Commands.Images;

/// <summary>Says on standard error what is done with what dead runs left.</summary>
internal sealed class RecoveryNotes(Session session) : IBakeWatcher
{
    private readonly Lock _gate = new();

    public void StepBegan(string group, string step, TimeSpan? expected)
    {
    }

    public void Output(string group, string text)
    {
    }

    public void Note(string group, string text)
    {
        lock (_gate)
        {
            session.Terminal.Error.WriteLine(group.Length == 0 ? text : $"{group}: {text}");
        }
    }

    public void Ended(BakeResult result)
    {
    }
}
