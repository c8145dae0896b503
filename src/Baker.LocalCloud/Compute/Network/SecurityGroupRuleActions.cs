using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Rules of security groups.</summary>
internal sealed class SecurityGroupRuleActions(ComputeModel compute)
{
    private const int MostRules = 60;

    private static readonly Filters<(string GroupId, RuleRecord Rule)> s_filters = new Filters<(string GroupId, RuleRecord Rule)>()
        .Add("group-id", r => r.GroupId)
        .Add("security-group-rule-id", r => r.Rule.Id)
        .AddTags(r => r.Rule.Tags ?? ImmutableSortedDictionary<string, string>.Empty);

    public void Register(Router router)
    {
        router.Handle<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResponse>(ServiceNames.Compute, (call, request) =>
        {
            var group = SecurityGroupActions.Find(compute, call, request.GroupId, request.GroupName);
            return new AuthorizeSecurityGroupIngressResponse
            {
                Return = true,
                SecurityGroupRules = Add(call, group, request.IpPermissions, false, request.TagSpecifications, request.DryRun),
            };
        });
        router.Handle<AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupEgressResponse>(ServiceNames.Compute, (call, request) =>
        {
            var group = SecurityGroupActions.Find(compute, call, request.GroupId, null);
            return new AuthorizeSecurityGroupEgressResponse
            {
                Return = true,
                SecurityGroupRules = Add(call, group, request.IpPermissions, true, request.TagSpecifications, request.DryRun),
            };
        });
        router.Handle<RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResponse>(ServiceNames.Compute, (call, request) =>
        {
            var group = SecurityGroupActions.Find(compute, call, request.GroupId, request.GroupName);
            return new RevokeSecurityGroupIngressResponse
            {
                Return = true,
                RevokedSecurityGroupRules = Remove(call, group, request.IpPermissions, request.SecurityGroupRuleIds, false, request.DryRun),
            };
        });
        router.Handle<RevokeSecurityGroupEgressRequest, RevokeSecurityGroupEgressResponse>(ServiceNames.Compute, (call, request) =>
        {
            var group = SecurityGroupActions.Find(compute, call, request.GroupId, null);
            return new RevokeSecurityGroupEgressResponse
            {
                Return = true,
                RevokedSecurityGroupRules = Remove(call, group, request.IpPermissions, request.SecurityGroupRuleIds, true, request.DryRun),
            };
        });
        router.Handle<UpdateSecurityGroupRuleDescriptionsIngressRequest, UpdateSecurityGroupRuleDescriptionsIngressResponse>(
            ServiceNames.Compute,
            (call, request) =>
            {
                var group = SecurityGroupActions.Find(compute, call, request.GroupId, request.GroupName);
                Describe(call, group, request.IpPermissions, request.SecurityGroupRuleDescriptions, false, request.DryRun);
                return new UpdateSecurityGroupRuleDescriptionsIngressResponse { Return = true };
            });
        router.Handle<UpdateSecurityGroupRuleDescriptionsEgressRequest, UpdateSecurityGroupRuleDescriptionsEgressResponse>(
            ServiceNames.Compute,
            (call, request) =>
            {
                var group = SecurityGroupActions.Find(compute, call, request.GroupId, request.GroupName);
                Describe(call, group, request.IpPermissions, request.SecurityGroupRuleDescriptions, true, request.DryRun);
                return new UpdateSecurityGroupRuleDescriptionsEgressResponse { Return = true };
            });
        router.Handle<ModifySecurityGroupRulesRequest, ModifySecurityGroupRulesResponse>(ServiceNames.Compute, Modify);
        router.Handle<DescribeSecurityGroupRulesRequest, DescribeSecurityGroupRulesResponse>(ServiceNames.Compute, Describe);
    }

