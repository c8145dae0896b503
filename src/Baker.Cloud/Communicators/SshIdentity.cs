using System.Security.Cryptography;
using Baker.Core;
using Baker.Core.Merging;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace Baker.Cloud.Communicators;

/// <summary>A key to log in with, and its public half.</summary>
internal sealed class SshIdentity : IDisposable
{
    private readonly IDisposable? _owned;

    private SshIdentity(IPrivateKeySource key, string publicHalf) => (Key, PublicHalf, _owned) = (key, publicHalf, key as IDisposable);

    public IPrivateKeySource Key { get; }

    /// <summary>As a line of <c>authorized_keys</c> without a comment.</summary>
    public string PublicHalf { get; }

    /// <summary>The operator's own key, where the group says which; else a new one, which is nowhere but in this process.</summary>
    public static SshIdentity Of(SshSettings settings, SshReach reach) =>
        settings.UsesAgent ? OfAgent(reach.AgentSocket)
        : settings.PrivateKeyFile is { } file ? OfFile(file)
        : Of(new PrivateKeyFile(new ED25519Key(RandomNumberGenerator.GetBytes(32))));

    public void Dispose() => _owned?.Dispose();

    private static SshIdentity Of(PrivateKeyFile key)
    {
        var algorithm = key.HostKeyAlgorithms.First();
        return new SshIdentity(key, PublicHalfOf(algorithm.Data));
    }

    private static SshIdentity OfFile(string path)
    {
        try
        {
            return Of(new PrivateKeyFile(path));
        }
        catch (SshPassPhraseNullOrEmptyException error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The private key {path} has a passphrase.",
                "Load it into an ssh-agent (ssh-add) and write \"ssh_agent_auth\": true in place of ssh_private_key_file.",
                error);
        }
        catch (Exception error) when (error is SshException or IOException or UnauthorizedAccessException
            or FormatException or NotSupportedException or ArgumentException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The private key {path} cannot be read: {error.Message}",
                "Name an OpenSSH or PEM private key in ssh_private_key_file.",
                error);
        }
    }

    private static SshIdentity OfAgent(string? socket)
    {
        if (socket is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "ssh_agent_auth is true, and there is no ssh-agent: SSH_AUTH_SOCK is not set.",
                "Start one (eval \"$(ssh-agent)\"; ssh-add), or name a key in ssh_private_key_file.");
        }

        var key = AgentKey.First(new SshAgent(socket));
        return new SshIdentity(key, PublicHalfOf(key.Blob));
    }

    private static string PublicHalfOf(byte[] blob) => $"{SshWire.NameOf(blob)} {Convert.ToBase64String(blob)}";
}
