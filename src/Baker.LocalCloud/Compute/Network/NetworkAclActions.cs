using System.Globalization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Network ACLs. Subnets say which they have; nothing is filtered.</summary>
internal sealed class NetworkAclActions(ComputeModel compute)
{
    private const int LastNumber = 32767;
    private const int MostEntries = 20;

    // By the number that requests and answers have.
    private static readonly Dictionary<string, string> s_protocols = new(StringComparer.OrdinalIgnoreCase)
    {
        ["all"] = "-1",
        ["tcp"] = "6",
        ["udp"] = "17",
        ["icmp"] = "1",
        ["icmpv6"] = "58",
    };

    private readonly Filters<NetworkAclRecord> _filters = new Filters<NetworkAclRecord>()
        .Add("network-acl-id", a => a.Id)
        .Add("vpc-id", a => a.VpcId)
        .Add("owner-id", _ => Identifiers.AccountId)
        .AddFlag("default", a => a.IsDefault)
        .AddMany("association.association-id", a => SubnetsOf(compute, a).Select(AssociationOf))
        .AddMany("association.network-acl-id", a => SubnetsOf(compute, a).Select(_ => a.Id))
        .AddMany("association.subnet-id", a => SubnetsOf(compute, a).Select(each => each.Id))
        .AddMany("entry.cidr", a => Entries(a).Select(each => each.CidrIpv4))
        .AddMany("entry.protocol", a => Entries(a).Select(each => each.Protocol))
        .AddMany("entry.rule-action", a => Entries(a).Select(each => each.Action))
        .AddMany("entry.rule-number", a => Entries(a).Select(each => each.Number.ToString(CultureInfo.InvariantCulture)))
        .AddMany("entry.egress", a => Entries(a).Select(each => each.IsEgress ? "true" : "false"))
        .AddTags(a => a.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateNetworkAclRequest, CreateNetworkAclResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteNetworkAclRequest, DeleteNetworkAclResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeNetworkAclsRequest, DescribeNetworkAclsResponse>(ServiceNames.Compute, Describe);
        router.Handle<ReplaceNetworkAclAssociationRequest, ReplaceNetworkAclAssociationResponse>(ServiceNames.Compute, Associate);
        router.Handle<CreateNetworkAclEntryRequest, CreateNetworkAclEntryResponse>(ServiceNames.Compute, (call, request) =>
        {
            var entry = Entry(
                request.Egress,
                request.RuleNumber,
                request.Protocol,
                request.RuleAction?.Value,
                request.CidrBlock,
                request.Ipv6CidrBlock,
                request.PortRange,
                request.IcmpTypeCode);
            Put(call, request.NetworkAclId, entry, isNew: true, request.DryRun);
            return new CreateNetworkAclEntryResponse();
        });
        router.Handle<ReplaceNetworkAclEntryRequest, ReplaceNetworkAclEntryResponse>(ServiceNames.Compute, (call, request) =>
        {
            var entry = Entry(
                request.Egress,
                request.RuleNumber,
                request.Protocol,
                request.RuleAction?.Value,
                request.CidrBlock,
                request.Ipv6CidrBlock,
                request.PortRange,
                request.IcmpTypeCode);
            Put(call, request.NetworkAclId, entry, isNew: false, request.DryRun);
            return new ReplaceNetworkAclEntryResponse();
        });
        router.Handle<DeleteNetworkAclEntryRequest, DeleteNetworkAclEntryResponse>(ServiceNames.Compute, (call, request) =>
        {
            var acl = compute.Lookup.Find(call, compute.Tables.NetworkAcls, request.NetworkAclId);
            var doomed = acl.Entries.FirstOrDefault(each => each.IsEgress == request.Egress && each.Number == request.RuleNumber)
                ?? throw NoEntry(acl, request.Egress, request.RuleNumber);
            CloudException.StopDryRun(request.DryRun);
            compute.Tables.NetworkAcls.Put(acl with { Entries = acl.Entries.Remove(doomed) });
            return new DeleteNetworkAclEntryResponse();
        });
    }

