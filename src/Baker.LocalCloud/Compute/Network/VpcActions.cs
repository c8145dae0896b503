using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Networks.</summary>
internal sealed class VpcActions(ComputeModel compute)
{
    private const int MostVpcs = 5;
    private const int MostCidrs = 5;

    // Where EC2 has no networks.
    private static readonly Cidr[] s_refused = [Read("0.0.0.0/8"), Read("127.0.0.0/8"), Read("169.254.0.0/16"), Read("224.0.0.0/3")];

    private static readonly Filters<VpcRecord> s_vpcFilters = new Filters<VpcRecord>()
        .Add("vpc-id", v => v.Id)
        .Add("cidr", v => v.CidrBlock)
        .Add("cidrBlock", v => v.CidrBlock)
        .AddMany("cidr-block-association.cidr-block", Cidrs)
        .AddMany("cidr-block-association.association-id", v => Associations(v).Select(each => each.AssociationId))
        .AddMany("cidr-block-association.state", v => Associations(v).Select(_ => "associated"))
        .Add("state", _ => "available")
        .Add("owner-id", _ => Identifiers.AccountId)
        .Add("dhcp-options-id", v => Networks.DhcpOptionsId(v.Region))
        .Add("dhcpOptionsId", v => Networks.DhcpOptionsId(v.Region))
        .AddFlag("is-default", v => v.IsDefault)
        .AddFlag("isDefault", v => v.IsDefault)
        .AddTags(v => v.Tags);

    public void Register(Router router)
    {
        router.Handle<DescribeVpcsRequest, DescribeVpcsResponse>(ServiceNames.Compute, DescribeVpcs);
        router.Handle<DescribeVpcAttributeRequest, DescribeVpcAttributeResponse>(ServiceNames.Compute, DescribeVpcAttribute);
        router.Handle<CreateVpcRequest, CreateVpcResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteVpcRequest, DeleteVpcResponse>(ServiceNames.Compute, Delete);
        router.Handle<ModifyVpcAttributeRequest, ModifyVpcAttributeResponse>(ServiceNames.Compute, Modify);
        router.Handle<AssociateVpcCidrBlockRequest, AssociateVpcCidrBlockResponse>(ServiceNames.Compute, Associate);
        router.Handle<DisassociateVpcCidrBlockRequest, DisassociateVpcCidrBlockResponse>(ServiceNames.Compute, Disassociate);
        router.Handle<DescribeDhcpOptionsRequest, DescribeDhcpOptionsResponse>(ServiceNames.Compute, DescribeDhcpOptions);
        router.Handle<AssociateDhcpOptionsRequest, AssociateDhcpOptionsResponse>(ServiceNames.Compute, AssociateDhcpOptions);
        router.Handle<DescribeAccountAttributesRequest, DescribeAccountAttributesResponse>(ServiceNames.Compute, DescribeAccount);
    }

    private DescribeVpcsResponse DescribeVpcs(Call call, DescribeVpcsRequest request)
    {
        compute.Networks.Ensure(call.Region);
        var filter = s_vpcFilters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(call, compute.Tables.Vpcs, request.VpcIds, filter, request.MaxResults, request.NextToken);
        return new DescribeVpcsResponse { NextToken = next, Vpcs = [.. items.Select(View)] };
    }

    private DescribeVpcAttributeResponse DescribeVpcAttribute(Call call, DescribeVpcAttributeRequest request)
    {
        compute.Networks.Ensure(call.Region);
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        var response = new DescribeVpcAttributeResponse { VpcId = vpc.Id };
        switch (request.Attribute?.Value)
        {
            case "enableDnsSupport": response.EnableDnsSupport = vpc.EnableDnsSupport; break;
            case "enableDnsHostnames": response.EnableDnsHostnames = vpc.EnableDnsHostnames; break;
            case "enableNetworkAddressUsageMetrics": response.EnableNetworkAddressUsageMetrics = vpc.CountsAddressUsage; break;
            default:
                throw new CloudException(
                    "InvalidParameterValue",
                    $"Value ({request.Attribute?.Value}) for parameter attribute is invalid.");
        }

        return response;
    }

