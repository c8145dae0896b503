using System.Collections.Immutable;
using Baker.LocalCloud.Compute.Records;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>The rules of all security groups as resources of their own, which have tags.</summary>
internal sealed class SecurityRules(ComputeTables tables)
{
    public IEnumerable<ITagged> All => tables.SecurityGroups.All.SelectMany(group => group.Rules.Select(rule => new Tagged(group, rule)));

    public ITagged? Find(string id) => All.FirstOrDefault(each => each.Id == id);

    public void SetTags(string id, ImmutableSortedDictionary<string, string> tags)
    {
        var (group, rule) = (Tagged)Find(id)!;
        tables.SecurityGroups.Put(group with { Rules = group.Rules.Replace(rule, rule with { Tags = tags.Count == 0 ? null : tags }) });
    }

    private sealed record Tagged(SecurityGroupRecord Group, RuleRecord Rule) : ITagged
    {
        public string Id => Rule.Id;

        public string Region => Group.Region;

        public DateTimeOffset CreatedAt => Group.CreatedAt;

        public ImmutableSortedDictionary<string, string> Tags => Rule.Tags ?? ImmutableSortedDictionary<string, string>.Empty;
    }
}
