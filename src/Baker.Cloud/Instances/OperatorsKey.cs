using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Instances;

/// <summary>The key by which the operator logs in to nodes; a bake's own key is gone with the bake.</summary>
internal static class OperatorsKey
{
    /// <exception cref="BakerException">Nothing says which it is.</exception>
    public static SshSettings Of(NodeGroup group, string command) =>
        group.Ssh.UsesAgent || group.Ssh.PrivateKeyFile is not null
            ? group.Ssh
            : throw new BakerException(
                ExitCode.BadInput,
                $"{command} logs in to the nodes of {group.Name} over SSH, and nothing says with which key.",
                "Give it with --key PATH, or write ssh_private_key_file, or \"ssh_agent_auth\": true, in the group.");
}
