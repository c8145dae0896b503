using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>An instance as the local cloud keeps it. States are EC2's names: pending, running, stopping, …</summary>
internal sealed record InstanceRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string ReservationId { get; init; }

    public int LaunchIndex { get; init; }

    public required string ImageId { get; init; }

    public required string InstanceType { get; init; }

    public required string Zone { get; init; }

    public required string SubnetId { get; init; }

    public required string VpcId { get; init; }

    /// <summary>A loopback address of this host, 127.x.y.z; what the instance serves on it can be reached from the host.</summary>
    public required string Address { get; init; }

    /// <summary>Its subnet or its launch gave it no public address. An elastic one is another matter.</summary>
    public bool HasNoPublicAddress { get; init; }

    /// <summary>The elastic address of its first interface.</summary>
    public string? ElasticAddress { get; init; }

    /// <summary>The interface that it was launched with; null where it has one of its own, which has no record.</summary>
    public string? PrimaryInterfaceId { get; init; }

    /// <summary>Further interfaces were attached once.</summary>
    public bool HasMoreInterfaces { get; init; }

    /// <summary>Of the interface of its own; null for none.</summary>
    public ImmutableSortedDictionary<string, string>? InterfaceTags { get; init; }

    public string? InterfaceDescription { get; init; }

    public string State { get; init; } = "pending";

    /// <summary>When the state it is passing through may end.</summary>
    public DateTimeOffset StateDue { get; init; }

    public string? StateReasonCode { get; init; }

    public string? StateReasonMessage { get; init; }

    public string StateTransitionReason { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset LaunchTime { get; init; }

    /// <summary>When the SSM agent registers; null while not running, or never.</summary>
    public DateTimeOffset? AgentDue { get; init; }

    public bool AgentNeverComes { get; init; }

    public DateTimeOffset? TerminatedAt { get; init; }

    public string? ClientToken { get; init; }

    /// <summary>Tells a repeated request from another one under the same client token.</summary>
    public string? ClientTokenContent { get; init; }

    public string? KeyName { get; init; }

    /// <summary>The public half of that key pair, which the instance has although the key pair is deleted.</summary>
    public string? PublicKey { get; init; }

    /// <summary>The user whom cloud-init gives the key.</summary>
    public string DefaultUser { get; init; } = ImageRecord.UsualUser;

    public ImmutableArray<string> SecurityGroupIds { get; init; } = [];

    /// <summary>The instance profile's ARN; what an earlier Baker kept may be its name.</summary>
    public string? Profile { get; init; }

    public string? ProfileId { get; init; }

    public string? ProfileAssociationId { get; init; }

    /// <summary>Base64, as it was sent.</summary>
    public string? UserData { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<AttachedVolume> Volumes { get; init; } = [];

    public string RootDeviceName { get; init; } = "/dev/sda1";

    public string Architecture { get; init; } = "x86_64";

    public string HttpTokens { get; init; } = "optional";

    public string HttpEndpoint { get; init; } = "enabled";

    public int HttpHopLimit { get; init; } = 1;

    public string InstanceMetadataTags { get; init; } = "disabled";

    public string ShutdownBehavior { get; init; } = "stop";

    public bool DisableApiTermination { get; init; }

    public bool DisableApiStop { get; init; }

    public bool EbsOptimized { get; init; }

    /// <summary>It may send and receive what is neither from nor for it, as a NAT instance does.</summary>
    public bool ForwardsTraffic { get; init; }

    public bool Monitoring { get; init; }

    public bool IsSpot { get; init; }

    /// <summary>The snapshot that its disk is made from; null is this host as it stands.</summary>
    public string? DiskSnapshotId { get; init; }

    /// <summary>Whether it was launched to run for real.</summary>
    public bool Executes { get; init; }

    /// <summary>The running sandbox.</summary>
    public SandboxProcess? Sandbox { get; init; }

    /// <summary>The sandbox is down on purpose for a moment: a reboot, or the picture of an image being taken.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Background work to do before the state may go on: boot, stop, terminate, or nothing.</summary>
    public InstanceWork Work { get; init; }

    /// <summary>What the console showed when the sandbox was removed.</summary>
    public string? LastConsole { get; init; }

    /// <summary>The id of its first interface.</summary>
    [JsonIgnore]
    public string InterfaceId => PrimaryInterfaceId ?? "eni-" + Id[2..];

    /// <summary>What reaches it from outside; here that is this machine, and the address its own.</summary>
    [JsonIgnore]
    public string? PublicAddress => ElasticAddress ?? (HasNoPublicAddress || State is "stopped" || IsTerminated ? null : Address);

    public bool IsTerminated => State == "terminated";

    public bool IsLive => State is "pending" or "running" or "stopping" or "stopped";
}
