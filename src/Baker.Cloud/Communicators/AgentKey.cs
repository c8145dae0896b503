using Baker.Core;
using Renci.SshNet;
using Renci.SshNet.Security;

namespace Baker.Cloud.Communicators;

/// <summary>A key that an ssh-agent holds and signs with.</summary>
internal sealed class AgentKey : IPrivateKeySource
{
    private AgentKey(SshAgent agent, byte[] blob)
    {
        Blob = blob;
        HostKeyAlgorithms = SshWire.NameOf(blob) == "ssh-rsa"
            ? [new Signer(agent, "rsa-sha2-512", blob, 4), new Signer(agent, "rsa-sha2-256", blob, 2)]
            : [new Signer(agent, SshWire.NameOf(blob), blob, 0)];
    }

    /// <summary>Its public half.</summary>
    public byte[] Blob { get; }

    public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms { get; }

    /// <summary>The first key that EC2 takes for a key pair.</summary>
    public static AgentKey First(SshAgent agent) =>
        agent.Keys().FirstOrDefault(key => SshWire.NameOf(key) is "ssh-ed25519" or "ssh-rsa") is { } found
            ? new AgentKey(agent, found)
            : throw new BakerException(
                ExitCode.BadInput,
                "The ssh-agent holds no Ed25519 and no RSA key.",
                "Load one with ssh-add; EC2 takes no others.");

    private sealed class Signer(SshAgent agent, string name, byte[] blob, int flags) : HostAlgorithm(name)
    {
        public override byte[] Data => blob;

        public override byte[] Sign(byte[] data) => agent.Sign(blob, data, flags);

        public override bool VerifySignature(byte[] data, byte[] signature) => throw new NotSupportedException();
    }
}
