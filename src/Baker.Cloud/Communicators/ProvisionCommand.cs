using System.Collections.Immutable;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cloud.Communicators;

/// <summary>The shell lines that run a payload on an instance, and that read its log from there.</summary>
/// <remarks>
/// SSM keeps 24,000 characters of output and shows them late, so the output goes to a log on the instance and is read
/// from it piece by piece. SSM may deliver a command twice, and its agent delivers what was under way anew after a reboot: on
/// one boot only one of them runs, and the others wait as long as that one lives. What ends with exit code 194 asks the agent
/// for a reboot and goes on after it; a reboot that nobody asked for ends it.
/// https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-reboot.html
/// </remarks>
/// <param name="root">Where runs have their folders on the instance.</param>
/// <param name="reboots">Whether exit code 194 asks for a reboot; else it is one like any other, and the agent does not see it.</param>
internal sealed class ProvisionCommand(string runId, string root = ProvisionCommand.Root, bool reboots = true)
{
    /// <summary>Where runs have their folders on an instance.</summary>
    public const string Root = "/var/lib/baker";

    /// <summary>The exit code by which a script asks SSM's agent for a reboot.</summary>
    public const int RebootCode = 194;

    /// <summary>Why it ended, in the last line that it prints: the instance was rebooted unasked.</summary>
    public const string Rebooted = "rebooted";

    /// <summary>The same: the process that ran it is gone and left no exit code.</summary>
    public const string Lost = "lost";

    /// <summary>How many bytes of the log one look takes; in base64 they stay below what SSM keeps.</summary>
    public const int Piece = 17_000;

    /// <summary>Up to this size, in bytes, the whole log is in the command's own output.</summary>
    public const int Whole = 20_000;

    /// <summary>Where it lies on the image's instances, once <see cref="Finish"/> has run.</summary>
    public const string KeptLog = "/var/log/baker/provision.log";

    /// <summary>A line of a shell script: waits until cloud-init has ended, where the instance has it.</summary>
    public const string AwaitCloudInit =
        "if [ -e /run/cloud-init/enabled ] && command -v cloud-init >/dev/null; "
        + "then timeout 600 cloud-init status --wait >/dev/null 2>&1; fi";

    /// <summary>Keeps a log for people: without the list of packages, which the image's contents have.</summary>
    public static string KeepLog(string log) => $"sed '/^{PackageListing.Mark}/d' {log} > {KeptLog} 2>/dev/null";

    private readonly string _folder = $"{root}/{runId}";

    /// <summary>Where the log lies on the instance.</summary>
    public string Log => $"{_folder}/log";

    public static ImmutableArray<string> Inline(byte[] payload) =>
    [
        "base64 -d > payload.tar.gz <<'PAYLOAD'",
        .. Convert.ToBase64String(payload).Chunk(4000).Select(chunk => new string(chunk)),
        "PAYLOAD",
    ];

    public static ImmutableArray<string> Download(string url) =>
    [
        $"curl --fail --silent --show-error --retry 5 --output payload.tar.gz {Quoting.Shell(url)}",
    ];

    /// <summary>Fetches the secret into memory, again where a reboot has emptied that.</summary>
    public static ImmutableArray<string> DownloadSecret(string url) =>
    [
        $"[ -s {ChefRun.SecretFile} ] || "
            + $"curl --fail --silent --show-error --retry 5 --output {ChefRun.SecretFile} {Quoting.Shell(url)} || exit 1",
    ];

    /// <param name="fetch">Brings the payload, once.</param>
    /// <param name="everyTime">What is done before each beginning, a reboot's included.</param>
    public ImmutableArray<string> Start(ImmutableArray<string> fetch, ImmutableArray<string> everyTime = default) =>
    [
        "#!/bin/sh",
        "umask 077",
        $"mkdir -p {_folder}",
        $"cd {_folder} || exit 1",
        "boot=$(cat /proc/sys/kernel/random/boot_id)",
        "started() { cut -d ' ' -f 22 \"/proc/$1/stat\" 2>/dev/null; }",
        // On a full disk nothing can be kept: it ends, without a last line, instead of waiting for what never comes.
        "finish() { { echo \"$1\" > code.$$ && mv code.$$ code; } || exit 1; }",
        "echo \"$$ $(started $$)\" > owner.$$ || exit 1",
        "if [ ! -f code ] && ln owner.$$ \"owner-$boot\" 2>/dev/null; then",
        "if [ -f began ] && [ ! -f reboot ]; then",
        "echo '==> the instance was rebooted while this ran' >> log",
        $"finish '1 {Rebooted}'",
        "else",
        "rm -f reboot; : > began",
        AwaitCloudInit,
        "(",
        "set -e",
        .. everyTime.IsDefault ? [] : everyTime,
        "if [ ! -f unpacked ]; then",
        .. fetch,
        "mkdir -p payload", // beside what this keeps here: a project may have a file or a folder of any name
        "tar -xzf payload.tar.gz -C payload",
        ": > unpacked",
        "fi",
        "sh payload/run.sh",
        ") >> log 2>&1 < /dev/null",
        "code=$?",
        reboots ? $"if [ \"$code\" = {RebootCode} ]; then : > reboot; else finish \"$code\"; fi" : "finish \"$code\"",
        "fi",
        "fi",
        "rm -f owner.$$",
        "while [ ! -f code ]; do",
        $"[ ! -f reboot ] || exit {RebootCode}",
        "read -r pid start < \"owner-$boot\"",
        "if [ \"$pid\" != $$ ] && [ \"$(started \"$pid\")\" != \"$start\" ] && [ ! -f code ] && [ ! -f reboot ]; "
            + $"then finish '1 {Lost}'; else sleep 1; fi",
        "done",
        $"[ \"$(wc -c < log)\" -gt {Whole} ] || cat log",
        "echo \"@baker $(wc -c < log) $(cat code)\"",
        "read -r code _ < code",
        .. reboots ? [] : new[] { $"[ \"$code\" != {RebootCode} ] || code=1" },
        "exit \"$code\"",
    ];

    /// <summary>
    /// Tells why it ended without a last line: prints <see cref="Rebooted"/> where it began and the instance has been
    /// rebooted since.
    /// </summary>
    public ImmutableArray<string> Look() =>
    [
        $"[ ! -f {_folder}/began ] || [ -e \"{_folder}/owner-$(cat /proc/sys/kernel/random/boot_id)\" ] || echo {Rebooted}",
    ];

    /// <summary>Prints a piece of the log from an offset, in base64: a piece may end inside a character.</summary>
    public ImmutableArray<string> Read(long offset) =>
    [
        $"tail -c +{offset + 1} {_folder}/log 2>/dev/null | head -c {Piece} | base64 -w 0",
    ];

    /// <summary>Puts the log from an offset, compressed, where a presigned URL says.</summary>
    public ImmutableArray<string> Put(long offset, string url) =>
    [
        $"cd {_folder} && tail -c +{offset + 1} log | gzip -c > rest.gz || exit 1",
        $"curl --fail --silent --show-error --max-time 50 --upload-file rest.gz {Quoting.Shell(url)}",
        "code=$?; rm -f rest.gz; exit $code",
    ];

    /// <summary>Removes what was there; of a bake it keeps the log for whoever looks at an instance of the image.</summary>
    public ImmutableArray<string> Finish(bool keepsLog = true) =>
    [
        (keepsLog
            ? $"mkdir -p /var/log/baker; cd {_folder} && {{ [ ! -e whole ] || mv whole log; {KeepLog("log")}; }}; "
            : "") + $"rm -rf {_folder}",
    ];
}
