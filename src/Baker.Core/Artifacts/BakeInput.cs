using System.Collections.Immutable;
using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>
/// Everything of the repository that goes into a group's image. Paths are relative to the payload's folder, with <c>/</c>.
/// </summary>
/// <param name="Scripts">The provisioning scripts, in the order they run in.</param>
/// <param name="Roles">The Chef roles that the run list leads to, the group's own first.</param>
public sealed record BakeInput(NodeGroup Group, ImmutableArray<PayloadFile> Scripts, ImmutableArray<PayloadFile> Roles)
{
    /// <summary>Where HashiCorp Packer bakes: the hash of the template that it follows.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>What an instance of the finished image must pass, in this order.</summary>
    public ImmutableArray<PayloadFile> Checks { get; init; } = [];

    /// <summary>Whether anything has to run on the instance; without it no agent is needed.</summary>
    public bool Provisions => Scripts.Length > 0 || Group.RunList.Length > 0;

    /// <summary>What runs on an instance of the finished image: its tests.</summary>
    public BakeInput Trial() => new(Group with { RunList = [] }, Checks, []);
}
