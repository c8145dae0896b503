using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Subnets.</summary>
internal sealed class SubnetActions(ComputeModel compute)
{
    private readonly Filters<SubnetRecord> _filters = new Filters<SubnetRecord>()
        .Add("subnet-id", s => s.Id)
        .Add("subnet-arn", ArnOf)
        .Add("vpc-id", s => s.VpcId)
        .Add("availability-zone", s => s.Zone)
        .Add("availabilityZone", s => s.Zone)
        .Add("availability-zone-id", s => Places.ZoneIdOf(s.Zone))
        .Add("availabilityZoneId", s => Places.ZoneIdOf(s.Zone))
        .Add("available-ip-address-count", s => $"{compute.Interfaces.FreeIn(s)}")
        .Add("cidr-block", s => s.CidrBlock)
        .Add("cidr", s => s.CidrBlock)
        .Add("cidrBlock", s => s.CidrBlock)
        .Add("state", _ => "available")
        .Add("owner-id", _ => Identifiers.AccountId)
        .AddFlag("default-for-az", s => s.IsDefault)
        .AddFlag("defaultForAz", s => s.IsDefault)
        .AddFlag("map-public-ip-on-launch", s => s.MapPublicIp)
        .AddTags(s => s.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateSubnetRequest, CreateSubnetResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteSubnetRequest, DeleteSubnetResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeSubnetsRequest, DescribeSubnetsResponse>(ServiceNames.Compute, Describe);
        router.Handle<ModifySubnetAttributeRequest, ModifySubnetAttributeResponse>(ServiceNames.Compute, Modify);
    }

    private CreateSubnetResponse Create(Call call, CreateSubnetRequest request)
    {
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        if (request.Ipv6CidrBlock is not null
            || request.Ipv6Native == true
            || request.Ipv4IpamPoolId is not null
            || request.OutpostArn is not null)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud's subnets have neither IPv6 nor address pools nor Outposts.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "subnet");
        var cidr = CheckCidr(vpc, request.CidrBlock ?? throw CloudException.Missing("cidrBlock"));
        var zone = ZoneOf(call, request);
        CloudException.StopDryRun(request.DryRun);
        var subnet = new SubnetRecord
        {
            Id = Identifiers.New("subnet"),
            Region = call.Region,
            VpcId = vpc.Id,
            Zone = zone,
            CidrBlock = cidr.ToString(),
            CreatedAt = call.Now,
            Tags = TagText.For("subnet", request.TagSpecifications),
        };
        compute.Tables.Subnets.Put(subnet);
        return new CreateSubnetResponse { Subnet = View(subnet) };
    }

    private DeleteSubnetResponse Delete(Call call, DeleteSubnetRequest request)
    {
        var subnet = compute.Lookup.Find(call, compute.Tables.Subnets, request.SubnetId);
        if (subnet.CreatedAt == DateTimeOffset.UnixEpoch)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud keeps default subnets, and those that the manifest names.");
        }

        if (compute.Interfaces.AnyIn(subnet))
        {
            throw new CloudException("DependencyViolation", $"The subnet '{subnet.Id}' has dependencies and cannot be deleted.");
        }

        CloudException.StopDryRun(request.DryRun);
        foreach (var table in compute.Tables.RouteTables.All.Where(each => each.VpcId == subnet.VpcId).ToList())
        {
            var kept = table.Associations.RemoveAll(each => each.SubnetId == subnet.Id);
            if (kept.Length != table.Associations.Length)
            {
                compute.Tables.RouteTables.Put(table with { Associations = kept });
            }
        }

        compute.Tables.Subnets.Remove(subnet.Id);
        return new DeleteSubnetResponse();
    }

    private DescribeSubnetsResponse Describe(Call call, DescribeSubnetsRequest request)
    {
        var filter = _filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Subnets,
            request.SubnetIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeSubnetsResponse { NextToken = next, Subnets = [.. items.Select(View)] };
    }

    private ModifySubnetAttributeResponse Modify(Call call, ModifySubnetAttributeRequest request)
    {
        var subnet = compute.Lookup.Find(call, compute.Tables.Subnets, request.SubnetId);
        if (request.AssignIpv6AddressOnCreation == true
            || request.EnableDns64 == true
            || request.EnableResourceNameDnsAAAARecordOnLaunch == true
            || request.MapCustomerOwnedIpOnLaunch == true
            || request.EnableLniAtDeviceIndex is not null)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud's subnets have neither IPv6 nor Outposts.");
        }

        compute.Tables.Subnets.Put(subnet with
        {
            MapPublicIp = request.MapPublicIpOnLaunch ?? subnet.MapPublicIp,
            NamesResourcesInDns = request.EnableResourceNameDnsARecordOnLaunch ?? subnet.NamesResourcesInDns,
            HostnameType = request.PrivateDnsHostnameTypeOnLaunch?.Value ?? subnet.HostnameType,
        });
        return new ModifySubnetAttributeResponse();
    }

    private Cidr CheckCidr(VpcRecord vpc, string text)
    {
        var cidr = Cidr.Read(text) ?? throw new CloudException(
            "InvalidParameterValue",
            $"Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        if (cidr.Bits is < 16 or > 28
            || cidr.ToString() != text
            || !VpcActions.Cidrs(vpc).Any(each => Cidr.Read(each)!.Value.Contains(cidr)))
        {
            throw new CloudException("InvalidSubnet.Range", $"The CIDR '{text}' is invalid.");
        }

        return compute.Tables.Subnets.All.Any(each => each.VpcId == vpc.Id && Cidr.Read(each.CidrBlock)!.Value.Overlaps(cidr))
            ? throw new CloudException("InvalidSubnet.Conflict", $"The CIDR '{text}' conflicts with another subnet")
            : cidr;
    }

    private static string ZoneOf(Call call, CreateSubnetRequest request)
    {
        var zones = Places.ZonesOf(call.Region);
        if (request.AvailabilityZoneId is { Length: > 0 } id)
        {
            return zones.FirstOrDefault(each => Places.ZoneIdOf(each) == id) ?? throw new CloudException(
                "InvalidParameterValue",
                $"Value ({id}) for parameter availabilityZoneId is invalid. Subnets can currently only be created in the following "
                    + $"availability zones: {string.Join(", ", zones.Select(Places.ZoneIdOf))}.");
        }

        return request.AvailabilityZone is not { Length: > 0 } zone ? zones[0]
            : zones.Contains(zone) ? zone
            : throw new CloudException(
                "InvalidParameterValue",
                $"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following "
                    + $"availability zones: {string.Join(", ", zones)}.");
    }

    private static string ArnOf(SubnetRecord subnet) => $"arn:aws:ec2:{subnet.Region}:{Identifiers.AccountId}:subnet/{subnet.Id}";

    private Subnet View(SubnetRecord subnet) => new()
    {
        SubnetId = subnet.Id,
        SubnetArn = ArnOf(subnet),
        VpcId = subnet.VpcId,
        AvailabilityZone = subnet.Zone,
        AvailabilityZoneId = Places.ZoneIdOf(subnet.Zone),
        CidrBlock = subnet.CidrBlock,
        AvailableIpAddressCount = (int)compute.Interfaces.FreeIn(subnet),
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
            HostnameType = subnet.HostnameType ?? "ip-name",
            EnableResourceNameDnsARecord = subnet.NamesResourcesInDns,
            EnableResourceNameDnsAAAARecord = false,
        },
        State = SubnetState.Available,
        Tags = TagText.ToModel(subnet.Tags),
    };
}
