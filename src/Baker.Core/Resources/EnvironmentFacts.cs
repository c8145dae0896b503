using System.Collections.Immutable;

namespace Baker.Core.Resources;

/// <summary>What was found of an environment on the cloud.</summary>
public sealed record EnvironmentFacts
{
    /// <summary>What Baker has made in it, or found by the name that it would make it by.</summary>
    public ImmutableArray<Resource> Resources { get; init; } = [];

    /// <summary>What references to resources are on the cloud.</summary>
    public ImmutableDictionary<string, string> Known { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableArray<FoundFleet> Fleets { get; init; } = [];

    /// <summary>What Auto Scaling groups have left that others than Baker have deleted.</summary>
    public ImmutableArray<EnvironmentStep.Clear> Remains { get; init; } = [];

    /// <summary>Instances outside fleets that Baker has launched in it.</summary>
    public ImmutableArray<EnvironmentStep.Terminate> Instances { get; init; } = [];

    /// <summary>What is in the way of what the manifest asks for, a sentence each.</summary>
    public ImmutableArray<string> Obstacles { get; init; } = [];

    /// <summary>The instances that have security groups which the manifest has no more.</summary>
    public ImmutableArray<SecurityGroupUse> Uses { get; init; } = [];

    /// <summary>What a reference is on the cloud; null where there is nothing of the kind yet.</summary>
    public string? Find(string reference) => Known.TryGetValue(reference, out var id) ? id : null;
}
