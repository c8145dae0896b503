using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Gateway endpoints: routes to the prefix lists of S3 and DynamoDB.</summary>
internal sealed class EndpointActions(ComputeModel compute)
{
    private const string Everything =
        """{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}""";

    private static readonly Filters<EndpointRecord> s_filters = new Filters<EndpointRecord>()
        .Add("vpc-endpoint-id", e => e.Id)
        .Add("vpc-id", e => e.VpcId)
        .Add("service-name", e => e.ServiceName)
        .Add("vpc-endpoint-type", _ => "Gateway")
        .Add("vpc-endpoint-state", _ => "available")
        .AddTags(e => e.Tags);

    private static readonly Filters<string> s_serviceFilters = new Filters<string>()
        .Add("service-name", s => s)
        .Add("service-type", _ => "Gateway")
        .Add("owner", _ => "amazon")
        .AddTags(_ => new Dictionary<string, string>());

    public void Register(Router router)
    {
        router.Handle<CreateVpcEndpointRequest, CreateVpcEndpointResponse>(ServiceNames.Compute, Create);
        router.Handle<ModifyVpcEndpointRequest, ModifyVpcEndpointResponse>(ServiceNames.Compute, Modify);
        router.Handle<DeleteVpcEndpointsRequest, DeleteVpcEndpointsResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeVpcEndpointsRequest, DescribeVpcEndpointsResponse>(ServiceNames.Compute, Describe);
        router.Handle<DescribeVpcEndpointServicesRequest, DescribeVpcEndpointServicesResponse>(ServiceNames.Compute, DescribeServices);
    }

    private CreateVpcEndpointResponse Create(Call call, CreateVpcEndpointRequest request)
    {
        if (request.ClientToken is { Length: > 0 } token
            && compute.Tables.Endpoints.All.FirstOrDefault(each => each.Region == call.Region && each.ClientToken == token) is { } before)
        {
            return new CreateVpcEndpointResponse { ClientToken = token, VpcEndpoint = View(before) };
        }

        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        if ((request.VpcEndpointType?.Value ?? "Gateway") != "Gateway"
            || request.SubnetIds is { Count: > 0 }
            || request.SecurityGroupIds is { Count: > 0 }
            || request.PrivateDnsEnabled == true)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud has gateway endpoints alone.");
        }

        if (request.ServiceName is null || PrefixListActions.OfService(call.Region, request.ServiceName) is null)
        {
            throw new CloudException("InvalidServiceName", $"The Vpc Endpoint Service '{request.ServiceName}' does not exist");
        }

