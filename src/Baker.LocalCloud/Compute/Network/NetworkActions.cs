using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Networks and subnets, to be looked at.</summary>
internal sealed class NetworkActions(ComputeModel compute)
{
    private static readonly Filters<VpcRecord> s_vpcFilters = new Filters<VpcRecord>()
        .Add("vpc-id", v => v.Id)
        .Add("cidr", v => v.CidrBlock)
        .Add("cidr-block-association.cidr-block", v => v.CidrBlock)
        .Add("state", _ => "available")
        .Add("owner-id", _ => Identifiers.AccountId)
        .Add("dhcp-options-id", _ => "dopt-00000000000000000")
        .AddFlag("is-default", v => v.IsDefault)
        .AddFlag("isDefault", v => v.IsDefault)
        .AddTags(v => v.Tags);

    private static readonly Filters<SubnetRecord> s_subnetFilters = new Filters<SubnetRecord>()
        .Add("subnet-id", s => s.Id)
        .Add("vpc-id", s => s.VpcId)
        .Add("availability-zone", s => s.Zone)
        .Add("availabilityZone", s => s.Zone)
        .Add("availability-zone-id", s => Places.ZoneIdOf(s.Zone))
        .Add("cidr-block", s => s.CidrBlock)
        .Add("cidr", s => s.CidrBlock)
        .Add("state", _ => "available")
        .Add("owner-id", _ => Identifiers.AccountId)
        .AddFlag("default-for-az", s => s.IsDefault)
        .AddFlag("defaultForAz", s => s.IsDefault)
        .AddFlag("map-public-ip-on-launch", s => s.MapPublicIp)
        .AddTags(s => s.Tags);

    public void Register(Router router)
    {
        router.Handle<DescribeVpcsRequest, DescribeVpcsResponse>(ServiceNames.Compute, DescribeVpcs);
        router.Handle<DescribeVpcAttributeRequest, DescribeVpcAttributeResponse>(ServiceNames.Compute, DescribeVpcAttribute);
        router.Handle<DescribeSubnetsRequest, DescribeSubnetsResponse>(ServiceNames.Compute, DescribeSubnets);
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
            case "enableNetworkAddressUsageMetrics": response.EnableNetworkAddressUsageMetrics = false; break;
            default:
                throw new CloudException(
                    "InvalidParameterValue",
                    $"Value ({request.Attribute?.Value}) for parameter attribute is invalid.");
        }

        return response;
    }

    private DescribeSubnetsResponse DescribeSubnets(Call call, DescribeSubnetsRequest request)
    {
        compute.Networks.Ensure(call.Region);
        var filter = s_subnetFilters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Subnets,
            request.SubnetIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeSubnetsResponse { NextToken = next, Subnets = [.. items.Select(View)] };
    }

    private DescribeAccountAttributesResponse DescribeAccount(Call call, DescribeAccountAttributesRequest request)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["supported-platforms"] = "VPC",
            ["default-vpc"] = compute.Networks.DefaultVpc(call.Region).Id,
            ["max-instances"] = "20",
            ["vpc-max-security-groups-per-interface"] = "5",
            ["max-elastic-ips"] = "5",
            ["vpc-max-elastic-ips"] = "20",
        };
        var wanted = request.AttributeNames is { Count: > 0 } names ? names : all.Keys.ToList();
        return new DescribeAccountAttributesResponse
        {
            AccountAttributes = [.. wanted.Where(all.ContainsKey).Select(n =>
                new AccountAttribute { AttributeName = n, AttributeValues = [new AccountAttributeValue { AttributeValue = all[n] }] })],
        };
    }

    private static Vpc View(VpcRecord vpc) => new()
    {
        VpcId = vpc.Id,
        CidrBlock = vpc.CidrBlock,
        IsDefault = vpc.IsDefault,
        State = VpcState.Available,
        OwnerId = Identifiers.AccountId,
        InstanceTenancy = Tenancy.Default,
        DhcpOptionsId = "dopt-00000000000000000",
        CidrBlockAssociationSet = [new VpcCidrBlockAssociation
        {
            AssociationId = "vpc-cidr-assoc-" + vpc.Id[4..],
            CidrBlock = vpc.CidrBlock,
            CidrBlockState = new VpcCidrBlockState { State = VpcCidrBlockStateCode.Associated },
        }],
        Tags = TagText.ToModel(vpc.Tags),
    };

    private static Subnet View(SubnetRecord subnet) => new()
    {
        SubnetId = subnet.Id,
        SubnetArn = $"arn:aws:ec2:{subnet.Region}:{Identifiers.AccountId}:subnet/{subnet.Id}",
        VpcId = subnet.VpcId,
        AvailabilityZone = subnet.Zone,
        AvailabilityZoneId = Places.ZoneIdOf(subnet.Zone),
        CidrBlock = subnet.CidrBlock,
        AvailableIpAddressCount = (int)AddressPool.CountOf(subnet.CidrBlock) - 5,
        DefaultForAz = subnet.IsDefault,
        MapPublicIpOnLaunch = subnet.MapPublicIp,
        AssignIpv6AddressOnCreation = false,
        EnableDns64 = false,
        Ipv6Native = false,
        Ipv6CidrBlockAssociationSet = [],
        MapCustomerOwnedIpOnLaunch = false,
        OwnerId = Identifiers.AccountId,
        PrivateDnsNameOptionsOnLaunch = new PrivateDnsNameOptionsOnLaunch
        {
            HostnameType = HostnameType.IpName,
            EnableResourceNameDnsARecord = false,
            EnableResourceNameDnsAAAARecord = false,
        },
        State = SubnetState.Available,
        Tags = TagText.ToModel(subnet.Tags),
    };
}
