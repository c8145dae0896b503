using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Internet gateways.</summary>
internal sealed class InternetGatewayActions(ComputeModel compute)
{
    private static readonly Filters<InternetGatewayRecord> s_filters = new Filters<InternetGatewayRecord>()
        .Add("internet-gateway-id", g => g.Id)
        .Add("attachment.vpc-id", g => g.VpcId)
        .Add("attachment.state", g => g.VpcId is null ? null : "available")
        .Add("owner-id", _ => Identifiers.AccountId)
        .AddTags(g => g.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateInternetGatewayRequest, CreateInternetGatewayResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteInternetGatewayRequest, DeleteInternetGatewayResponse>(ServiceNames.Compute, Delete);
        router.Handle<AttachInternetGatewayRequest, AttachInternetGatewayResponse>(ServiceNames.Compute, Attach);
        router.Handle<DetachInternetGatewayRequest, DetachInternetGatewayResponse>(ServiceNames.Compute, Detach);
        router.Handle<DescribeInternetGatewaysRequest, DescribeInternetGatewaysResponse>(ServiceNames.Compute, Describe);
    }

    private CreateInternetGatewayResponse Create(Call call, CreateInternetGatewayRequest request)
    {
        TagText.RefuseOthers(request.TagSpecifications, "internet-gateway");
        CloudException.StopDryRun(request.DryRun);
        var gateway = new InternetGatewayRecord
        {
            Id = Identifiers.New("igw"),
            Region = call.Region,
            CreatedAt = call.Now,
            Tags = TagText.For("internet-gateway", request.TagSpecifications),
        };
        compute.Tables.InternetGateways.Put(gateway);
        return new CreateInternetGatewayResponse { InternetGateway = View(gateway) };
    }

    private DeleteInternetGatewayResponse Delete(Call call, DeleteInternetGatewayRequest request)
    {
        var gateway = compute.Lookup.Find(call, compute.Tables.InternetGateways, request.InternetGatewayId);
        if (gateway.VpcId is not null)
        {
            throw new CloudException("DependencyViolation", $"The internetGateway '{gateway.Id}' has dependencies and cannot be deleted.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.InternetGateways.Remove(gateway.Id);
        return new DeleteInternetGatewayResponse();
    }

    private AttachInternetGatewayResponse Attach(Call call, AttachInternetGatewayRequest request)
    {
        var gateway = compute.Lookup.Find(call, compute.Tables.InternetGateways, request.InternetGatewayId);
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        if (gateway.VpcId is not null)
        {
            throw new CloudException("Resource.AlreadyAssociated", $"resource {gateway.Id} is already attached to network {gateway.VpcId}");
        }

        if (compute.Tables.InternetGateways.All.Any(each => each.VpcId == vpc.Id))
        {
            throw new CloudException("InvalidParameterValue", $"Network {vpc.Id} already has an internet gateway attached");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.InternetGateways.Put(gateway with { VpcId = vpc.Id });
        return new AttachInternetGatewayResponse();
    }

    private DetachInternetGatewayResponse Detach(Call call, DetachInternetGatewayRequest request)
    {
        var gateway = compute.Lookup.Find(call, compute.Tables.InternetGateways, request.InternetGatewayId);
        var vpc = compute.Lookup.Find(call, compute.Tables.Vpcs, request.VpcId);
        if (gateway.VpcId != vpc.Id)
        {
            throw new CloudException("Gateway.NotAttached", $"resource {gateway.Id} is not attached to network {vpc.Id}");
        }

        if (IsMapped(vpc))
        {
            throw new CloudException(
                "DependencyViolation",
                $"Network {vpc.Id} has some mapped public address(es). Please unmap those public address(es) before "
                    + "detaching the gateway.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.InternetGateways.Put(gateway with { VpcId = null });
        return new DetachInternetGatewayResponse();
    }

    private DescribeInternetGatewaysResponse Describe(Call call, DescribeInternetGatewaysRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.InternetGateways,
            request.InternetGatewayIds,
            filter,
            request.MaxResults,
            request.NextToken);
        return new DescribeInternetGatewaysResponse { NextToken = next, InternetGateways = [.. items.Select(View)] };
    }

    /// <summary>Whether anything of a network has a public address, which leads through its gateway.</summary>
    private bool IsMapped(VpcRecord vpc) =>
        compute.Tables.Instances.All.Any(each => each.VpcId == vpc.Id && each.PublicAddress is not null)
        || compute.Tables.Addresses.All.Any(each => each.InterfaceId is { } id && compute.Interfaces.Find(id)?.VpcId == vpc.Id);

    private static InternetGateway View(InternetGatewayRecord gateway) => new()
    {
        InternetGatewayId = gateway.Id,
        OwnerId = Identifiers.AccountId,
        Attachments = gateway.VpcId is { } vpc ? [new InternetGatewayAttachment { VpcId = vpc, State = "available" }] : [],
        Tags = TagText.ToModel(gateway.Tags),
    };
}
