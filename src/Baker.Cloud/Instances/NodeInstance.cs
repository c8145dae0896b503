using System.Collections.Immutable;

namespace Baker.Cloud.Instances;

/// <summary>A running machine of a node group.</summary>
public sealed record NodeInstance
{
    public required string Id { get; init; }

    public required string Group { get; init; }

    /// <summary>The environment that it is in; null where that is none.</summary>
    public string? Environment { get; init; }

    public string Name { get; init; } = "";

    public string State { get; init; } = "";

    public DateTimeOffset Launched { get; init; }

    public string Type { get; init; } = "";

    public string Zone { get; init; } = "";

    public string Region { get; init; } = "";

    public string Image { get; init; } = "";

    public string? PrivateAddress { get; init; }

    public string? PublicAddress { get; init; }

    public string? Key { get; init; }

    /// <summary>Its Auto Scaling group; null for one that stands alone.</summary>
    public string? Fleet { get; init; }

    /// <summary>The names of the target groups that it was launched to join; of one that stands alone.</summary>
    public ImmutableArray<string> Joined { get; init; } = [];

    /// <summary>It is no node: a failed bake of the group left it for a look.</summary>
    public bool IsKeptBake { get; init; }

    /// <summary>Since when, by whom and why it is in quarantine: out of service, and left for a look; null where it is not.</summary>
    public string? Quarantine { get; init; }

    /// <summary>The run that took it out of service and has not brought it back.</summary>
    public string? DrainedBy { get; init; }

    /// <summary>Where that run found it registered (<see cref="Fleets.FleetTags.Targets"/>).</summary>
    public string? Registrations { get; init; }

    /// <summary>Whether a person who gives its id or its name means it.</summary>
    public bool IsCalled(string idOrName) => Id == idOrName || Name == idOrName;
}
