using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Planning;

/// <summary>
/// In which order groups are released together: each after those that its <c>after</c> names, then after those that provide what it
/// needs, also by way of groups that are not released; else as they were named.
/// </summary>
public static class ReleaseOrder
{
    /// <param name="all">The manifest's groups.</param>
    public static ImmutableArray<NodeGroup> Of(IReadOnlyCollection<NodeGroup> wanted, IReadOnlyCollection<NodeGroup> all)
    {
        var byName = all.ToDictionary(group => group.Name.ToString(), StringComparer.Ordinal);
        var (seen, ordered) = (new HashSet<GroupName>(), new List<NodeGroup>());
        foreach (var group in wanted)
        {
            Visit(group);
        }

        return [.. ordered.Where(group => wanted.Any(each => each.Name == group.Name))];

        void Visit(NodeGroup group)
        {
            if (!seen.Add(group.Name))
            {
                return;
            }

            foreach (var other in Before(group))
            {
                Visit(other);
            }

            foreach (var provider in all.Where(each => Serves(each, group) && !Reaches(each, group, [])))
            {
                Visit(provider);
            }

            ordered.Add(group);
        }

        IEnumerable<NodeGroup> Before(NodeGroup group) =>
            group.After.Select(name => byName.GetValueOrDefault(name)).OfType<NodeGroup>();

        // What is after a group by the manifest's word cannot be before it because of a service.
        bool Reaches(NodeGroup from, NodeGroup to, HashSet<GroupName> met) =>
            met.Add(from.Name) && Before(from).Any(each => each.Name == to.Name || Reaches(each, to, met));
    }

    /// <summary>Whether a group provides what another needs to run.</summary>
    public static bool Serves(NodeGroup provider, NodeGroup group) => provider.Region == group.Region
        && group.Needs.Any(need => !need.IsOptional && provider.Provides.Any(service => service.Name == need.Name));
}
