namespace Baker.Cli.Sessions;

/// <summary>
/// Colours say again what words say, never more; <c>NO_COLOR</c> takes them away, <c>CLICOLOR_FORCE</c> has them everywhere.
/// </summary>
internal static class Colours
{
    /// <param name="isTerminal">Whether a person reads the stream.</param>
    public static bool AreWanted(bool isTerminal, Func<string, string?> variable) =>
        string.IsNullOrEmpty(variable("NO_COLOR"))
        && (variable("CLICOLOR_FORCE") is not (null or "" or "0")
            || (isTerminal && variable("CLICOLOR") != "0" && variable("TERM") is not (null or "" or "dumb")));

    public static void WriteLine(this TextWriter output, Tint tint, string line)
    {
        if (output is PlainWriter { HasColour: true } terminal)
        {
            terminal.WriteColoured(Escape(tint), line);
        }
        else
        {
            output.WriteLine(line);
        }
    }

    private static string Escape(Tint tint) => tint switch
    {
        Tint.Good => "\u001b[32m",
        Tint.Warning => "\u001b[33m",
        _ => "\u001b[31m",
    };
}
