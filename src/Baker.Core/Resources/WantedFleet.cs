using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core.Resources;

/// <summary>A group's fleet as the manifest asks for it.</summary>
public sealed record WantedFleet(GroupName Group, string Region)
{
    /// <summary>The groups whose fleets run before.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>The target groups that it is in, by their references.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>The image that it should have; null where that has yet to be baked, or was not asked.</summary>
    public string? Image { get; init; }

    /// <summary>What that image was made from, where one that was made from the same is as good; else empty.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>Whether that has yet to be baked.</summary>
    public bool NeedsBake { get; init; }
}
