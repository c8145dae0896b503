using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Rules of security groups.</summary>
internal sealed class SecurityGroupRuleActions(ComputeModel compute)
{
    private static readonly Filters<(string GroupId, RuleRecord Rule)> s_filters = new Filters<(string GroupId, RuleRecord Rule)>()
        .Add("group-id", r => r.GroupId)
        .Add("security-group-rule-id", r => r.Rule.Id);

    public void Register(Router router)
    {
        router.Handle<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResponse>(ServiceNames.Compute, (call, request) =>
            new AuthorizeSecurityGroupIngressResponse
            {
                Return = true,
                SecurityGroupRules = Add(
                call,
                Group(call, request.GroupId, request.GroupName),
                request.IpPermissions,
                false,
                request.DryRun)
            });
        router.Handle<AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupEgressResponse>(ServiceNames.Compute, (call, request) =>
            new AuthorizeSecurityGroupEgressResponse
            {
                Return = true,
                SecurityGroupRules = Add(call, Group(call, request.GroupId, null), request.IpPermissions, true, request.DryRun),
            });
        router.Handle<RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResponse>(ServiceNames.Compute, (call, request) =>
        {
            Remove(
                call,
                Group(call, request.GroupId, request.GroupName),
                request.IpPermissions,
                request.SecurityGroupRuleIds,
                false,
                request.DryRun);
            return new RevokeSecurityGroupIngressResponse { Return = true };
        });
        router.Handle<RevokeSecurityGroupEgressRequest, RevokeSecurityGroupEgressResponse>(ServiceNames.Compute, (call, request) =>
        {
            Remove(call, Group(call, request.GroupId, null), request.IpPermissions, request.SecurityGroupRuleIds, true, request.DryRun);
            return new RevokeSecurityGroupEgressResponse { Return = true };
        });
        router.Handle<DescribeSecurityGroupRulesRequest, DescribeSecurityGroupRulesResponse>(ServiceNames.Compute, Describe);
    }

    private List<SecurityGroupRule> Add(Call call, SecurityGroupRecord group, List<IpPermission>? permissions, bool isEgress, bool? dryRun)
    {
        var rules = RuleView.Rules(
            permissions ?? throw CloudException.Missing("ipPermissions"),
            isEgress,
            pair => PeerOf(call, group, pair)).ToList();
        if (rules.Find(rule => group.Rules.Any(rule.IsSameAs)) is { } same)
        {
            throw new CloudException(
                "InvalidPermission.Duplicate",
                $"the specified rule \"peer: {same.CidrIpv4 ?? same.CidrIpv6 ?? same.PeerGroupId}, {same.Protocol}, "
                    + $"from port: {same.FromPort}, to port: {same.ToPort}, ALLOW\" already exists");
        }

        if (dryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.SecurityGroups.Put(group with { Rules = group.Rules.AddRange(rules) });
        return [.. rules.Select(rule => RuleView.One(group.Id, rule))];
    }

    private void Remove(
        Call call,
        SecurityGroupRecord group,
        List<IpPermission>? permissions,
        List<string>? ids,
        bool isEgress,
        bool? dryRun)
    {
        var doomed = RuleView.Rules(permissions ?? [], isEgress, pair => PeerOf(call, group, pair)).ToList();
        foreach (var id in ids ?? [])
        {
            if (!group.Rules.Any(r => r.Id == id))
            {
                throw new CloudException("InvalidSecurityGroupRuleId.NotFound", $"The security group rule ID '{id}' does not exist");
            }
        }

        if (doomed.Exists(rule => !group.Rules.Any(rule.IsSameAs)))
        {
            throw new CloudException("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
        }

        if (dryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.SecurityGroups.Put(group with
        {
            Rules = group.Rules.RemoveAll(r => ids?.Contains(r.Id) == true || doomed.Exists(r.IsSameAs)),
        });
    }

    private DescribeSecurityGroupRulesResponse Describe(Call call, DescribeSecurityGroupRulesRequest request)
    {
        compute.Networks.Ensure(call.Region);
        var filter = s_filters.Compile(request.Filters);
        var rules = compute.Tables.SecurityGroups.All.Where(g => g.Region == call.Region)
            .SelectMany(g => g.Rules.Select(rule => (GroupId: g.Id, Rule: rule)))
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

    private SecurityGroupRecord Group(Call call, string? id, string? name)
    {
        compute.Networks.Ensure(call.Region);
        return id is not null
            ? compute.Lookup.Find(call, compute.Tables.SecurityGroups, id)
            : compute.Tables.SecurityGroups.All.FirstOrDefault(g => g.Region == call.Region && g.Name == name)
                ?? throw new CloudException("InvalidGroup.NotFound", $"The security group '{name}' does not exist");
    }

    private string PeerOf(Call call, SecurityGroupRecord group, UserIdGroupPair pair) => pair.GroupId is { } id
        ? compute.Lookup.Find(call, compute.Tables.SecurityGroups, id).Id
        : compute.Tables.SecurityGroups.All.FirstOrDefault(g => g.VpcId == group.VpcId && g.Name == pair.GroupName)?.Id
            ?? throw new CloudException("InvalidGroup.NotFound", $"The security group '{pair.GroupName}' does not exist");
}
