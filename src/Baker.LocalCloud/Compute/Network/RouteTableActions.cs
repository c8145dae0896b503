using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Route tables, and what they are for.</summary>
internal sealed class RouteTableActions(ComputeModel compute)
{
    private readonly Filters<RouteTableRecord> _filters = RouteFilters(compute);

    public void Register(Router router)
    {
        router.Handle<CreateRouteTableRequest, CreateRouteTableResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteRouteTableRequest, DeleteRouteTableResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeRouteTablesRequest, DescribeRouteTablesResponse>(ServiceNames.Compute, Describe);
        router.Handle<AssociateRouteTableRequest, AssociateRouteTableResponse>(ServiceNames.Compute, Associate);
        router.Handle<DisassociateRouteTableRequest, DisassociateRouteTableResponse>(ServiceNames.Compute, Disassociate);
        router.Handle<ReplaceRouteTableAssociationRequest, ReplaceRouteTableAssociationResponse>(ServiceNames.Compute, Replace);
    }

    private static Filters<RouteTableRecord> RouteFilters(ComputeModel compute) => new Filters<RouteTableRecord>()
        .Add("route-table-id", t => t.Id)
        .Add("vpc-id", t => t.VpcId)
        .Add("owner-id", _ => Identifiers.AccountId)
        .AddMany("association.main", t => t.Associations.Select(each => each.IsMain ? "true" : "false"))
        .AddMany("association.route-table-association-id", t => t.Associations.Select(each => each.Id))
        .AddMany("association.route-table-id", t => t.Associations.Select(_ => t.Id))
        .AddMany("association.subnet-id", t => t.Associations.Select(each => each.SubnetId))
        .AddMany("association.gateway-id", t => t.Associations.Select(each => each.GatewayId))
        .AddMany("route.destination-cidr-block", t => Routes(compute, t).Select(each => each.DestinationCidrBlock))
        .AddMany("route.destination-prefix-list-id", t => Routes(compute, t).Select(each => each.DestinationPrefixListId))
        .AddMany("route.gateway-id", t => Routes(compute, t).Select(each => each.GatewayId))
        .AddMany("route.nat-gateway-id", t => Routes(compute, t).Select(each => each.NatGatewayId))
        .AddMany("route.instance-id", t => Routes(compute, t).Select(each => each.InstanceId))
        .AddMany("route.origin", t => Routes(compute, t).Select(each => each.Origin.Value))
        .AddMany("route.state", t => Routes(compute, t).Select(each => each.State.Value))
        .AddTags(t => t.Tags);

    private CreateRouteTableResponse Create(Call call, CreateRouteTableRequest request)
    {
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        TagText.RefuseOthers(request.TagSpecifications, "route-table");
        CloudException.StopDryRun(request.DryRun);
        var table = new RouteTableRecord
        {
            Id = Identifiers.New("rtb"),
            Region = call.Region,
            VpcId = vpc.Id,
            CreatedAt = call.Now,
            Tags = TagText.For("route-table", request.TagSpecifications),
        };
        compute.Tables.RouteTables.Put(table);
        return new CreateRouteTableResponse { ClientToken = request.ClientToken, RouteTable = View(table) };
    }

    private DeleteRouteTableResponse Delete(Call call, DeleteRouteTableRequest request)
    {
        var table = compute.Lookup.Find(call, compute.Tables.RouteTables, request.RouteTableId);
        if (table.Associations.Length > 0)
        {
            throw new CloudException("DependencyViolation", $"The routeTable '{table.Id}' has dependencies and cannot be deleted.");
        }

        CloudException.StopDryRun(request.DryRun);
        foreach (var endpoint in compute.Tables.Endpoints.All.Where(each => each.RouteTableIds.Contains(table.Id)).ToList())
        {
            compute.Tables.Endpoints.Put(endpoint with { RouteTableIds = endpoint.RouteTableIds.Remove(table.Id) });
        }

        compute.Tables.RouteTables.Remove(table.Id);
        return new DeleteRouteTableResponse();
    }

    private DescribeRouteTablesResponse Describe(Call call, DescribeRouteTablesRequest request)
    {
        var filter = _filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.RouteTables,
            request.RouteTableIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeRouteTablesResponse { NextToken = next, RouteTables = [.. items.Select(View)] };
    }

