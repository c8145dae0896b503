using System.Globalization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Security group rules: one a peer as they are kept, and folded into permissions as requests and answers have them.</summary>
internal static class RuleView
{
    public static List<IpPermission> Permissions(IEnumerable<RuleRecord> rules) =>
    [
        .. rules.GroupBy(r => (r.Protocol, r.FromPort, r.ToPort)).Select(same => new IpPermission
        {
            IpProtocol = same.Key.Protocol,
            FromPort = same.Key.FromPort,
            ToPort = same.Key.ToPort,
            Ipv4Ranges = [.. same
                .Where(r => r.CidrIpv4 is not null)
                .Select(r => new IpRange { CidrIp = r.CidrIpv4, Description = r.Description })],
            Ipv6Ranges = [.. same
                .Where(r => r.CidrIpv6 is not null)
                .Select(r => new Ipv6Range { CidrIpv6 = r.CidrIpv6, Description = r.Description })],
            PrefixListIds = [.. same
                .Where(r => r.PrefixListId is not null)
                .Select(r => new PrefixListId { Id = r.PrefixListId, Description = r.Description })],
            UserIdGroupPairs = [.. same
                .Where(r => r.PeerGroupId is not null)
                .Select(r => new UserIdGroupPair { GroupId = r.PeerGroupId, UserId = Identifiers.AccountId, Description = r.Description })],
        }),
    ];

    public static IEnumerable<RuleRecord> Rules(IEnumerable<IpPermission> permissions, bool isEgress, Func<UserIdGroupPair, string> groupId)
    {
        foreach (var permission in permissions)
        {
            var isAll = permission.IpProtocol is "-1" or "all";
            var rule = new RuleRecord
            {
                Id = "",
                IsEgress = isEgress,
                Protocol = isAll ? "-1" : NameOf(permission.IpProtocol ?? throw CloudException.Missing("IpProtocol")),
                FromPort = isAll ? null : permission.FromPort,
                ToPort = isAll ? null : permission.ToPort,
            };
            foreach (var range in permission.Ipv4Ranges ?? [])
            {
                yield return rule with { Id = Identifiers.New("sgr"), CidrIpv4 = Check(range.CidrIp), Description = range.Description };
            }

            foreach (var range in permission.Ipv6Ranges ?? [])
            {
                yield return rule with { Id = Identifiers.New("sgr"), CidrIpv6 = range.CidrIpv6, Description = range.Description };
            }

            foreach (var list in permission.PrefixListIds ?? [])
            {
                yield return rule with { Id = Identifiers.New("sgr"), PrefixListId = list.Id, Description = list.Description };
            }

            foreach (var pair in permission.UserIdGroupPairs ?? [])
            {
                yield return rule with { Id = Identifiers.New("sgr"), PeerGroupId = groupId(pair), Description = pair.Description };
            }
        }
    }

    public static SecurityGroupRule One(string groupId, RuleRecord rule) => new()
    {
        SecurityGroupRuleId = rule.Id,
        GroupId = groupId,
        GroupOwnerId = Identifiers.AccountId,
        IsEgress = rule.IsEgress,
        IpProtocol = rule.Protocol,
        FromPort = rule.FromPort ?? -1,
        ToPort = rule.ToPort ?? -1,
        CidrIpv4 = rule.CidrIpv4,
        CidrIpv6 = rule.CidrIpv6,
        PrefixListId = rule.PrefixListId,
        ReferencedGroupInfo = rule.PeerGroupId is null
            ? null
            : new ReferencedSecurityGroup { GroupId = rule.PeerGroupId, UserId = Identifiers.AccountId },
        Description = rule.Description,
        Tags = [],
    };

    public static string NameOf(string protocol) => protocol switch
    {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        _ => protocol.ToLowerInvariant(),
    };

    private static string Check(string? cidr)
    {
        if (cidr?.Split('/') is [var address, var bits] && address.Split('.').Length == 4 && System.Net.IPAddress.TryParse(address, out _)
            && int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= 32)
        {
            return cidr;
        }

        throw new CloudException("InvalidParameterValue", $"CIDR block {cidr} is malformed");
    }
}
