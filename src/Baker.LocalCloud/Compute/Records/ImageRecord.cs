using System.Collections.Immutable;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A machine image.</summary>
internal sealed record ImageRecord : ITagged
{
    public const string UsualUser = "ubuntu";

    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public required string OwnerId { get; init; }

    /// <summary><c>amazon</c> and such; null for an account's own images.</summary>
    public string? OwnerAlias { get; init; }

    public string State { get; init; } = "pending";

    public DateTimeOffset StateDue { get; init; }

    public string? FailureReason { get; init; }

    public bool WillFail { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DeprecatedAt { get; init; }

    public bool IsPublic { get; init; }

    public bool IsDisabled { get; init; }

    public bool DeregistrationProtection { get; init; }

    public ImmutableArray<string> SharedWith { get; init; } = [];

    public string Architecture { get; init; } = "x86_64";

    public string RootDeviceName { get; init; } = "/dev/sda1";

    /// <summary>cloud-init's default user, who may log in with the key pair of the launch.</summary>
    public string DefaultUser { get; init; } = UsualUser;

    public ImmutableArray<MappedDevice> Devices { get; init; } = [];

    public string? SourceInstanceId { get; init; }

    public string? SourceImageId { get; init; }

    public string? SourceImageRegion { get; init; }

    public string? ImdsSupport { get; init; }

    public string? BootMode { get; init; }

    public bool EnaSupport { get; init; } = true;

    public string? ClientToken { get; init; }

    /// <summary>The instance's disk is still to be copied into the root snapshot.</summary>
    public bool NeedsCapture { get; init; }

    /// <summary>The capture stops the instance first, as CreateImage does unless told NoReboot.</summary>
    public bool Reboots { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public string? RootSnapshotId => Devices.FirstOrDefault(d => d.DeviceName == RootDeviceName)?.SnapshotId;
}