    private CreateNetworkAclResponse Create(Call call, CreateNetworkAclRequest request)
    {
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        TagText.RefuseOthers(request.TagSpecifications, "network-acl");
        CloudException.StopDryRun(request.DryRun);
        var acl = new NetworkAclRecord
        {
            Id = Identifiers.New("acl"),
            Region = call.Region,
            VpcId = vpc.Id,
            CreatedAt = call.Now,
            Tags = TagText.For("network-acl", request.TagSpecifications),
        };
        compute.Tables.NetworkAcls.Put(acl);
        return new CreateNetworkAclResponse { ClientToken = request.ClientToken, NetworkAcl = View(acl) };
    }

    private DeleteNetworkAclResponse Delete(Call call, DeleteNetworkAclRequest request)
    {
        var acl = compute.Lookup.Find(call, compute.Tables.NetworkAcls, request.NetworkAclId);
        if (acl.IsDefault)
        {
            throw new CloudException("InvalidParameterValue", $"cannot delete default network ACL {acl.Id}");
        }

        if (SubnetsOf(compute, acl).Any())
        {
            throw new CloudException("DependencyViolation", $"The networkAcl '{acl.Id}' has dependencies and cannot be deleted.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.NetworkAcls.Remove(acl.Id);
        return new DeleteNetworkAclResponse();
    }

    private DescribeNetworkAclsResponse Describe(Call call, DescribeNetworkAclsRequest request)
    {
        var filter = _filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.NetworkAcls,
            request.NetworkAclIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeNetworkAclsResponse { NextToken = next, NetworkAcls = [.. items.Select(View)] };
    }

    private ReplaceNetworkAclAssociationResponse Associate(Call call, ReplaceNetworkAclAssociationRequest request)
    {
        var subnet = compute.Tables.Subnets.All
            .FirstOrDefault(each => each.Region == call.Region && AssociationOf(each) == request.AssociationId)
            ?? throw NotFound.Of(request.AssociationId);
        var acl = compute.Lookup.Find(call, compute.Tables.NetworkAcls, request.NetworkAclId);
        if (acl.VpcId != subnet.VpcId)
        {
            throw new CloudException("InvalidParameterValue", $"Network ACL {acl.Id} and subnet {subnet.Id} belong to different networks");
        }

        CloudException.StopDryRun(request.DryRun);
        var associated = subnet with { AclId = acl.IsDefault ? null : acl.Id, AclAssociationId = Identifiers.New("aclassoc") };
        compute.Tables.Subnets.Put(associated);
        return new ReplaceNetworkAclAssociationResponse { NewAssociationId = associated.AclAssociationId };
    }

    private void Put(Call call, string aclId, AclEntryRecord entry, bool isNew, bool? dryRun)
    {
        var acl = compute.Lookup.Find(call, compute.Tables.NetworkAcls, aclId);
        var before = acl.Entries.FirstOrDefault(each => (each.IsEgress, each.Number) == (entry.IsEgress, entry.Number));
        if (isNew && before is not null)
        {
            throw new CloudException(
                "NetworkAclEntryAlreadyExists",
                $"The network acl entry identified by {entry.Number} already exists.");
        }

        if (!isNew && before is null)
        {
            throw NoEntry(acl, entry.IsEgress, entry.Number);
        }

        if (isNew && acl.Entries.Count(each => each.IsEgress == entry.IsEgress) >= MostEntries)
        {
            throw new CloudException(
                "NetworkAclEntryLimitExceeded",
                $"The maximum number of network ACL entries ({MostEntries}) has been reached.");
        }

        CloudException.StopDryRun(dryRun);
        var others = before is null ? acl.Entries : acl.Entries.Remove(before);
        compute.Tables.NetworkAcls.Put(acl with
        {
            Entries = [.. others.Append(entry).OrderBy(each => each.IsEgress).ThenBy(each => each.Number)],
        });
    }

    private static AclEntryRecord Entry(
        bool? egress,
        int? number,
        string? protocol,
        string? action,
        string? cidr,
        string? ipv6,
        PortRange? ports,
        IcmpTypeCode? icmp)
    {
        if (number is not (>= 1 and < LastNumber))
        {
            throw new CloudException("InvalidParameterValue", $"The rule number {number} is not from 1 to 32766.");
        }

        if (cidr is { Length: > 0 } == ipv6 is { Length: > 0 })
        {
            throw CloudException.Missing("cidrBlock");
        }

        if (cidr is { Length: > 0 } && Cidr.Read(cidr) is null || ipv6 is { Length: > 0 } && !Cidr.IsIpv6(ipv6))
        {
            throw new CloudException("InvalidParameterValue", $"CIDR block {cidr ?? ipv6} is malformed");
        }

        var known = s_protocols.GetValueOrDefault(protocol ?? "", protocol ?? "");
        if (!int.TryParse(known, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code) || code is < -1 or > 255)
        {
            throw new CloudException("InvalidParameterValue", $"Invalid value '{protocol}' for IP protocol. Unknown protocol.");
        }

        if (known is "6" or "17" && ports is null)
        {
            throw CloudException.Missing("portRange");
        }

        return new AclEntryRecord(egress == true, number.Value)
        {
            Protocol = known,
            Action = action ?? throw CloudException.Missing("ruleAction"),
            CidrIpv4 = string.IsNullOrEmpty(cidr) ? null : Cidr.Read(cidr)!.Value.ToString(),
            CidrIpv6 = string.IsNullOrEmpty(ipv6) ? null : ipv6,
            FromPort = known == "-1" ? null : ports?.From,
            ToPort = known == "-1" ? null : ports?.To,
            IcmpType = icmp?.Type,
            IcmpCode = icmp?.Code,
        };
    }

    private static IEnumerable<AclEntryRecord> Entries(NetworkAclRecord acl) =>
    [
        .. acl.Entries,
        .. new[] { false, true }.Select(isEgress =>
            new AclEntryRecord(isEgress, LastNumber) { Protocol = "-1", Action = "deny", CidrIpv4 = "0.0.0.0/0" }),
    ];

    private static IEnumerable<SubnetRecord> SubnetsOf(ComputeModel compute, NetworkAclRecord acl) => compute.Tables.Subnets.All
        .Where(each => each.VpcId == acl.VpcId && (each.AclId ?? (acl.IsDefault ? acl.Id : null)) == acl.Id);

    private static string AssociationOf(SubnetRecord subnet) => subnet.AclAssociationId ?? Identifiers.For("aclassoc", subnet.Id);

    private static CloudException NoEntry(NetworkAclRecord acl, bool? isEgress, int? number) => new(
        "InvalidNetworkAclEntry.NotFound",
        $"The specified network acl entry in {(isEgress == true ? "egress" : "ingress")} with rule number {number} does not "
            + $"exist in {acl.Id}.");

    private NetworkAcl View(NetworkAclRecord acl) => new()
    {
        NetworkAclId = acl.Id,
        VpcId = acl.VpcId,
        OwnerId = Identifiers.AccountId,
        IsDefault = acl.IsDefault,
        Associations = [.. SubnetsOf(compute, acl).Select(each => new NetworkAclAssociation
        {
            NetworkAclAssociationId = AssociationOf(each),
            NetworkAclId = acl.Id,
            SubnetId = each.Id,
        })],
        Entries = [.. Entries(acl).Select(each => new NetworkAclEntry
        {
            Egress = each.IsEgress,
            RuleNumber = each.Number,
            Protocol = each.Protocol,
            RuleAction = each.Action,
            CidrBlock = each.CidrIpv4,
            Ipv6CidrBlock = each.CidrIpv6,
            PortRange = each.FromPort is null && each.ToPort is null ? null : new PortRange { From = each.FromPort, To = each.ToPort },
            IcmpTypeCode = each.IcmpType is null ? null : new IcmpTypeCode { Type = each.IcmpType, Code = each.IcmpCode },
        })],
        Tags = TagText.ToModel(acl.Tags),
    };
}