    private DescribeAccountAttributesResponse DescribeAccount(Call call, DescribeAccountAttributesRequest request)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["supported-platforms"] = "VPC",
            ["default-vpc"] = compute.Networks.DefaultVpc(call.Region).Id,
            ["max-instances"] = "20",
            ["vpc-max-security-groups-per-interface"] = $"{Interfaces.MostGroups}",
            ["max-elastic-ips"] = $"{AddressActions.MostAddresses}",
            ["vpc-max-elastic-ips"] = $"{AddressActions.MostAddresses}",
        };
        var wanted = request.AttributeNames is { Count: > 0 } names ? names : all.Keys.ToList();
        return new DescribeAccountAttributesResponse
        {
            AccountAttributes = [.. wanted.Where(all.ContainsKey).Select(n =>
                new AccountAttribute { AttributeName = n, AttributeValues = [new AccountAttributeValue { AttributeValue = all[n] }] })],
        };
    }

    private CreateVpcResponse Create(Call call, CreateVpcRequest request)
    {
        if (request.AmazonProvidedIpv6CidrBlock == true
            || request.Ipv6CidrBlock is not null
            || request.Ipv4IpamPoolId is not null
            || request.Ipv6IpamPoolId is not null)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud's networks have neither IPv6 nor address pools.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "vpc");
        var cidr = CheckCidr(request.CidrBlock ?? throw CloudException.Missing("cidrBlock"));
        if (compute.Tables.Vpcs.All.Count(each => each.Region == call.Region) >= MostVpcs)
        {
            throw new CloudException("VpcLimitExceeded", "The maximum number of VPCs has been reached.");
        }

        CloudException.StopDryRun(request.DryRun);
        var vpc = new VpcRecord
        {
            Id = Identifiers.New("vpc"),
            Region = call.Region,
            CidrBlock = cidr.ToString(),
            Tenancy = request.InstanceTenancy?.Value,
            CreatedAt = call.Now,
            Tags = TagText.For("vpc", request.TagSpecifications),
        };
        compute.Tables.Vpcs.Put(vpc);
        compute.Networks.Furnish(vpc, seed: null);
        var shown = View(vpc);
        shown.State = VpcState.Pending;
        return new CreateVpcResponse { Vpc = shown };
    }

    private DeleteVpcResponse Delete(Call call, DeleteVpcRequest request)
    {
        var (tables, vpc) = (compute.Tables, compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId));
        if (vpc.IsDefault)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud keeps the default VPC of a region.");
        }

        if (tables.Subnets.All.Any(each => each.VpcId == vpc.Id)
            || tables.InternetGateways.All.Any(each => each.VpcId == vpc.Id)
            || tables.SecurityGroups.All.Any(each => each.VpcId == vpc.Id && each.Name != "default")
            || tables.RouteTables.All.Any(each => each.VpcId == vpc.Id && !each.IsMain)
            || tables.NetworkAcls.All.Any(each => each.VpcId == vpc.Id && !each.IsDefault)
            || tables.Endpoints.All.Any(each => each.VpcId == vpc.Id))
        {
            throw new CloudException("DependencyViolation", $"The vpc '{vpc.Id}' has dependencies and cannot be deleted.");
        }

        CloudException.StopDryRun(request.DryRun);
        foreach (var group in tables.SecurityGroups.All.Where(each => each.VpcId == vpc.Id).ToList())
        {
            tables.SecurityGroups.Remove(group.Id);
        }

        foreach (var table in tables.RouteTables.All.Where(each => each.VpcId == vpc.Id).ToList())
        {
            tables.RouteTables.Remove(table.Id);
        }

        foreach (var acl in tables.NetworkAcls.All.Where(each => each.VpcId == vpc.Id).ToList())
        {
            tables.NetworkAcls.Remove(acl.Id);
        }

        tables.Vpcs.Remove(vpc.Id);
        return new DeleteVpcResponse();
    }

    private ModifyVpcAttributeResponse Modify(Call call, ModifyVpcAttributeRequest request)
    {
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        bool?[] given = [request.EnableDnsHostnames, request.EnableDnsSupport, request.EnableNetworkAddressUsageMetrics];
        if (given.Count(each => each is not null) != 1)
        {
            throw new CloudException("InvalidParameterCombination", "Exactly one attribute of a network can be changed at a time.");
        }

        compute.Tables.Vpcs.Put(vpc with
        {
            EnableDnsHostnames = request.EnableDnsHostnames ?? vpc.EnableDnsHostnames,
            EnableDnsSupport = request.EnableDnsSupport ?? vpc.EnableDnsSupport,
            CountsAddressUsage = request.EnableNetworkAddressUsageMetrics ?? vpc.CountsAddressUsage,
        });
        return new ModifyVpcAttributeResponse();
    }

    private AssociateVpcCidrBlockResponse Associate(Call call, AssociateVpcCidrBlockRequest request)
    {
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        if (request.AmazonProvidedIpv6CidrBlock == true || request.Ipv6CidrBlock is not null)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud's networks have no IPv6.");
        }

        var cidr = CheckCidr(request.CidrBlock ?? throw CloudException.Missing("cidrBlock"));
        if (Cidrs(vpc).Any(each => Read(each).Overlaps(cidr)))
        {
            throw new CloudException("CidrConflict", $"The CIDR '{cidr}' conflicts with another CIDR block of the VPC.");
        }

        if (Associations(vpc).Count() >= MostCidrs)
        {
            throw new CloudException(
                "CidrLimitExceeded",
                $"This network '{vpc.Id}' has met its maximum number of allowed CIDRs: {MostCidrs}");
        }

        var added = new AssociatedCidr(Identifiers.New("vpc-cidr-assoc"), cidr.ToString());
        compute.Tables.Vpcs.Put(vpc with { MoreCidrs = [.. vpc.MoreCidrs ?? [], added] });
        return new AssociateVpcCidrBlockResponse { VpcId = vpc.Id, CidrBlockAssociation = View(added, VpcCidrBlockStateCode.Associating) };
    }

    private DisassociateVpcCidrBlockResponse Disassociate(Call call, DisassociateVpcCidrBlockRequest request)
    {
        var found = compute.Tables.Vpcs.All
            .Where(each => each.Region == call.Region)
            .SelectMany(each => Associations(each).Select(association => (Vpc: each, Association: association)))
            .FirstOrDefault(each => each.Association.AssociationId == request.AssociationId);
        var (vpc, association) = found.Vpc is null ? throw NotFound.Of(request.AssociationId) : found;
        if (vpc.MoreCidrs?.Contains(association) != true)
        {
            throw new CloudException(
                "OperationNotPermitted",
                $"The vpc CIDR block with association ID {association.AssociationId} may not be disassociated. It is the primary IPv4 CIDR "
                    + "block of the VPC");
        }

        if (compute.Tables.Subnets.All.Any(each => each.VpcId == vpc.Id && Read(association.Cidr).Contains(Read(each.CidrBlock))))
        {
            throw new CloudException(
                "DependencyViolation",
                $"The vpc CIDR block '{association.Cidr}' has dependencies and cannot be disassociated.");
        }

        compute.Tables.Vpcs.Put(vpc with { MoreCidrs = [.. vpc.MoreCidrs.Where(each => each != association)] });
        return new DisassociateVpcCidrBlockResponse
        {
            VpcId = vpc.Id,
            CidrBlockAssociation = View(association, VpcCidrBlockStateCode.Disassociating),
        };
    }

    private static DescribeDhcpOptionsResponse DescribeDhcpOptions(Call call, DescribeDhcpOptionsRequest request)
    {
        var id = Networks.DhcpOptionsId(call.Region);
        var domain = call.Region == "us-east-1" ? "ec2.internal" : $"{call.Region}.compute.internal";
        var filter = new Filters<string>()
            .Add("dhcp-options-id", each => each)
            .Add("owner-id", _ => Identifiers.AccountId)
            .AddMany("key", _ => ["domain-name", "domain-name-servers"])
            .AddMany("value", _ => [domain, "AmazonProvidedDNS"])
            .AddTags(_ => new Dictionary<string, string>())
            .Compile(request.Filters);
        if (request.DhcpOptionsIds?.Find(each => each != id) is { } unknown)
        {
            throw NotFound.Of(unknown);
        }

        return new DescribeDhcpOptionsResponse
        {
            DhcpOptions = !filter(id) ? [] : [new DhcpOptions
            {
                DhcpOptionsId = id,
                OwnerId = Identifiers.AccountId,
                DhcpConfigurations =
                [
                    new DhcpConfiguration { Key = "domain-name", Values = [domain] },
                    new DhcpConfiguration { Key = "domain-name-servers", Values = ["AmazonProvidedDNS"] },
                ],
                Tags = [],
            }],
        };
    }

    private AssociateDhcpOptionsResponse AssociateDhcpOptions(Call call, AssociateDhcpOptionsRequest request)
    {
        compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        return request.DhcpOptionsId == Networks.DhcpOptionsId(call.Region)
            ? new AssociateDhcpOptionsResponse()
            : throw (request.DhcpOptionsId == "default"
                ? new CloudException("UnsupportedOperation", "The local cloud's networks cannot be without DHCP options.")
                : NotFound.Of(request.DhcpOptionsId));
    }

    /// <summary>Every range of a network, the first one first.</summary>
    public static IEnumerable<string> Cidrs(VpcRecord vpc) => Associations(vpc).Select(each => each.Cidr);

    private static IEnumerable<AssociatedCidr> Associations(VpcRecord vpc) =>
        [new AssociatedCidr("vpc-cidr-assoc-" + vpc.Id[4..], vpc.CidrBlock), .. vpc.MoreCidrs ?? []];

    private static Cidr Read(string text) => Cidr.Read(text)!.Value;

    private static Cidr CheckCidr(string text)
    {
        var cidr = Cidr.Read(text) ?? throw new CloudException(
            "InvalidParameterValue",
            $"Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        return cidr.Bits is >= 16 and <= 28 && !Array.Exists(s_refused, each => each.Overlaps(cidr))
            ? cidr
            : throw new CloudException("InvalidVpc.Range", $"The CIDR '{text}' is invalid.");
    }

    private static Vpc View(VpcRecord vpc) => new()
    {
        VpcId = vpc.Id,
        CidrBlock = vpc.CidrBlock,
        IsDefault = vpc.IsDefault,
        State = VpcState.Available,
        OwnerId = Identifiers.AccountId,
        InstanceTenancy = vpc.Tenancy ?? "default",
        DhcpOptionsId = Networks.DhcpOptionsId(vpc.Region),
        CidrBlockAssociationSet = [.. Associations(vpc).Select(each => View(each, VpcCidrBlockStateCode.Associated))],
        Tags = TagText.ToModel(vpc.Tags),
    };

    private static VpcCidrBlockAssociation View(AssociatedCidr association, VpcCidrBlockStateCode state) => new()
    {
        AssociationId = association.AssociationId,
        CidrBlock = association.Cidr,
        CidrBlockState = new VpcCidrBlockState { State = state },
    };
}
