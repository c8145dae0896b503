using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>The run list as Packer's shell provisioner applies it: newer versions have no provisioner for Chef.</summary>
internal static class PackerChef
{
    /// <summary>Where the roles and cookbooks are brought to, and what is removed at the end.</summary>
    public const string Folder = "/tmp/baker-chef";

    public static IEnumerable<string> Commands(NodeGroup group) =>
    [
        "set -e",
        $"cd {Folder}",
        "cat > dna.json <<'DNA'",
        .. DnaText.OfFleet(group.Name).TrimEnd('\n').Split('\n'),
        "DNA",
        .. ChefRun.Prepare,
        ChefRun.Command,
        $"cd / && rm -rf {Folder}",
    ];
}
