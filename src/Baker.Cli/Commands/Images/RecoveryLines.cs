using Baker.Cli.Sessions;
using Baker.Cloud.Images;

namespace Baker.Cli.Commands.Images;

/// <summary>Says on standard error what is done with what dead runs left.</summary>
internal sealed class RecoveryLines(Session session) : SilentWatcher
{
    private readonly Lock _gate = new();

    public override void Note(string subject, string text)
    {
        lock (_gate)
        {
            session.Terminal.Error.WriteLine(subject.Length == 0 ? text : $"{subject}: {text}");
        }
    }
}
