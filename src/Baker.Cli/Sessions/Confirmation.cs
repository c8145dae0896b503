using Baker.Cloud;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Sessions;

/// <summary>Asks before something is done that nothing takes back: where, what, and how much of it.</summary>
internal sealed class Confirmation
{
    private readonly string _command;
    private readonly CommandOption _yes;

    private Confirmation(string command, CommandOption yes) => (_command, _yes) = (command, yes);

    public static Confirmation On(CommandLineApplication command) => new(
        command.Name ?? "",
        command.Option("-y|--yes", "Do not ask first; needed where there is no terminal to ask on.", CommandOptionType.NoValue));

    /// <summary>Whether there is anything to ask: what a question says need not be looked up where there is none.</summary>
    public bool IsAsked => !_yes.HasValue();

    /// <summary>Refuses to begin where nobody has said yes and nobody can be asked: whether there is something to do or not.</summary>
    /// <exception cref="BakerException">Nothing may be done.</exception>
    public void Require(Session session)
    {
        if (IsAsked && session.Terminal.Answers is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{_command} asks before it begins, and there is no terminal to ask on.",
                "Look with --dry-run, then say --yes.");
        }
    }

    /// <param name="regions">Where it would be done.</param>
    /// <param name="what">What it is about, a line each.</param>
    /// <param name="nothing">What did not happen, where the answer is no.</param>
    /// <exception cref="BakerException">The answer is no, or there is nobody to give one.</exception>
    public async Task AskAsync(
        Session session,
        CloudSession cloud,
        IEnumerable<string> regions,
        string? environment,
        IEnumerable<string> what,
        string question,
        string nothing)
    {
        if (!IsAsked)
        {
            return;
        }

        Require(session);
        session.Terminal.Error.WriteLine(await CloudPlace.WithinAsync(session, cloud, regions, environment).ConfigureAwait(false));
        foreach (var line in what)
        {
            session.Terminal.Error.WriteLine(line);
        }

        if (session.Confirm($"{question} [y/N] ")?.Trim().ToUpperInvariant() is not ("Y" or "YES"))
        {
            throw new BakerException(ExitCode.BadInput, $"Not confirmed; {nothing}.");
        }
    }
}
