using System.Collections.Immutable;
using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Load balancers.</summary>
internal sealed class LoadBalancerActions(CloudContext cloud, LoadBalancingService service, ComputeModel compute)
{
    private const int LargestPage = 400;
    private const string HostedZone = "Z35SXDOTRQ7X7K";
    private readonly BalancingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<CreateLoadBalancerRequest, CreateLoadBalancerResponse>(LoadBalancingService.Name, Create);
        router.Handle<DescribeLoadBalancersRequest, DescribeLoadBalancersResponse>(LoadBalancingService.Name, Describe);
        router.Handle<DeleteLoadBalancerRequest, DeleteLoadBalancerResponse>(LoadBalancingService.Name, Delete);
        router.Handle<DescribeLoadBalancerAttributesRequest, DescribeLoadBalancerAttributesResponse>(
            LoadBalancingService.Name,
            (_, request) =>
                new() { Attributes = [.. _tables.LoadBalancer(request.LoadBalancerArn).Attributes.Select(Attribute)] });
        router.Handle<ModifyLoadBalancerAttributesRequest, ModifyLoadBalancerAttributesResponse>(
            LoadBalancingService.Name,
            ModifyAttributes);
        router.Handle<SetSecurityGroupsRequest, SetSecurityGroupsResponse>(LoadBalancingService.Name, SetGroups);
        router.Handle<SetSubnetsRequest, SetSubnetsResponse>(LoadBalancingService.Name, SetSubnets);
        router.Handle<SetIpAddressTypeRequest, SetIpAddressTypeResponse>(LoadBalancingService.Name, (_, request) =>
        {
            _tables.LoadBalancers.Put(_tables.LoadBalancer(request.LoadBalancerArn) with { IpAddressType = request.IpAddressType.Value });
            return new() { IpAddressType = request.IpAddressType };
        });
        router.Handle<DescribeCapacityReservationRequest, DescribeCapacityReservationResponse>(LoadBalancingService.Name, (_, request) =>
        {
            _tables.LoadBalancer(request.LoadBalancerArn);
            return new() { DecreaseRequestsRemaining = 2, CapacityReservationState = [] };
        });
        router.Handle<DescribeAccountLimitsRequest, DescribeAccountLimitsResponse>(LoadBalancingService.Name, static (_, _) =>
            new()
            {
                Limits =
                [
                    new() { Name = "target-groups", Max = "3000" },
                    new() { Name = "application-load-balancers", Max = "50" },
                    new() { Name = "targets-per-application-load-balancer", Max = "1000" },
                ],
            });
    }

    private CreateLoadBalancerResponse Create(Call call, CreateLoadBalancerRequest request)
    {
        ElbNames.Check("Load balancer", request.Name);
        var type = request.Type?.Value ?? "application";
        if (type is not ("application" or "network") || request.Scheme?.Value is not (null or "internal" or "internet-facing"))
        {
            throw new CloudException("ValidationError", type is "gateway" ? "The local cloud has no Gateway Load Balancers."
                : type is "application" or "network"
                    ? $"Scheme '{request.Scheme!.Value}' must be one of 'internet-facing, internal'"
                    : $"Load balancer type '{type}' must be one of 'application, network, gateway'");
        }

        var subnets = Subnets(call, (request.Subnets ?? []).Concat((request.SubnetMappings ?? []).Select(each => each.SubnetId)), type);
        if (_tables.LoadBalancers.All.FirstOrDefault(each => each.Region == call.Region && each.Name == request.Name) is { } before)
        {
            return before.Type == type
                && before.Subnets.SequenceEqual(subnets.Zones)
                && before.Scheme == (request.Scheme?.Value ?? "internet-facing")
                ? new CreateLoadBalancerResponse { LoadBalancers = [Show(before)] }
                : throw new CloudException(
                    "DuplicateLoadBalancerName",
                    $"A load balancer with the same name '{request.Name}' exists, but with different settings");
        }

        var balancer = new LoadBalancerRecord
        {
            Id = ElbNames.LoadBalancer(call, request.Name, type),
            Region = call.Region,
            Name = request.Name,
            CreatedAt = call.Now,
            ActiveAt = cloud.After(call.Now, cloud.Delays.Running),
            Address = FreeAddress($"{cloud.Options.StateFolder} {call.Region} {request.Name}"),
            VpcId = subnets.VpcId,
            Type = type,
            Scheme = request.Scheme?.Value ?? "internet-facing",
            IpAddressType = request.IpAddressType?.Value ?? "ipv4",
            Subnets = subnets.Zones,
            SecurityGroups = request.SecurityGroups is { Count: > 0 } groups ? Groups(call, subnets.VpcId, groups)
                : type == "network" ? []
                : [compute.Networks.DefaultGroup(call.Region, subnets.VpcId).Id],
            Attributes = BalancingAttributes.OfLoadBalancer(type),
            Tags = ElbTags.Check(request.Tags),
        };
        _tables.LoadBalancers.Put(balancer);
        return new CreateLoadBalancerResponse { LoadBalancers = [Show(balancer)] };
    }

    private DescribeLoadBalancersResponse Describe(Call call, DescribeLoadBalancersRequest request)
    {
        foreach (var arn in request.LoadBalancerArns ?? [])
        {
            _tables.LoadBalancer(arn);
        }

        var names = request.Names ?? [];
        if (names.Find(name => !_tables.LoadBalancers.All.Any(each => each.Region == call.Region && each.Name == name)) is { } missing)
        {
            throw new CloudException("LoadBalancerNotFound", $"Load balancers '[{missing}]' not found");
        }

        bool IsWanted(LoadBalancerRecord each) =>
            each.Region == call.Region
            && (request.LoadBalancerArns is not { Count: > 0 } arns || arns.Contains(each.Id))
            && (names.Count == 0 || names.Contains(each.Name));
        var (items, next) = Paging.Page(
            after => _tables.LoadBalancers.After(after).Where(IsWanted),
            each => each.Id,
            request.PageSize ?? LargestPage,
            request.Marker);
        return new DescribeLoadBalancersResponse { LoadBalancers = [.. items.Select(Show)], NextMarker = next };
    }

    private DeleteLoadBalancerResponse Delete(Call call, DeleteLoadBalancerRequest request)
    {
        if (_tables.LoadBalancers.Find(request.LoadBalancerArn) is { } balancer)
        {
            if (balancer.Attributes.GetValueOrDefault("deletion_protection.enabled") == "true")
            {
                throw new CloudException(
                    "OperationNotPermitted",
                    $"Load balancer '{balancer.Id}' cannot be deleted because deletion protection is enabled");
            }

            foreach (var listener in _tables.ListenersByBalancer[balancer.Id].ToList())
            {
                service.Remove(listener);
            }

            _tables.LoadBalancers.Remove(balancer.Id);
            service.Balancer.ListenersChanged();
        }

        return new DeleteLoadBalancerResponse();
    }

    private ModifyLoadBalancerAttributesResponse ModifyAttributes(Call call, ModifyLoadBalancerAttributesRequest request)
    {
        var balancer = _tables.LoadBalancer(request.LoadBalancerArn);
        var changed = balancer with
        {
            Attributes = AttributeChecks.Set(
                "Load balancer",
                balancer.Attributes,
                (request.Attributes ?? []).Select(each => ((string?)each.Key, (string?)each.Value))),
        };
        _tables.LoadBalancers.Put(changed);
        service.Balancer.ListenersChanged();
        return new ModifyLoadBalancerAttributesResponse { Attributes = [.. changed.Attributes.Select(Attribute)] };
    }

    private SetSecurityGroupsResponse SetGroups(Call call, SetSecurityGroupsRequest request)
    {
        var balancer = _tables.LoadBalancer(request.LoadBalancerArn);
        if (balancer.Type == "network" && balancer.SecurityGroups.IsEmpty)
        {
            throw new CloudException(
                "InvalidConfigurationRequest",
                "You cannot set security groups on a Network Load Balancer that was created without security groups");
        }

        _tables.LoadBalancers.Put(balancer with { SecurityGroups = Groups(call, balancer.VpcId, request.SecurityGroups) });
        return new SetSecurityGroupsResponse { SecurityGroupIds = request.SecurityGroups };
    }

    private SetSubnetsResponse SetSubnets(Call call, SetSubnetsRequest request)
    {
        var balancer = _tables.LoadBalancer(request.LoadBalancerArn);
        var subnets = Subnets(
            call,
            (request.Subnets ?? []).Concat((request.SubnetMappings ?? []).Select(each => each.SubnetId)),
            balancer.Type);
        var changed = balancer with { Subnets = subnets.Zones };
        _tables.LoadBalancers.Put(changed);
        return new SetSubnetsResponse { AvailabilityZones = Show(changed).AvailabilityZones };
    }

    private ImmutableArray<string> Groups(Call call, string vpc, List<string> ids) =>
        ids.Find(id => compute.Tables.SecurityGroups.Find(id) is not { } found || found.Region != call.Region) is { } missing
            ? throw new CloudException("InvalidSecurityGroup", $"One or more security groups are invalid: '{missing}'")
            : ids.Find(id => compute.Tables.SecurityGroups.Find(id)!.VpcId != vpc) is { } elsewhere
                ? throw new CloudException(
                    "InvalidConfigurationRequest",
                    $"One or more security groups are not in the VPC '{vpc}' of the subnets: '{elsewhere}'")
                : [.. ids];

    private (string VpcId, ImmutableSortedDictionary<string, string> Zones) Subnets(Call call, IEnumerable<string> ids, string type)
    {
        compute.Networks.Ensure(call.Region);
        var subnets = ids.Distinct().Select(id => compute.Tables.Subnets.Find(id) is { } found && found.Region == call.Region
            ? found
            : throw new CloudException("SubnetNotFound", $"The subnet ID '{id}' does not exist")).ToList();
        if (subnets.Count == 0 || (type == "application" && subnets.DistinctBy(each => each.Zone).Count() < 2))
        {
            throw new CloudException(
                "ValidationError",
                subnets.Count == 0
                    ? "At least one subnet must be specified"
                    : "At least two subnets in two different Availability Zones must be specified");
        }

        if (subnets.DistinctBy(each => each.VpcId).Count() > 1)
        {
            throw new CloudException("InvalidSubnet", "All subnets must belong to the same VPC");
        }

        return subnets.GroupBy(each => each.Zone).Any(same => same.Count() > 1)
            ? throw new CloudException(
                "InvalidConfigurationRequest",
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone")
            : (subnets[0].VpcId, subnets.ToImmutableSortedDictionary(each => each.Zone, each => each.Id, StringComparer.Ordinal));
    }

    // Below the subnets' ranges, which begin at 127.32.0.0.
    private string FreeAddress(string seed)
    {
        var start = (uint)seed.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
        for (uint tried = 0; ; tried++)
        {
            var at = start + tried;
            var address = string.Create(CultureInfo.InvariantCulture, $"127.{1 + ((at >> 16) % 30)}.{(at >> 8) & 255}.{1 + (at % 254)}");
            if (!_tables.LoadBalancers.All.Any(each => each.Address == address))
            {
                return address;
            }
        }
    }

    private LoadBalancer Show(LoadBalancerRecord balancer) => new()
    {
        LoadBalancerArn = balancer.Id,
        LoadBalancerName = balancer.Name,
        DNSName = balancer.Address,
        CanonicalHostedZoneId = HostedZone,
        CreatedTime = balancer.CreatedAt.UtcDateTime,
        Scheme = balancer.Scheme,
        Type = balancer.Type,
        VpcId = balancer.VpcId,
        IpAddressType = balancer.IpAddressType,
        State = new LoadBalancerState { Code = cloud.Now >= balancer.ActiveAt ? "active" : "provisioning" },
        AvailabilityZones = [.. balancer.Subnets.Select(each =>
            new AvailabilityZone { ZoneName = each.Key, SubnetId = each.Value, LoadBalancerAddresses = [] })],
        SecurityGroups = [.. balancer.SecurityGroups],
    };

    private static LoadBalancerAttribute Attribute(KeyValuePair<string, string> pair) => new() { Key = pair.Key, Value = pair.Value };
}
