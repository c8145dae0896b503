using System.Collections.Immutable;
using System.Globalization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
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

    /// <param name="groupId">The id of a group that a permission names.</param>
    /// <param name="listId">The id of a prefix list that a permission names.</param>
    public static IEnumerable<RuleRecord> Rules(
        IEnumerable<IpPermission> permissions,
        bool isEgress,
        Func<UserIdGroupPair, string> groupId,
        Func<string, string> listId)
    {
        foreach (var permission in permissions)
        {
            var (protocol, from, to) = CheckPorts(permission.IpProtocol, permission.FromPort, permission.ToPort);
            var rule = new RuleRecord { Id = "", IsEgress = isEgress, Protocol = protocol, FromPort = from, ToPort = to };
            if (permission is { Ipv4Ranges: not { Count: > 0 }, Ipv6Ranges: not { Count: > 0 } }
                and { PrefixListIds: not { Count: > 0 }, UserIdGroupPairs: not { Count: > 0 } })
            {
                throw CloudException.Missing("source or destination");
            }

            foreach (var range in permission.Ipv4Ranges ?? [])
            {
                yield return rule with { Id = Identifiers.New("sgr"), CidrIpv4 = CheckIpv4(range.CidrIp), Description = range.Description };
            }

            foreach (var range in permission.Ipv6Ranges ?? [])
            {
                yield return rule with
                {
                    Id = Identifiers.New("sgr"),
                    CidrIpv6 = CheckIpv6(range.CidrIpv6),
                    Description = range.Description,
                };
            }

            foreach (var list in permission.PrefixListIds ?? [])
            {
                yield return rule with { Id = Identifiers.New("sgr"), PrefixListId = listId(list.Id), Description = list.Description };
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
        Tags = TagText.ToModel(rule.Tags ?? ImmutableSortedDictionary<string, string>.Empty),
    };

    public static RevokedSecurityGroupRule Revoked(string groupId, RuleRecord rule) => new()
    {
        SecurityGroupRuleId = rule.Id,
        GroupId = groupId,
        IsEgress = rule.IsEgress,
        IpProtocol = rule.Protocol,
        FromPort = rule.FromPort ?? -1,
        ToPort = rule.ToPort ?? -1,
        CidrIpv4 = rule.CidrIpv4,
        CidrIpv6 = rule.CidrIpv6,
        PrefixListId = rule.PrefixListId,
        ReferencedGroupId = rule.PeerGroupId,
        Description = rule.Description,
    };

    /// <summary>A rule's protocol by its name, and its ports or types; null where the protocol has none.</summary>
    /// <exception cref="CloudException">There is no such protocol, or its ports are none.</exception>
    public static (string Protocol, int? From, int? To) CheckPorts(string? given, int? from, int? to)
    {
        var protocol = (given ?? throw CloudException.Missing("IpProtocol")).ToLowerInvariant() switch
        {
            "-1" or "all" => "-1",
            "6" or "tcp" => "tcp",
            "17" or "udp" => "udp",
            "1" or "icmp" => "icmp",
            "58" or "icmpv6" => "icmpv6",
            var number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code <= 255
                ? number
                : throw new CloudException("InvalidParameterValue", $"Invalid value '{given}' for IP protocol. Unknown protocol."),
        };
        switch (protocol)
        {
            case "tcp" or "udp" when from is null || to is null:
                throw new CloudException(
                    "InvalidParameterValue",
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
            case "tcp" or "udp" when from is < 0 or > 65535 || to is < 0 or > 65535:
                throw new CloudException("InvalidParameterValue", $"TCP/UDP port ({(from is < 0 or > 65535 ? from : to)}) out of range");
            case "tcp" or "udp" when from > to:
                throw new CloudException("InvalidParameterValue", "Invalid TCP/UDP port range");
            case "icmp" or "icmpv6" when from is < -1 or > 255 || to is < -1 or > 255:
                throw new CloudException("InvalidParameterValue", $"ICMP type or code ({from}, {to}) out of range");
            default:
                return protocol is "tcp" or "udp" or "icmp" or "icmpv6" ? (protocol, from, to) : (protocol, null, null);
        }
    }

    public static string CheckIpv4(string? cidr) => Cidr.Read(cidr)?.ToString() ?? throw Malformed(cidr);

    public static string CheckIpv6(string? cidr) => Cidr.IsIpv6(cidr) ? cidr! : throw Malformed(cidr);

    private static CloudException Malformed(string? cidr) => new("InvalidParameterValue", $"CIDR block {cidr} is malformed");
}
