using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Target groups and their targets.</summary>
internal sealed class TargetGroupActions(LoadBalancingService service, ComputeModel compute)
{
    private const int LargestPage = 400;
    private readonly BalancingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<CreateTargetGroupRequest, CreateTargetGroupResponse>(LoadBalancingService.Name, Create);
        router.Handle<DescribeTargetGroupsRequest, DescribeTargetGroupsResponse>(LoadBalancingService.Name, Describe);
        router.Handle<ModifyTargetGroupRequest, ModifyTargetGroupResponse>(LoadBalancingService.Name, Modify);
        router.Handle<DeleteTargetGroupRequest, DeleteTargetGroupResponse>(LoadBalancingService.Name, Delete);
        router.Handle<DescribeTargetGroupAttributesRequest, DescribeTargetGroupAttributesResponse>(
            LoadBalancingService.Name,
            (_, request) =>
                new() { Attributes = [.. _tables.TargetGroup(request.TargetGroupArn).Attributes.Select(Attribute)] });
        router.Handle<ModifyTargetGroupAttributesRequest, ModifyTargetGroupAttributesResponse>(LoadBalancingService.Name, ModifyAttributes);
        router.Handle<RegisterTargetsRequest, RegisterTargetsResponse>(LoadBalancingService.Name, RegisterTargets);
        router.Handle<DeregisterTargetsRequest, DeregisterTargetsResponse>(LoadBalancingService.Name, DeregisterTargets);
        router.Handle<DescribeTargetHealthRequest, DescribeTargetHealthResponse>(LoadBalancingService.Name, DescribeHealth);
    }

    private CreateTargetGroupResponse Create(Call call, CreateTargetGroupRequest request)
    {
        ElbNames.Check("Target group", request.Name);
        var protocol = TargetGroupChecks.ProtocolOf(request);
        var port = TargetGroupChecks.PortOf(request);
        var isHttp = protocol is "HTTP" or "HTTPS";
        var group = new TargetGroupRecord
        {
            Id = ElbNames.TargetGroup(call, request.Name),
            Region = call.Region,
            Name = request.Name,
            VpcId = request.VpcId is not { } vpc ? compute.Networks.DefaultVpc(call.Region).Id
                : compute.Tables.Vpcs.Find(vpc) is { } found && found.Region == call.Region ? vpc
                : throw new CloudException("ValidationError", $"The VPC ID '{vpc}' is not found"),
            Protocol = protocol,
            ProtocolVersion = request.ProtocolVersion is { Length: > 0 } version ? version : isHttp ? "HTTP1" : null,
            Port = port,
            TargetType = request.TargetType?.Value ?? "instance",
            IpAddressType = request.IpAddressType?.Value ?? "ipv4",
            Check = new HealthCheck(
                request.HealthCheckEnabled ?? true,
                request.HealthCheckProtocol?.Value ?? (isHttp ? protocol : "TCP"),
                request.HealthCheckPort is { Length: > 0 } checkedPort ? checkedPort : "traffic-port",
                request.HealthCheckPath is { Length: > 0 } path ? path : "/",
                request.Matcher?.HttpCode is { Length: > 0 } codes ? codes : (isHttp ? "200" : "200-399"),
                request.HealthCheckIntervalSeconds ?? 30,
                request.HealthCheckTimeoutSeconds ?? (isHttp ? 5 : 10),
                request.HealthyThresholdCount ?? 5,
                request.UnhealthyThresholdCount ?? 2),
            Attributes = BalancingAttributes.OfTargetGroup(protocol),
            Tags = ElbTags.Check(request.Tags),
        };
        if (_tables.TargetGroups.All.FirstOrDefault(each => each.Region == call.Region && each.Name == request.Name) is { } before)
        {
            return before with { Id = "", Attributes = group.Attributes, Tags = group.Tags } == group with { Id = "" }
                ? new CreateTargetGroupResponse { TargetGroups = [Show(before)] }
                : throw new CloudException(
                    "DuplicateTargetGroupName",
                    $"A target group with the same name '{request.Name}' exists, but with different settings");
        }

        TargetGroupChecks.Check(group);
        _tables.TargetGroups.Put(group);
        return new CreateTargetGroupResponse { TargetGroups = [Show(group)] };
    }

    private DescribeTargetGroupsResponse Describe(Call call, DescribeTargetGroupsRequest request)
    {
        foreach (var arn in request.TargetGroupArns ?? [])
        {
            _tables.TargetGroup(arn);
        }

        var names = request.Names ?? [];
        if (names.Find(name => !_tables.TargetGroups.All.Any(each => each.Region == call.Region && each.Name == name)) is { } missing)
        {
            throw new CloudException(
                "TargetGroupNotFound",
                names.Count == 1 ? "One or more target groups not found" : $"Target groups '[{missing}]' not found");
        }

        if (request.LoadBalancerArn is { } balancer)
        {
            _tables.LoadBalancer(balancer);
        }

        bool IsWanted(TargetGroupRecord each) =>
            each.Region == call.Region
            && (request.TargetGroupArns is not { Count: > 0 } arns || arns.Contains(each.Id))
            && (names.Count == 0 || names.Contains(each.Name))
            && (request.LoadBalancerArn is null || _tables.BalancersOf(each.Id).Contains(request.LoadBalancerArn));
        var (items, next) = Paging.Page(
            after => _tables.TargetGroups.After(after).Where(IsWanted),
            each => each.Id,
            request.PageSize ?? LargestPage,
            request.Marker);
        return new DescribeTargetGroupsResponse { TargetGroups = [.. items.Select(Show)], NextMarker = next };
    }

    private ModifyTargetGroupResponse Modify(Call call, ModifyTargetGroupRequest request)
    {
        var group = _tables.TargetGroup(request.TargetGroupArn);
        var before = group.Check;
        var changed = group with
        {
            Check = before with
            {
                Enabled = request.HealthCheckEnabled ?? before.Enabled,
                Protocol = request.HealthCheckProtocol?.Value ?? before.Protocol,
                Port = request.HealthCheckPort ?? before.Port,
                Path = request.HealthCheckPath ?? before.Path,
                Matcher = request.Matcher?.HttpCode ?? before.Matcher,
                Interval = request.HealthCheckIntervalSeconds ?? before.Interval,
                Timeout = request.HealthCheckTimeoutSeconds ?? before.Timeout,
                HealthyThreshold = request.HealthyThresholdCount ?? before.HealthyThreshold,
                UnhealthyThreshold = request.UnhealthyThresholdCount ?? before.UnhealthyThreshold,
            },
        };
        TargetGroupChecks.Check(changed);
        _tables.TargetGroups.Put(changed);
        return new ModifyTargetGroupResponse { TargetGroups = [Show(changed)] };
    }

    private DeleteTargetGroupResponse Delete(Call call, DeleteTargetGroupRequest request)
    {
        // Deleting what is not there succeeds, as with most of this service.
        if (_tables.BalancersOf(request.TargetGroupArn).Count > 0)
        {
            throw new CloudException(
                "ResourceInUse",
                $"Target group '{request.TargetGroupArn}' is currently in use by a listener or a rule");
        }

        foreach (var target in _tables.TargetsByGroup[request.TargetGroupArn].ToList())
        {
            _tables.Targets.Remove(target.Id);
        }

        _tables.TargetGroups.Remove(request.TargetGroupArn);
        return new DeleteTargetGroupResponse();
    }

    private ModifyTargetGroupAttributesResponse ModifyAttributes(Call call, ModifyTargetGroupAttributesRequest request)
    {
        var group = _tables.TargetGroup(request.TargetGroupArn);
        var changed = group with
        {
            Attributes = AttributeChecks.Set(
                "Target group",
                group.Attributes,
                (request.Attributes ?? []).Select(each => ((string?)each.Key, (string?)each.Value))),
        };
        _tables.TargetGroups.Put(changed);
        service.Balancer.ListenersChanged();
        return new ModifyTargetGroupAttributesResponse { Attributes = [.. changed.Attributes.Select(Attribute)] };
    }

    private RegisterTargetsResponse RegisterTargets(Call call, RegisterTargetsRequest request)
    {
        var group = _tables.TargetGroup(request.TargetGroupArn);
        foreach (var target in request.Targets)
        {
            service.Targets.Register(group, target.Id, target.Port, call.Now);
        }

        return new RegisterTargetsResponse();
    }

    private DeregisterTargetsResponse DeregisterTargets(Call call, DeregisterTargetsRequest request)
    {
        var group = _tables.TargetGroup(request.TargetGroupArn);
        foreach (var target in request.Targets)
        {
            service.Targets.Deregister(group, target.Id, target.Port, call.Now);
        }

        // When the caller has its answer, no new request goes there any more.
        service.Balancer.Follow();
        return new DeregisterTargetsResponse();
    }

    private DescribeTargetHealthResponse DescribeHealth(Call call, DescribeTargetHealthRequest request)
    {
        var group = _tables.TargetGroup(request.TargetGroupArn);
        var isUsed = service.Balancer.IsUsed(group.Id);
        var registered = _tables.TargetsByGroup[group.Id];
        var wanted = request.Targets is { Count: > 0 } asked
            ? asked.Select(each => (
                each.Id,
                Port: each.Port ?? group.Port,
                Record: registered.FirstOrDefault(one => one.Target == each.Id && (each.Port is null || one.Port == each.Port))))
            : registered
                .OrderBy(each => each.Id, StringComparer.Ordinal)
                .Select(each => (each.Target, each.Port, Record: (TargetRecord?)each));
        return new DescribeTargetHealthResponse
        {
            TargetHealthDescriptions = [.. wanted.Select(each =>
            {
                var (state, reason, description) = service.Targets.HealthOf(group, each.Record, isUsed);
                return new TargetHealthDescription
                {
                    Target = new TargetDescription { Id = each.Item1, Port = each.Port },
                    HealthCheckPort = group.Check.Port == "traffic-port" ? $"{each.Port}" : group.Check.Port,
                    TargetHealth = new TargetHealth { State = state, Reason = reason, Description = description },
                };
            })],
        };
    }

    private TargetGroup Show(TargetGroupRecord group)
    {
        var isHttpCheck = group.Check.Protocol is "HTTP" or "HTTPS";
        return new()
        {
            TargetGroupArn = group.Id,
            TargetGroupName = group.Name,
            Protocol = group.Protocol,
            ProtocolVersion = group.ProtocolVersion,
            Port = group.Port,
            VpcId = group.VpcId,
            TargetType = group.TargetType,
            IpAddressType = group.IpAddressType,
            HealthCheckEnabled = group.Check.Enabled,
            HealthCheckProtocol = group.Check.Protocol,
            HealthCheckPort = group.Check.Port,
            HealthCheckPath = isHttpCheck ? group.Check.Path : null,
            HealthCheckIntervalSeconds = group.Check.Interval,
            HealthCheckTimeoutSeconds = group.Check.Timeout,
            HealthyThresholdCount = group.Check.HealthyThreshold,
            UnhealthyThresholdCount = group.Check.UnhealthyThreshold,
            Matcher = isHttpCheck ? new Matcher { HttpCode = group.Check.Matcher } : null,
            LoadBalancerArns = _tables.BalancersOf(group.Id),
        };
    }

    private static TargetGroupAttribute Attribute(KeyValuePair<string, string> pair) => new() { Key = pair.Key, Value = pair.Value };
}