    private List<SecurityGroupRule> Add(
        Call call,
        SecurityGroupRecord group,
        List<IpPermission>? permissions,
        bool isEgress,
        List<TagSpecification>? specifications,
        bool? dryRun)
    {
        TagText.RefuseOthers(specifications, "security-group-rule");
        var tags = TagText.For("security-group-rule", specifications);
        var rules = Read(call, group, permissions ?? throw CloudException.Missing("ipPermissions"), isEgress)
            .ConvertAll(rule => rule with { Tags = tags.Count == 0 ? null : tags });
        for (var at = 0; at < rules.Count; at++)
        {
            if (rules.FindIndex(rules[at].IsSameAs) < at)
            {
                throw new CloudException("InvalidParameterValue", "The same permission must not appear multiple times");
            }
        }

        if (rules.Find(rule => group.Rules.Any(rule.IsSameAs)) is { } same)
        {
            throw Duplicate(same);
        }

        var changed = group with { Rules = group.Rules.AddRange(rules) };
        CheckLimit(changed);
        CloudException.StopDryRun(dryRun);
        compute.Tables.SecurityGroups.Put(changed);
        return [.. rules.Select(rule => RuleView.One(group.Id, rule))];
    }

    private List<RevokedSecurityGroupRule> Remove(
        Call call,
        SecurityGroupRecord group,
        List<IpPermission>? permissions,
        List<string>? ids,
        bool isEgress,
        bool? dryRun)
    {
        var named = Read(call, group, permissions ?? [], isEgress);
        if (ids?.Find(id => !group.Rules.Any(r => r.Id == id && r.IsEgress == isEgress)) is { } unknown)
        {
            throw new CloudException("InvalidSecurityGroupRuleId.NotFound", $"The security group rule ID '{unknown}' does not exist");
        }

        if (named.Exists(rule => !group.Rules.Any(rule.IsSameAs)))
        {
            throw new CloudException("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
        }

        CloudException.StopDryRun(dryRun);
        var doomed = group.Rules.Where(r => ids?.Contains(r.Id) == true || named.Exists(r.IsSameAs)).ToList();
        compute.Tables.SecurityGroups.Put(group with { Rules = group.Rules.RemoveAll(doomed.Contains) });
        return doomed.ConvertAll(rule => RuleView.Revoked(group.Id, rule));
    }

    private void Describe(
        Call call,
        SecurityGroupRecord group,
        List<IpPermission>? permissions,
        List<SecurityGroupRuleDescription>? descriptions,
        bool isEgress,
        bool? dryRun)
    {
        var rules = group.Rules.ToBuilder();
        foreach (var named in Read(call, group, permissions ?? [], isEgress))
        {
            var at = group.Rules.ToList().FindIndex(named.IsSameAs);
            rules[at >= 0 ? at : throw new CloudException(
                "InvalidPermission.NotFound",
                "The specified rule does not exist in this security group.")] = group.Rules[at] with { Description = named.Description };
        }

        foreach (var description in descriptions ?? [])
        {
            var at = IndexOf(group, description.SecurityGroupRuleId);
            rules[at] = rules[at] with { Description = description.Description };
        }

        CloudException.StopDryRun(dryRun);
        compute.Tables.SecurityGroups.Put(group with { Rules = rules.ToImmutable() });
    }

    private ModifySecurityGroupRulesResponse Modify(Call call, ModifySecurityGroupRulesRequest request)
    {
        var group = SecurityGroupActions.Find(compute, call, request.GroupId, null);
        foreach (var update in request.SecurityGroupRules)
        {
            var at = IndexOf(group, update.SecurityGroupRuleId);
            var asked = update.SecurityGroupRule ?? throw CloudException.Missing("SecurityGroupRule");
            string?[] peers = [asked.CidrIpv4, asked.CidrIpv6, asked.PrefixListId, asked.ReferencedGroupId];
            if (peers.Count(each => !string.IsNullOrEmpty(each)) != 1)
            {
                throw new CloudException(
                    "InvalidParameterCombination",
                    "A rule has exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId.");
            }

            var (protocol, from, to) = RuleView.CheckPorts(asked.IpProtocol, asked.FromPort, asked.ToPort);
            var changed = group.Rules[at] with
            {
                Protocol = protocol,
                FromPort = from,
                ToPort = to,
                CidrIpv4 = asked.CidrIpv4 is { Length: > 0 } ipv4 ? RuleView.CheckIpv4(ipv4) : null,
                CidrIpv6 = asked.CidrIpv6 is { Length: > 0 } ipv6 ? RuleView.CheckIpv6(ipv6) : null,
                PrefixListId = asked.PrefixListId is { Length: > 0 } list ? PrefixListActions.Check(compute, call, list) : null,
                PeerGroupId = asked.ReferencedGroupId is { Length: > 0 } peer
                    ? PeerOf(call, group, new UserIdGroupPair { GroupId = peer })
                    : null,
                Description = asked.Description,
            };
            if (group.Rules.Where((_, index) => index != at).FirstOrDefault(changed.IsSameAs) is { } same)
            {
                throw Duplicate(same);
            }

            group = group with { Rules = group.Rules.SetItem(at, changed) };
        }

        CheckLimit(group);
        CloudException.StopDryRun(request.DryRun);
        compute.Tables.SecurityGroups.Put(group);
        return new ModifySecurityGroupRulesResponse { Return = true };
    }

    private DescribeSecurityGroupRulesResponse Describe(Call call, DescribeSecurityGroupRulesRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var all = compute.Tables.SecurityGroups.All.Where(g => compute.Lookup.IsVisible(call, g))
            .SelectMany(g => g.Rules.Select(rule => (GroupId: g.Id, Rule: rule)))
            .ToList();
        if (request.SecurityGroupRuleIds?.Find(id => !all.Exists(r => r.Rule.Id == id)) is { } unknown)
        {
            throw new CloudException("InvalidSecurityGroupRuleId.NotFound", $"The security group rule ID '{unknown}' does not exist");
        }

        var rules = all
            .Where(r => request.SecurityGroupRuleIds is not { Count: > 0 } ids || ids.Contains(r.Rule.Id))
            .Where(filter)
            .OrderBy(r => r.Rule.Id, StringComparer.Ordinal)
            .ToList();
        var (items, next) = Paging.Page(
            after => rules.Where(r => after is null || string.CompareOrdinal(r.Rule.Id, after) > 0),
            r => r.Rule.Id,
            request.MaxResults,
            request.NextToken);
        return new DescribeSecurityGroupRulesResponse
        {
            NextToken = next,
            SecurityGroupRules = [.. items.Select(r => RuleView.One(r.GroupId, r.Rule))],
        };
    }

    private List<RuleRecord> Read(Call call, SecurityGroupRecord group, List<IpPermission> permissions, bool isEgress) =>
    [
        .. RuleView.Rules(permissions, isEgress, pair => PeerOf(call, group, pair), id => PrefixListActions.Check(compute, call, id)),
    ];

    private static int IndexOf(SecurityGroupRecord group, string id) =>
        group.Rules.ToList().FindIndex(rule => rule.Id == id) is >= 0 and var at
            ? at
            : throw new CloudException("InvalidSecurityGroupRuleId.NotFound", $"The security group rule ID '{id}' does not exist");

    /// <summary>Each direction has so many rules for IPv4, and as many for IPv6; a prefix list counts for as many as it may hold.</summary>
    private void CheckLimit(SecurityGroupRecord group)
    {
        int Count(Func<RuleRecord, bool> counts) =>
            group.Rules.Where(counts).Sum(rule => rule.PrefixListId is { } list ? PrefixListActions.WeightOf(compute, list) : 1);
        foreach (var isEgress in new[] { false, true })
        {
            if (Count(rule => rule.IsEgress == isEgress && rule.CidrIpv6 is null) > MostRules
                || Count(rule => rule.IsEgress == isEgress && rule.CidrIpv4 is null) > MostRules)
            {
                throw new CloudException(
                    "RulesPerSecurityGroupLimitExceeded",
                    "The maximum number of rules per security group has been reached.");
            }
        }
    }

    private string PeerOf(Call call, SecurityGroupRecord group, UserIdGroupPair pair)
    {
        var peer = pair.GroupId is { Length: > 0 } id
            ? SecurityGroupActions.Find(compute, call, id, null)
            : compute.Tables.SecurityGroups.All.FirstOrDefault(g => g.VpcId == group.VpcId && g.Name == pair.GroupName)
                ?? throw new CloudException("InvalidGroup.NotFound", $"The security group '{pair.GroupName}' does not exist");
        return peer.VpcId == group.VpcId ? peer.Id : throw new CloudException(
            "InvalidGroup.NotFound",
            "You have specified two resources that belong to different networks.");
    }

    private static CloudException Duplicate(RuleRecord rule) => new(
        "InvalidPermission.Duplicate",
        $"the specified rule \"peer: {rule.Peer}, {rule.Protocol}, from port: {rule.FromPort}, to port: {rule.ToPort}, ALLOW\" "
            + "already exists");
}