        TagText.RefuseOthers(request.TagSpecifications, "vpc-endpoint");
        var endpoint = new EndpointRecord
        {
            Id = Identifiers.New("vpce"),
            Region = call.Region,
            VpcId = vpc.Id,
            ServiceName = request.ServiceName,
            Policy = request.PolicyDocument is { Length: > 0 } policy ? policy : Everything,
            ClientToken = request.ClientToken,
            CreatedAt = call.Now,
            Tags = TagText.For("vpc-endpoint", request.TagSpecifications),
        };
        CloudException.StopDryRun(request.DryRun);
        endpoint = Route(call, endpoint, request.RouteTableIds ?? []);
        compute.Tables.Endpoints.Put(endpoint);
        return new CreateVpcEndpointResponse { ClientToken = request.ClientToken, VpcEndpoint = View(endpoint) };
    }

    private ModifyVpcEndpointResponse Modify(Call call, ModifyVpcEndpointRequest request)
    {
        var endpoint = compute.Lookup.Find(call, compute.Tables.Endpoints, request.VpcEndpointId);
        if (request.AddSubnetIds is { Count: > 0 } || request.AddSecurityGroupIds is { Count: > 0 } || request.PrivateDnsEnabled == true)
        {
            throw new CloudException("InvalidParameter", "A gateway endpoint has neither subnets nor security groups nor private DNS.");
        }

        CloudException.StopDryRun(request.DryRun);
        var doomed = request.RemoveRouteTableIds ?? [];
        Unroute(endpoint, doomed);
        endpoint = endpoint with
        {
            Policy = request.ResetPolicy == true ? Everything : request.PolicyDocument ?? endpoint.Policy,
            RouteTableIds = endpoint.RouteTableIds.RemoveAll(doomed.Contains),
        };
        compute.Tables.Endpoints.Put(Route(call, endpoint, request.AddRouteTableIds ?? []));
        return new ModifyVpcEndpointResponse();
    }

    private DeleteVpcEndpointsResponse Delete(Call call, DeleteVpcEndpointsRequest request)
    {
        CloudException.StopDryRun(request.DryRun);
        var unknown = new List<UnsuccessfulItem>();
        foreach (var id in request.VpcEndpointIds)
        {
            if (compute.Tables.Endpoints.Find(id) is { } endpoint && compute.Lookup.IsVisible(call, endpoint))
            {
                Unroute(endpoint, endpoint.RouteTableIds);
                compute.Tables.Endpoints.Remove(id);
            }
            else
            {
                var error = id.StartsWith("vpce-", StringComparison.Ordinal) ? NotFound.Of(id) : NotFound.Malformed(id, "vpce");
                unknown.Add(new UnsuccessfulItem
                {
                    ResourceId = id,
                    Error = new UnsuccessfulItemError { Code = error.Code, Message = error.Message },
                });
            }
        }

        return new DeleteVpcEndpointsResponse { Unsuccessful = unknown };
    }

    private DescribeVpcEndpointsResponse Describe(Call call, DescribeVpcEndpointsRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Endpoints,
            request.VpcEndpointIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeVpcEndpointsResponse { NextToken = next, VpcEndpoints = [.. items.Select(View)] };
    }

    private static DescribeVpcEndpointServicesResponse DescribeServices(Call call, DescribeVpcEndpointServicesRequest request)
    {
        string[] all = [$"com.amazonaws.{call.Region}.dynamodb", $"com.amazonaws.{call.Region}.s3"];
        if (request.ServiceNames?.Find(each => !all.Contains(each)) is { } unknown)
        {
            throw new CloudException("InvalidServiceName", $"The Vpc Endpoint Service '{unknown}' does not exist");
        }

        var filter = s_serviceFilters.Compile(request.Filters);
        var found = all.Where(each => request.ServiceNames is not { Count: > 0 } names || names.Contains(each)).Where(filter).ToList();
        return new DescribeVpcEndpointServicesResponse
        {
            ServiceNames = found,
            ServiceDetails = found.ConvertAll(each => new ServiceDetail
            {
                ServiceName = each,
                ServiceId = "vpce-svc-" + Identifiers.For("", each)[2..],
                ServiceType = [new ServiceTypeDetail { ServiceType = ServiceType.Gateway }],
                ServiceRegion = call.Region,
                AvailabilityZones = [.. Places.ZonesOf(call.Region)],
                Owner = "amazon",
                BaseEndpointDnsNames = [$"{each.Split('.')[^1]}.{call.Region}.amazonaws.com"],
                VpcEndpointPolicySupported = true,
                AcceptanceRequired = false,
                ManagesVpcEndpoints = false,
                SupportedIpAddressTypes = ["ipv4"],
                Tags = [],
            }),
        };
    }

    /// <summary>Writes the endpoint's route into route tables.</summary>
    private EndpointRecord Route(Call call, EndpointRecord endpoint, IReadOnlyCollection<string> ids)
    {
        var list = PrefixListActions.OfService(endpoint.Region, endpoint.ServiceName)!;
        foreach (var id in ids)
        {
            var table = compute.Lookup.Find(call, compute.Tables.RouteTables, id);
            if (table.VpcId != endpoint.VpcId)
            {
                throw new CloudException("InvalidParameter", $"Route table {id} and VPC {endpoint.VpcId} belong to different networks.");
            }

            if (table.Routes.FirstOrDefault(each => each.Destination == list) is { } before && before.Target != endpoint.Id)
            {
                throw new CloudException(
                    "RouteAlreadyExists",
                    $"route table {id} already has a route with destination-prefix-list-id {list}");
            }

            if (!endpoint.RouteTableIds.Contains(id))
            {
                compute.Tables.RouteTables.Put(table with { Routes = table.Routes.Add(new RouteRecord(list, endpoint.Id)) });
                endpoint = endpoint with { RouteTableIds = endpoint.RouteTableIds.Add(id) };
            }
        }

        return endpoint;
    }

    private void Unroute(EndpointRecord endpoint, IReadOnlyCollection<string> ids)
    {
        foreach (var table in ids.Select(compute.Tables.RouteTables.Find).OfType<RouteTableRecord>())
        {
            compute.Tables.RouteTables.Put(table with { Routes = table.Routes.RemoveAll(each => each.Target == endpoint.Id) });
        }
    }

    private static VpcEndpoint View(EndpointRecord endpoint) => new()
    {
        VpcEndpointId = endpoint.Id,
        VpcEndpointType = VpcEndpointType.Gateway,
        VpcId = endpoint.VpcId,
        ServiceName = endpoint.ServiceName,
        State = State.Available,
        PolicyDocument = endpoint.Policy,
        RouteTableIds = [.. endpoint.RouteTableIds],
        SubnetIds = [],
        Groups = [],
        NetworkInterfaceIds = [],
        DnsEntries = [],
        PrivateDnsEnabled = false,
        RequesterManaged = false,
        CreationTimestamp = endpoint.CreatedAt.UtcDateTime,
        OwnerId = Identifiers.AccountId,
        Tags = TagText.ToModel(endpoint.Tags),
    };
}
