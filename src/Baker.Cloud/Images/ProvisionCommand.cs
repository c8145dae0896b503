using System.Collections.Immutable;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images;

/// <summary>The shell lines that run a payload on an instance, and that read its log from there.</summary>
/// <remarks>
/// SSM keeps 24,000 characters of output and shows them late, so the output goes to a log on the instance and is read
/// from it piece by piece. A command delivered twice does not run twice: the second one waits for the first.
/// </remarks>
internal sealed class ProvisionCommand(string runId)
{
    /// <summary>How many bytes of the log one look takes; in base64 they stay below what SSM keeps.</summary>
    public const int Piece = 17_000;

    /// <summary>Up to this size, in bytes, the whole log is in the command's own output.</summary>
    public const int Whole = 20_000;

    private readonly string _folder = $"/var/lib/baker/{runId}";

    public static ImmutableArray<string> Inline(byte[] payload) =>
    [
        "base64 -d > payload.tar.gz <<'PAYLOAD'",
        .. Convert.ToBase64String(payload).Chunk(4000).Select(chunk => new string(chunk)),
        "PAYLOAD",
    ];

    public static ImmutableArray<string> Download(string url) =>
    [
        $"curl --fail --silent --show-error --retry 5 --output payload.tar.gz {Payload.Quote(url)}",
    ];

    public ImmutableArray<string> Start(ImmutableArray<string> fetch) =>
    [
        "#!/bin/sh",
        "umask 077",
        "mkdir -p /var/lib/baker /var/log/baker",
        $"folder={_folder}",
        "if mkdir \"$folder\" 2>/dev/null; then",
        "cd \"$folder\" || exit 1",
        "if [ -e /run/cloud-init/enabled ] && command -v cloud-init >/dev/null; then timeout 600 cloud-init status --wait >/dev/null 2>&1; fi",
        "(",
        "set -e",
        .. fetch,
        "tar -xzf payload.tar.gz",
        "sh ./run.sh",
        ") > log 2>&1 < /dev/null",
        "echo $? > code.new && mv code.new code",
        "fi",
        "cd \"$folder\" || exit 1",
        "while [ ! -f code ]; do sleep 1; done",
        $"[ \"$(wc -c < log)\" -gt {Whole} ] || cat log",
        "echo \"@baker $(wc -c < log) $(cat code)\"",
        "exit \"$(cat code)\"",
    ];

    /// <summary>Prints a piece of the log from an offset, in base64: a piece may end inside a character.</summary>
    public ImmutableArray<string> Read(long offset) =>
    [
        $"tail -c +{offset + 1} {_folder}/log 2>/dev/null | head -c {Piece} | base64 -w 0",
    ];

    /// <summary>Keeps the log for whoever looks at an instance of the image, and removes all else.</summary>
    public ImmutableArray<string> Finish() =>
    [
        $"mkdir -p /var/log/baker; cp {_folder}/log /var/log/baker/provision.log 2>/dev/null; rm -rf {_folder}",
    ];
}
