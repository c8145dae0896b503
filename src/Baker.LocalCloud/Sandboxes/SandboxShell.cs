using Baker.LocalCloud.Configuration;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>A shell in a running instance, entered from the project's own files: no server is asked for a command.</summary>
public static class SandboxShell
{
    // Inside: the person's terminal belongs to a session outside, so job control needs a terminal and a session of the instance's own.
    private const string Open =
        "HOSTNAME=$(hostname); export HOSTNAME; "
        + "if [ ! -t 0 ]; then exec sh; elif command -v script > /dev/null; then exec script -q -e -c 'exec sh -i' /dev/null; "
        + "else echo 'There is no script(1) in this instance, so that the shell has no job control.' >&2; exec sh -i +m; fi";

    // Outside: what the instance is given is a terminal of this session alone. Of the person's own, its processes could read
    // what is typed, and write, when the shell has long ended.
    private const string OnATerminal =
        "line=$1; shift; if [ -t 0 ] && command -v script > /dev/null; "
        + "then exec env SHELL=/bin/sh script -q -e -c \"$line\" /dev/null; fi; exec \"$@\"";

    /// <summary>
    /// The command line that opens one, with job control where its input is a terminal; null where no sandbox of that instance
    /// runs.
    /// </summary>
    /// <param name="limits">What the instance is limited to.</param>
    /// <param name="terminal">What the person's environment says of the terminal: <c>TERM</c>.</param>
    public static IReadOnlyList<string>? Command(
        string stateFolder,
        string instanceId,
        InstanceLimits limits,
        string terminal,
        string prompt)
    {
        if (Entering(stateFolder, instanceId, limits, ["TERM=" + terminal, "PS1=" + prompt], ["-c", Open]) is not { } words)
        {
            return null;
        }

        var line = string.Join(' ', words.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        return ["sh", "-c", OnATerminal, "sh", line, .. words];
    }

    /// <summary>
    /// The command line that runs a script as root, with what it reads and prints; null where no sandbox of that instance runs.
    /// </summary>
    public static IReadOnlyList<string>? Running(
        string stateFolder,
        string instanceId,
        InstanceLimits limits,
        string script,
        IEnumerable<string> arguments) => Entering(stateFolder, instanceId, limits, [], ["-c", script, "sh", .. arguments]);

    /// <summary>Whether a folder is the one that an instance's sandbox is made of, its disk and its scratch, or is in that.</summary>
    public static bool IsMadeOf(string stateFolder, string instanceId, string folder)
    {
        var own = new SandboxFolders(stateFolder).Instance(instanceId) + Path.DirectorySeparatorChar;
        return (SandboxFolders.Resolve(folder) + Path.DirectorySeparatorChar).StartsWith(own, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string>? Entering(
        string stateFolder,
        string instanceId,
        InstanceLimits limits,
        IEnumerable<string> variables,
        IEnumerable<string> arguments) =>
        instanceId.StartsWith("i-", StringComparison.Ordinal)
        && instanceId[2..].All(char.IsAsciiHexDigitLower)
        && SandboxHost.Adopt(new SandboxFolders(stateFolder), instanceId) is { } process
            ? SandboxProgram.Entering(
                process,
                instanceId,
                limits,
                [.. variables, .. InstanceEndpoint.Variables(new SandboxFolders(stateFolder).State)],
                arguments)
            : null;
}
