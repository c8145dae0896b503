using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>How Packer brings the payload that Baker's own engine brings (<see cref="Payload"/>), and runs it as that does.</summary>
public static class PackerPayload
{
    /// <summary>Where it is unpacked on the instance, and what is removed at the end.</summary>
    internal const string Folder = "/tmp/baker-payload";

    /// <summary>Where it is packed to, relative to the manifest's folder.</summary>
    public static string PathOf(NodeGroup group) =>
        $".package/payloads/{(group.Environment is { } environment ? $"{environment}/" : "")}{group.Name}.tar.gz";

    internal static IEnumerable<string> Commands { get; } =
    [
        "set -e",
        $"cd {Folder}",
        "umask 077",
        "tar -xzf payload.tar.gz",
        "sh ./run.sh",
        $"cd / && rm -rf {Folder}",
    ];
}
