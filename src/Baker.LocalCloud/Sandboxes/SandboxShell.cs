using System.Globalization;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>A shell in a running instance, entered from the project's own files: no server is asked for a command.</summary>
public static class SandboxShell
{
    // Outside the instance: what the person's environment says of the terminal and the prompt is all of it that goes in.
    private const string Enter = """inside=$1; shift; exec "$@" "TERM=${TERM:-dumb}" "PS1=${BAKER_PROMPT:-# }" sh -c "$inside" """;

    // Inside: the person's terminal belongs to a session outside, so job control needs a terminal and a session of the instance's own.
    private const string Open =
        "HOSTNAME=$(hostname); export HOSTNAME; "
        + "if [ ! -t 0 ]; then exec sh; elif command -v script > /dev/null; then exec script -q -e -c 'exec sh -i' /dev/null; "
        + "else echo 'There is no script(1) in this instance, so that the shell has no job control.' >&2; exec sh -i +m; fi";

    /// <summary>
    /// The command line that opens one, with job control where its input is a terminal; null where no sandbox of that instance
    /// runs. The variable <c>BAKER_PROMPT</c> of the process that runs it is the shell's prompt.
    /// </summary>
    public static IReadOnlyList<string>? Command(string stateFolder, string instanceId)
    {
        if (!instanceId.StartsWith("i-", StringComparison.Ordinal)
            || !instanceId[2..].All(char.IsAsciiHexDigitLower)
            || SandboxHost.Adopt(new SandboxFolders(stateFolder), instanceId) is not { } process)
        {
            return null;
        }

        return
        [
            "sh", "-c", Enter, "sh", Open,
            "nsenter", "-t", process.ProcessId.ToString(CultureInfo.InvariantCulture),
            .. HasItsOwnUsers(process) ? new[] { "--user", "--preserve-credentials" } : [],
            "--mount", "--pid", "--uts", "--ipc", "--root", "setpriv", .. SandboxHost.Capabilities.Split(' '),
            "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh", "LANG=C.UTF-8",
        ];
    }

    private static bool HasItsOwnUsers(SandboxProcess process) =>
        new FileInfo("/proc/self/ns/user").LinkTarget != new FileInfo($"/proc/{process.ProcessId}/ns/user").LinkTarget;
}