    private AssociateRouteTableResponse Associate(Call call, AssociateRouteTableRequest request)
    {
        var table = compute.Lookup.Find(call, compute.Tables.RouteTables, request.RouteTableId);
        var association = new RouteAssociation(Identifiers.New("rtbassoc"));
        if (request.SubnetId is { Length: > 0 } id)
        {
            var subnet = compute.Lookup.Find(call, compute.Tables.Subnets, id);
            CheckNetwork(table, subnet.Id, subnet.VpcId);
            association = association with { SubnetId = subnet.Id };
        }
        else if (request.GatewayId is { Length: > 0 } gatewayId)
        {
            var gateway = compute.Lookup.Find(call, compute.Tables.InternetGateways, gatewayId);
            CheckNetwork(table, gateway.Id, gateway.VpcId);
            association = association with { GatewayId = gateway.Id };
        }
        else
        {
            throw CloudException.Missing("subnetId");
        }

        var before = OfNetwork(table.VpcId).SelectMany(each => each.Associations.Select(has => (Table: each, Has: has)))
            .FirstOrDefault(each => (each.Has.SubnetId, each.Has.GatewayId) == (association.SubnetId, association.GatewayId));
        if (before.Table?.Id == table.Id)
        {
            return new AssociateRouteTableResponse { AssociationId = before.Has.Id, AssociationState = State("associated") };
        }

        if (before.Table is not null)
        {
            throw new CloudException(
                "Resource.AlreadyAssociated",
                $"the specified association for route table {table.Id} conflicts with an existing association");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.RouteTables.Put(table with { Associations = table.Associations.Add(association) });
        return new AssociateRouteTableResponse { AssociationId = association.Id, AssociationState = State("associated") };
    }

    private DisassociateRouteTableResponse Disassociate(Call call, DisassociateRouteTableRequest request)
    {
        var (table, association) = Association(call, request.AssociationId);
        if (association.IsMain)
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"cannot disassociate the main route table association {association.Id}");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.RouteTables.Put(table with { Associations = table.Associations.Remove(association) });
        return new DisassociateRouteTableResponse();
    }

    private ReplaceRouteTableAssociationResponse Replace(Call call, ReplaceRouteTableAssociationRequest request)
    {
        var (before, association) = Association(call, request.AssociationId);
        var to = compute.Lookup.Find(call, compute.Tables.RouteTables, request.RouteTableId);
        CheckNetwork(to, before.Id, before.VpcId);
        CloudException.StopDryRun(request.DryRun);
        var moved = association with { Id = Identifiers.New("rtbassoc") };
        compute.Tables.RouteTables.Put(before with { Associations = before.Associations.Remove(association) });
        to = compute.Tables.RouteTables.Find(to.Id)!;
        compute.Tables.RouteTables.Put(to with { Associations = to.Associations.Add(moved) });
        return new ReplaceRouteTableAssociationResponse { NewAssociationId = moved.Id, AssociationState = State("associated") };
    }

    private IEnumerable<RouteTableRecord> OfNetwork(string vpcId) => compute.Tables.RouteTables.All.Where(each => each.VpcId == vpcId);

    private (RouteTableRecord Table, RouteAssociation Association) Association(Call call, string id) =>
        compute.Tables.RouteTables.All
            .Where(each => each.Region == call.Region)
            .SelectMany(each => each.Associations.Select(has => (Table: each, Association: has)))
            .FirstOrDefault(each => each.Association.Id == id) is { Table: not null } found
                ? found
                : throw NotFound.Of(id);

    private static void CheckNetwork(RouteTableRecord table, string other, string? vpcId)
    {
        if (vpcId != table.VpcId)
        {
            throw new CloudException("InvalidParameterValue", $"Route table {table.Id} and {other} belong to different networks");
        }
    }

    private RouteTable View(RouteTableRecord table) => new()
    {
        RouteTableId = table.Id,
        VpcId = table.VpcId,
        OwnerId = Identifiers.AccountId,
        PropagatingVgws = [],
        Associations = [.. table.Associations.Select(each => new RouteTableAssociation
        {
            RouteTableAssociationId = each.Id,
            RouteTableId = table.Id,
            SubnetId = each.SubnetId,
            GatewayId = each.GatewayId,
            Main = each.IsMain,
            AssociationState = State("associated"),
        })],
        Routes = Routes(compute, table),
        Tags = TagText.ToModel(table.Tags),
    };

    private static RouteTableAssociationState State(string state) => new() { State = state };

    private static List<Route> Routes(ComputeModel compute, RouteTableRecord table) =>
    [
        .. VpcActions.Cidrs(compute.Tables.Vpcs.Find(table.VpcId)!).Select(each => new Route
        {
            DestinationCidrBlock = each,
            GatewayId = "local",
            Origin = RouteOrigin.CreateRouteTable,
            State = RouteState.Active,
        }),
        .. table.Routes.Select(each => RouteActions.View(compute, each)),
    ];
}
