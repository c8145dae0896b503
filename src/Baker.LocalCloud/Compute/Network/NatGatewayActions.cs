using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>NAT gateways. Nothing goes through them: instances have this machine's network.</summary>
internal sealed class NatGatewayActions(ComputeModel compute)
{
    private static readonly Filters<NatGatewayRecord> s_filters = new Filters<NatGatewayRecord>()
        .Add("nat-gateway-id", g => g.Id)
        .Add("state", g => g.State)
        .Add("subnet-id", g => g.SubnetId)
        .Add("vpc-id", g => g.VpcId)
        .AddTags(g => g.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateNatGatewayRequest, CreateNatGatewayResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteNatGatewayRequest, DeleteNatGatewayResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeNatGatewaysRequest, DescribeNatGatewaysResponse>(ServiceNames.Compute, Describe);
    }

    private CreateNatGatewayResponse Create(Call call, CreateNatGatewayRequest request)
    {
        if (request.ClientToken is { Length: > 0 } token
            && compute.Tables.NatGateways.All.FirstOrDefault(each => each.Region == call.Region && each.ClientToken == token) is { } before)
        {
            return before.SubnetId == request.SubnetId && before.AllocationId == request.AllocationId
                ? new CreateNatGatewayResponse { ClientToken = token, NatGateway = View(before) }
                : throw new CloudException(
                    "IdempotentParameterMismatch",
                    "The client token has been used for another NAT gateway.");
        }

        if (request.SecondaryAllocationIds is { Count: > 0 }
            || request.SecondaryPrivateIpAddresses is { Count: > 0 }
            || request.SecondaryPrivateIpAddressCount is > 0
            || request.AvailabilityMode?.Value == "regional")
        {
            throw new CloudException("UnsupportedOperation", "The local cloud's NAT gateways have one address, in one zone.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "natgateway");
        var subnet = compute.Lookup.Find(call, compute.Tables.Subnets, request.SubnetId ?? throw CloudException.Missing("SubnetId"));
        var isPrivate = request.ConnectivityType?.Value == "private";
        if (isPrivate == request.AllocationId is not null)
        {
            throw isPrivate
                ? new CloudException("InvalidParameterCombination", "A private NAT gateway has no elastic address.")
                : CloudException.Missing("AllocationId");
        }

        var elastic = isPrivate ? null : compute.Lookup.Find(call, compute.Tables.Addresses, request.AllocationId);
        if (elastic?.InterfaceId is not null)
        {
            throw new CloudException(
                "Resource.AlreadyAssociated",
                $"Elastic IP address [{elastic.Id}] is already associated with another resource");
        }

        var address = compute.Interfaces.TakeAddress(subnet, request.PrivateIpAddress, []);
        CloudException.StopDryRun(request.DryRun);
        var id = Identifiers.New("nat");
        var own = new InterfaceRecord
        {
            Id = Identifiers.New("eni"),
            Region = call.Region,
            SubnetId = subnet.Id,
            VpcId = subnet.VpcId,
            Zone = subnet.Zone,
            Address = address,
            Description = $"Interface for NAT Gateway {id}",
            Kind = "nat_gateway",
            ForwardsTraffic = true,
            AttachmentId = "ela-attach-" + id[4..],
            AttachedAt = call.Now,
            CreatedAt = call.Now,
        };
        compute.Tables.Interfaces.Put(own);
        if (elastic is not null)
        {
            compute.Tables.Addresses.Put(elastic with { InterfaceId = own.Id, AssociationId = Identifiers.New("eipassoc") });
        }

        var gateway = compute.NatGateways.Begin(
            new NatGatewayRecord
            {
                Id = id,
                Region = call.Region,
                SubnetId = subnet.Id,
                VpcId = subnet.VpcId,
                State = "pending",
                IsPrivate = isPrivate,
                AllocationId = elastic?.Id,
                PublicAddress = elastic?.Address,
                InterfaceId = own.Id,
                Address = address,
                ClientToken = request.ClientToken,
                CreatedAt = call.Now,
                Tags = TagText.For("natgateway", request.TagSpecifications),
            },
            call.Now);
        return new CreateNatGatewayResponse { ClientToken = request.ClientToken, NatGateway = View(gateway) };
    }

    private DeleteNatGatewayResponse Delete(Call call, DeleteNatGatewayRequest request)
    {
        var gateway = compute.Lookup.Find(call, compute.Tables.NatGateways, request.NatGatewayId);
        CloudException.StopDryRun(request.DryRun);
        if (gateway.State is "pending" or "available" or "failed")
        {
            compute.NatGateways.Delete(gateway, call.Now);
        }

        return new DeleteNatGatewayResponse { NatGatewayId = gateway.Id };
    }

    private DescribeNatGatewaysResponse Describe(Call call, DescribeNatGatewaysRequest request)
    {
        var filter = s_filters.Compile(request.Filter);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.NatGateways,
            request.NatGatewayIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeNatGatewaysResponse { NextToken = next, NatGateways = [.. items.Select(View)] };
    }

    private NatGateway View(NatGatewayRecord gateway) => new()
    {
        NatGatewayId = gateway.Id,
        SubnetId = gateway.SubnetId,
        VpcId = gateway.VpcId,
        State = gateway.State,
        ConnectivityType = gateway.IsPrivate ? "private" : "public",
        CreateTime = gateway.CreatedAt.UtcDateTime,
        DeleteTime = gateway.DeletedAt?.UtcDateTime,
        FailureCode = gateway.FailureCode,
        FailureMessage = gateway.FailureMessage,
        NatGatewayAddresses =
        [
            new NatGatewayAddress
            {
                AllocationId = gateway.AllocationId,
                AssociationId = compute.Tables.AddressesByInterface[gateway.InterfaceId ?? ""].FirstOrDefault()?.AssociationId,
                NetworkInterfaceId = gateway.InterfaceId,
                PrivateIp = gateway.Address,
                PublicIp = gateway.PublicAddress,
                IsPrimary = true,
                Status = gateway.State == "available" ? "succeeded" : gateway.State == "failed" ? "failed" : "associating",
            },
        ],
        Tags = TagText.ToModel(gateway.Tags),
    };
}
