using System.Collections.Immutable;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>What an instance's sandbox is made from. User data are the bytes that the instance would read, decoded.</summary>
public sealed record SandboxSpec(string InstanceId, string Address, ImmutableArray<byte> UserData)
{
    /// <summary>The user of the image that a key pair is for: cloud-init's default user.</summary>
    public string DefaultUser { get; init; } = "ubuntu";

    /// <summary>The key pair that the instance was launched with, as a line of <c>authorized_keys</c>; null without one.</summary>
    public string? PublicKey { get; init; }

    /// <summary>A shell script that runs in the place of boot scripts and sshd, and again where it ends; null for an instance.</summary>
    public string? Service { get; init; }

    /// <summary>The host name, in EC2's form: <c>ip-127-16-0-1</c>.</summary>
    public string HostName => "ip-" + Address.Replace('.', '-');
}
