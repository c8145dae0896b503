using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Core.Resources;

/// <summary>A group's fleet as it was found: an Auto Scaling group, the journal of a change, or both.</summary>
public sealed record FoundFleet(GroupName Group, string Region)
{
    /// <summary>The Auto Scaling group; null where only a journal is left of it.</summary>
    public string? Name { get; init; }

    /// <summary>The image that it launches.</summary>
    public string Image { get; init; } = "";

    /// <summary>What that was made from; empty where that is not known.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The target groups that it is in (ARNs).</summary>
    public ImmutableArray<string> TargetGroups { get; init; } = [];

    /// <summary>Those of them that somebody has deleted.</summary>
    public ImmutableArray<string> LostTargetGroups { get; init; } = [];

    /// <summary>Its size; null where that is not known.</summary>
    public Capacity? Capacity { get; init; }

    /// <summary>Whether a drained deploy has lowered its minimum, and gives it back when it ends.</summary>
    public bool IsHeld { get; init; }

    public ImmutableDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What it was made with beside its image; null where that is not known.</summary>
    public LaunchDigest? Settings { get; init; }

    /// <summary>Who works on it, or has begun to, for people; empty where nobody has.</summary>
    public string UnderWay { get; init; } = "";

    /// <summary>What is under way for it; null where nothing is.</summary>
    public FleetAction? Pending { get; init; }

    /// <summary>Whether that is a delete that cannot be taken back any more.</summary>
    public bool IsEmptied { get; init; }
}
