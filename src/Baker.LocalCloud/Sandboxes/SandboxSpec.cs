using System.Collections.Immutable;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>What an instance's sandbox is made from. User data are the bytes that the instance would read, decoded.</summary>
public sealed record SandboxSpec(string InstanceId, string Address, ImmutableArray<byte> UserData)
{
    /// <summary>The host name, in EC2's form: <c>ip-127-16-0-1</c>.</summary>
    public string HostName => "ip-" + Address.Replace('.', '-');
}
