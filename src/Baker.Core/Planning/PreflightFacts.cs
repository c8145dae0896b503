using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>What is looked up before the first change.</summary>
public sealed record PreflightFacts
{
    /// <summary>The group that serves now; null for a first run.</summary>
    public FleetView? Old { get; init; }

    /// <summary>The status of an instance refresh that is under way.</summary>
    public string? Refresh { get; init; }

    /// <summary>Target groups that no load balancer uses: nothing in them ever becomes healthy.</summary>
    public ImmutableArray<string> UnusedTargetGroups { get; init; } = [];

    /// <summary>Names in the manifest that no target group has.</summary>
    public ImmutableArray<string> MissingTargetGroups { get; init; } = [];

    public bool HasLattice { get; init; }

    public required string Image { get; init; }

    /// <summary>The image's state in the group's region; null where it is not there.</summary>
    public string? ImageState { get; init; }

    public string? ImageArchitecture { get; init; }

    /// <summary>Those of the images that the group has for other architectures.</summary>
    public ImmutableArray<string> OtherArchitectures { get; init; } = [];

    /// <summary>The architectures of each instance type that the group may launch.</summary>
    public ImmutableArray<(string Type, ImmutableArray<string> Architectures)> Types { get; init; } = [];

    /// <summary>What EC2 said to a dry run of the launch; null when it would have done it.</summary>
    public string? LaunchRefusal { get; init; }

    public required string Region { get; init; }
}
