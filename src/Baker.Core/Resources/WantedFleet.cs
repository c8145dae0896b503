using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Core.Resources;

/// <summary>A group's fleet as the manifest asks for it.</summary>
public sealed record WantedFleet(GroupName Group, string Region)
{
    /// <summary>The groups whose fleets run before.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>The target groups that it is in, by their references.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>The size that it is run with; null where none is asked for.</summary>
    public Capacity? Capacity { get; init; }

    /// <summary>The minimums and maximums that its schedules give it at their times.</summary>
    public ImmutableArray<(int? Min, int? Max)> Scheduled { get; init; } = [];

    /// <summary>The tags that it has from the manifest and from Baker, but for those that tell one run from another.</summary>
    public ImmutableDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The image that it should have; null where that has yet to be baked, or was not asked.</summary>
    public string? Image { get; init; }

    /// <summary>What that image was made from, where one that was made from the same is as good; else empty.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>What it should be made with beside its image; null where that is not compared.</summary>
    public LaunchDigest? Settings { get; init; }

    /// <summary>Whether that has yet to be baked.</summary>
    public bool NeedsBake { get; init; }
}
