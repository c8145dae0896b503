using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>That a snapshot is restored at full speed in an availability zone.</summary>
internal sealed record FastRestoreRecord(string SnapshotId, string Zone, string Region) : IResource
{
    public string Id => IdOf(SnapshotId, Zone);

    public DateTimeOffset EnabledFrom { get; init; }

    /// <summary>When it is made ready.</summary>
    public DateTimeOffset EnabledDue { get; init; }

    public DateTimeOffset? DisabledFrom { get; init; }

    public DateTimeOffset? DisabledDue { get; init; }

    public static string IdOf(string snapshotId, string zone) => $"{snapshotId}|{zone}";

    public string StateAt(DateTimeOffset now) => DisabledDue is { } end
        ? now < end ? "disabling" : "disabled"
        : now < EnabledFrom + ((EnabledDue - EnabledFrom) / 4) ? "enabling"
        : now < EnabledDue ? "optimizing"
        : "enabled";
}
