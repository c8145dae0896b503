using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Routes of route tables. Nothing is routed by them.</summary>
internal sealed class RouteActions(ComputeModel compute)
{
    private const int MostRoutes = 500;

    public void Register(Router router)
    {
        router.Handle<CreateRouteRequest, CreateRouteResponse>(ServiceNames.Compute, Create);
        router.Handle<ReplaceRouteRequest, ReplaceRouteResponse>(ServiceNames.Compute, Replace);
        router.Handle<DeleteRouteRequest, DeleteRouteResponse>(ServiceNames.Compute, Delete);
    }

    private CreateRouteResponse Create(Call call, CreateRouteRequest request)
    {
        var table = compute.Lookup.Find(call, compute.Tables.RouteTables, request.RouteTableId);
        var destination = Destination(
            call,
            request.DestinationCidrBlock,
            request.DestinationIpv6CidrBlock,
            request.DestinationPrefixListId);
        RefuseLocal(table, destination);
        RefuseOthers(
            request.EgressOnlyInternetGatewayId,
            request.TransitGatewayId,
            request.VpcPeeringConnectionId,
            request.LocalGatewayId,
            request.CarrierGatewayId,
            request.CoreNetworkArn);
        var target = Target(
            call,
            table,
            request.GatewayId ?? request.VpcEndpointId,
            request.NatGatewayId,
            request.NetworkInterfaceId,
            request.InstanceId);
        if (table.Routes.FirstOrDefault(each => each.Destination == destination) is { } before)
        {
            return before.Target == target
                ? new CreateRouteResponse { Return = true }
                : throw new CloudException("RouteAlreadyExists", $"The route identified by {destination} already exists.");
        }

        if (table.Routes.Length >= MostRoutes)
        {
            throw new CloudException("RouteLimitExceeded", $"The maximum number of routes has been reached for route table {table.Id}.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.RouteTables.Put(table with { Routes = table.Routes.Add(new RouteRecord(destination, target)) });
        return new CreateRouteResponse { Return = true };
    }

    private ReplaceRouteResponse Replace(Call call, ReplaceRouteRequest request)
    {
        var table = compute.Lookup.Find(call, compute.Tables.RouteTables, request.RouteTableId);
        var destination = Destination(
            call,
            request.DestinationCidrBlock,
            request.DestinationIpv6CidrBlock,
            request.DestinationPrefixListId);
        var before = Find(
            table,
            destination,
            "InvalidParameterValue",
            "There is no route defined for '{0}' in the route table. Use CreateRoute instead.");
        RefuseOthers(
            request.EgressOnlyInternetGatewayId,
            request.TransitGatewayId,
            request.VpcPeeringConnectionId,
            request.LocalGatewayId,
            request.CarrierGatewayId,
            request.CoreNetworkArn);
        var target = Target(
            call,
            table,
            request.GatewayId ?? request.VpcEndpointId,
            request.NatGatewayId,
            request.NetworkInterfaceId,
            request.InstanceId);
        CloudException.StopDryRun(request.DryRun);
        compute.Tables.RouteTables.Put(table with { Routes = table.Routes.Replace(before, before with { Target = target }) });
        return new ReplaceRouteResponse();
    }

    private DeleteRouteResponse Delete(Call call, DeleteRouteRequest request)
    {
        var table = compute.Lookup.Find(call, compute.Tables.RouteTables, request.RouteTableId);
        var destination = Destination(
            call,
            request.DestinationCidrBlock,
            request.DestinationIpv6CidrBlock,
            request.DestinationPrefixListId);
        RefuseLocal(table, destination);
        var doomed = Find(
            table,
            destination,
            "InvalidRoute.NotFound",
            $"no route with destination-cidr-block {{0}} in route table {table.Id}");
        if (doomed.Target.StartsWith("vpce-", StringComparison.Ordinal))
        {
            throw new CloudException("InvalidParameterValue", $"cannot remove VPC endpoint route {destination} in route table {table.Id}");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.RouteTables.Put(table with { Routes = table.Routes.Remove(doomed) });
        return new DeleteRouteResponse();
    }

    /// <summary>A route as EC2 shows it: a black hole where what it goes through is no more.</summary>
    public static Route View(ComputeModel compute, RouteRecord route)
    {
        var isList = route.Destination.StartsWith("pl-", StringComparison.Ordinal);
        var view = new Route
        {
            DestinationCidrBlock = isList ? null : route.Destination,
            DestinationPrefixListId = isList ? route.Destination : null,
            Origin = RouteOrigin.CreateRoute,
            State = RouteState.Active,
        };
        var alive = true;
        switch (route.Target.Split('-')[0])
        {
            case "nat":
                view.NatGatewayId = route.Target;
                alive = compute.Tables.NatGateways.Find(route.Target) is { State: "pending" or "available" };
                break;
            case "eni":
                view.NetworkInterfaceId = route.Target;
                var through = compute.Interfaces.Find(route.Target);
                view.InstanceId = through?.InstanceId;
                view.InstanceOwnerId = through?.InstanceId is null ? null : Identifiers.AccountId;
                alive = compute.Tables.Instances.Find(through?.InstanceId) is { State: "running" or "pending" };
                break;
            case "igw":
                view.GatewayId = route.Target;
                alive = compute.Tables.InternetGateways.Find(route.Target)?.VpcId is not null;
                break;
            default:
                view.GatewayId = route.Target;
                break;
        }

        view.State = alive ? RouteState.Active : RouteState.Blackhole;
        return view;
    }

    private string Destination(Call call, string? cidr, string? ipv6, string? list)
    {
        if (ipv6 is { Length: > 0 })
        {
            throw new CloudException("UnsupportedOperation", "The local cloud's networks have no IPv6.");
        }

        if (list is { Length: > 0 })
        {
            return PrefixListActions.Check(compute, call, list);
        }

        return Cidr.Read(cidr ?? throw CloudException.Missing("destinationCidrBlock"))?.ToString() ?? throw new CloudException(
            "InvalidParameterValue",
            $"Value ({cidr}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.");
    }

    private void RefuseLocal(RouteTableRecord table, string destination)
    {
        if (VpcActions.Cidrs(compute.Tables.Vpcs.Find(table.VpcId)!).Contains(destination))
        {
            throw new CloudException("InvalidParameterValue", $"cannot change local route {destination} in route table {table.Id}");
        }
    }

    private static void RefuseOthers(params string?[] targets)
    {
        if (Array.Find(targets, each => !string.IsNullOrEmpty(each)) is { } target)
        {
            throw new CloudException(
                "UnsupportedOperation",
                $"The local cloud has nothing of the kind of {target} that a route could go through.");
        }
    }

    private string Target(Call call, RouteTableRecord table, string? gateway, string? nat, string? ownInterface, string? instance)
    {
        string?[] given = [gateway, nat, ownInterface, instance];
        if (given.Count(each => !string.IsNullOrEmpty(each)) != 1)
        {
            throw new CloudException("InvalidParameterCombination", "A route goes through exactly one thing.");
        }

        if (gateway is { Length: > 0 })
        {
            var found = compute.Tables.InternetGateways.Find(gateway) is { } internet && internet.Region == call.Region
                ? internet
                : throw (gateway.StartsWith("igw-", StringComparison.Ordinal)
                    ? new CloudException("InvalidGatewayID.NotFound", $"The gateway ID '{gateway}' does not exist")
                    : new CloudException("InvalidParameterValue", $"invalid value for parameter gateway-id: {gateway}"));
            return found.VpcId == table.VpcId ? gateway : throw Different("network gateway", gateway);
        }

        if (nat is { Length: > 0 })
        {
            var found = compute.Lookup.Find(call, compute.Tables.NatGateways, nat);
            return found.State is not ("pending" or "available") ? throw NotFound.Of(nat)
                : found.VpcId == table.VpcId ? nat : throw Different("NAT gateway", nat);
        }

        var id = instance is { Length: > 0 } ? compute.Lookup.Instance(call, instance).InterfaceId : ownInterface!;
        var way = compute.Interfaces.Find(id) is { } own && own.Region == call.Region ? own : throw NotFound.Of(id);
        return way.VpcId == table.VpcId ? way.Id : throw Different("interface", way.Id);

        CloudException Different(string kind, string other) =>
            new("InvalidParameterValue", $"route table {table.Id} and {kind} {other} belong to different networks");
    }

    private static RouteRecord Find(RouteTableRecord table, string destination, string code, string message) =>
        table.Routes.FirstOrDefault(each => each.Destination == destination)
        ?? throw new CloudException(code, message.Replace("{0}", destination, StringComparison.Ordinal));
}
