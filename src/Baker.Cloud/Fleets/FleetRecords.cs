using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>What SSM has of changes of groups, by the groups' names.</summary>
public sealed class FleetRecords
{
    /// <summary>The changes that are under way.</summary>
    public Dictionary<string, FleetJournal> Journals { get; } = new(StringComparer.Ordinal);

    /// <summary>Who works on them.</summary>
    public Dictionary<string, LockRecord> Locks { get; } = new(StringComparer.Ordinal);

    /// <summary>How long ago they were last heard of, by the cloud's clock.</summary>
    public Dictionary<string, TimeSpan?> Silent { get; } = new(StringComparer.Ordinal);

    /// <summary>The maintenance notices; that of a release is its first group's.</summary>
    public Dictionary<string, NoticeRecord> Notices { get; } = new(StringComparer.Ordinal);
}
