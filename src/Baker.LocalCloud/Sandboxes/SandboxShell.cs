namespace Baker.LocalCloud.Sandboxes;

/// <summary>A shell in a running instance, entered from the project's own files: no server is asked for a command.</summary>
public static class SandboxShell
{
    // Inside: the person's terminal belongs to a session outside, so job control needs a terminal and a session of the instance's own.
    private const string Open =
        "HOSTNAME=$(hostname); export HOSTNAME; "
        + "if [ ! -t 0 ]; then exec sh; elif command -v script > /dev/null; then exec script -q -e -c 'exec sh -i' /dev/null; "
        + "else echo 'There is no script(1) in this instance, so that the shell has no job control.' >&2; exec sh -i +m; fi";

    /// <summary>
    /// The command line that opens one, with job control where its input is a terminal; null where no sandbox of that instance
    /// runs.
    /// </summary>
    /// <param name="terminal">What the person's environment says of the terminal: <c>TERM</c>.</param>
    public static IReadOnlyList<string>? Command(string stateFolder, string instanceId, string terminal, string prompt)
    {
        if (!instanceId.StartsWith("i-", StringComparison.Ordinal)
            || !instanceId[2..].All(char.IsAsciiHexDigitLower)
            || SandboxHost.Adopt(new SandboxFolders(stateFolder), instanceId) is not { } process)
        {
            return null;
        }

        return SandboxProgram.Entering(
            process,
            limits: null,
            ["TERM=" + terminal, "PS1=" + prompt, .. InstanceEndpoint.Variables(new SandboxFolders(stateFolder).State)],
            ["-c", Open]);
    }
}
