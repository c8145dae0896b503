using System.Collections.Immutable;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Artifacts;

/// <summary>
/// Everything of the repository that goes into a group's image. Paths are relative to the payload's folder, with <c>/</c>.
/// </summary>
/// <param name="Scripts">The provisioning scripts, in the order they run in.</param>
/// <param name="Roles">The Chef roles that the run list leads to, the group's own first, and its Chef environment.</param>
public sealed record BakeInput(NodeGroup Group, ImmutableArray<PayloadFile> Scripts, ImmutableArray<PayloadFile> Roles)
{
    /// <summary>The cookbooks that the run list needs, under <c>cookbooks/</c>.</summary>
    public ImmutableArray<PayloadFile> Cookbooks { get; init; } = [];

    /// <summary>The data bags that it reads, under <c>data_bags/</c>.</summary>
    public ImmutableArray<PayloadFile> DataBags { get; init; } = [];

    /// <summary>
    /// The secret of encrypted data bags, empty where there is none. It is in no payload and no fingerprint: it goes to the
    /// instance's memory while Chef runs.
    /// </summary>
    public ReadOnlyMemory<byte> DataBagSecret { get; init; }

    /// <summary>The source trees, which are there before the scripts run.</summary>
    public ImmutableArray<CodeTree> Code { get; init; } = [];

    /// <summary>All files, in the order in which they are hashed and packed.</summary>
    public IEnumerable<PayloadFile> Files => Scripts.Concat(Roles).Concat(Cookbooks).Concat(DataBags).Concat(Node);

    /// <summary>Where HashiCorp Packer bakes: the hash of the template that it follows.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>
    /// The endpoints of the datastores that its nodes use, as Chef's attributes; null where it is for an image, which has none: they
    /// may change, and an image does not.
    /// </summary>
    public JObject? Datastores { get; init; }

    /// <summary>Whether the node, once it has converged, tells others of the services that it provides.</summary>
    public bool Announces { get; init; }

    /// <summary>What a node needs to come by its configuration; empty where it is given none.</summary>
    public ImmutableArray<PayloadFile> Node => NodeProgram.Files(Group);

    /// <summary>What an instance of the finished image must pass, in this order.</summary>
    public ImmutableArray<PayloadFile> Checks { get; init; } = [];

    /// <summary>Whether anything has to run on the instance; without it no agent is needed.</summary>
    public bool Provisions => Scripts.Length > 0 || Code.Length > 0 || Group.Provisions;

    /// <summary>Whether the scripts begin when the instance has fetched its configuration, as it does while it boots.</summary>
    public bool AwaitsConfiguration { get; private init; }

    /// <summary>What runs on an instance of the finished image: its tests.</summary>
    public BakeInput Trial() => new(Group with { RunList = [], Config = null }, Checks, [])
    {
        AwaitsConfiguration = Group.Config is not null,
    };
}
