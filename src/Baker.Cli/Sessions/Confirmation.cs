using Baker.Core;

namespace Baker.Cli.Sessions;

/// <summary>Asks before something is done that nothing takes back.</summary>
internal static class Confirmation
{
    /// <param name="refusal">Why nothing is done without a yes, where there is no terminal to ask on.</param>
    /// <param name="what">What it is about, a line each.</param>
    /// <param name="nothing">What did not happen, where the answer is no.</param>
    /// <exception cref="BakerException">The answer is no, or there is nobody to give one.</exception>
    public static void Ask(
        Session session,
        string refusal,
        string remedy,
        IEnumerable<string> what,
        string question,
        string nothing)
    {
        if (session.Terminal.Answers is not { } answers)
        {
            throw new BakerException(ExitCode.BadInput, refusal, remedy);
        }

        foreach (var line in what)
        {
            session.Terminal.Error.WriteLine(line);
        }

        session.Terminal.Error.Write($"{question} [y/N] ");
        if (answers.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new BakerException(ExitCode.BadInput, $"Not confirmed; {nothing}.");
        }
    }
}
