using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Resources;

/// <summary>Something of others' that the manifest names.</summary>
/// <param name="Id">Its id, ARN or name.</param>
/// <param name="Place">Where the manifest names it: file, line and column; of what a group names, the group.</param>
public sealed record NamedResource(NamedKind Kind, string Id, string Region, string Place)
{
    public string Words => Kind switch
    {
        NamedKind.Vpc => $"the VPC {Id}",
        NamedKind.SecurityGroup or NamedKind.SecurityGroupName => $"the security group {Id}",
        NamedKind.PrefixList => $"the prefix list {Id}",
        NamedKind.Certificate => $"the certificate {Id}",
        _ => $"the TLS policy {Id}",
    };

    /// <summary>All that the resources of an environment name. Of certificates those of ACM: IAM's belong to no region.</summary>
    public static ImmutableArray<NamedResource> Of(MergedResources resources, IEnumerable<NodeGroup> groups)
    {
        var all = ImmutableArray.CreateBuilder<NamedResource>();
        foreach (var group in resources.SecurityGroups)
        {
            Add(NamedKind.Vpc, ResourceValues.Texts(group.Value.Find("vpc"u8)), group);
            var rules = ResourceValues.Objects(group.Value.Find("inbound"u8)).Select(rule => rule.Find("from"u8))
                .Concat(ResourceValues.Objects(group.Value.Find("outbound"u8)).Select(rule => rule.Find("to"u8)));
            var peers = rules.SelectMany(ResourceValues.Texts).ToList();
            Add(NamedKind.PrefixList, peers.Where(peer => Shapes.IsId(peer.Text, "pl-")), group);
            Add(NamedKind.SecurityGroup, peers.Where(peer => Shapes.IsId(peer.Text, "sg-")), group);
        }

        foreach (var balancer in resources.Balancers.Where(each => !each.IsTrue("existing"u8)))
        {
            Add(NamedKind.SecurityGroup, balancer.Texts("security_groups"u8).Where(each => Shapes.IsId(each.Text, "sg-")), balancer);
            var listeners = ResourceValues.Objects(balancer.Value.Find("listeners"u8)).ToList();
            Add(
                NamedKind.Certificate,
                listeners.SelectMany(listener => ResourceValues.Texts(listener.Find("certificates"u8)))
                    .Where(arn => Shapes.IsArn(arn.Text, "acm")),
                balancer);
            Add(NamedKind.TlsPolicy, listeners.SelectMany(listener => ResourceValues.Texts(listener.Find("policy"u8))), balancer);
        }

        var own = resources.SecurityGroups.Select(resources.NameOf).ToHashSet(StringComparer.Ordinal);
        foreach (var group in groups)
        {
            all.AddRange(group.SecurityGroups.Where(name => !own.Contains(name)).Select(name => new NamedResource(
                Shapes.IsId(name, "sg-") ? NamedKind.SecurityGroup : NamedKind.SecurityGroupName,
                name,
                group.Region,
                group.Name)));
        }

        return all.ToImmutable();

        void Add(NamedKind kind, IEnumerable<ManifestValue> values, ResourceEntry entry) => all.AddRange(values.Select(value =>
            new NamedResource(kind, value.Text, resources.Region(entry), $"{value.Source.Name}:{value.Position}")));
    }
}
