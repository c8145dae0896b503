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

    /// <summary>What a node needs to come by its configuration; empty where it is given none.</summary>
    public ImmutableArray<PayloadFile> Node => NodeProgram.Files(Group);

    /// <summary>Whether anything has to run on the instance; without it no agent is needed.</summary>
    public bool Provisions => Scripts.Length > 0 || Group.RunList.Length > 0 || Node.Length > 0;
}
