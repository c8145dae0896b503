using System.Security.Cryptography;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>
/// Elastic addresses. They are of this machine's loopback network, so that nobody takes them for somebody's, and nothing listens there.
/// </summary>
internal sealed class AddressActions(ComputeModel compute)
{
    /// <summary>How many a region may have.</summary>
    public const int MostAddresses = 5;

    // No zone's instances are there.
    private static readonly Cidr s_pool = Cidr.Read("127.224.0.0/12")!.Value;

    private readonly Filters<AddressRecord> _filters = new Filters<AddressRecord>()
        .Add("allocation-id", a => a.Id)
        .Add("association-id", a => a.AssociationId)
        .Add("public-ip", a => a.Address)
        .Add("domain", _ => "vpc")
        .Add("network-interface-id", a => a.InterfaceId)
        .Add("network-interface-owner-id", a => a.InterfaceId is null ? null : Identifiers.AccountId)
        .Add("network-border-group", a => a.Region)
        .Add("instance-id", a => compute.Interfaces.Find(a.InterfaceId)?.InstanceId)
        .Add("private-ip-address", a => compute.Interfaces.Find(a.InterfaceId)?.Address)
        .AddTags(a => a.Tags);

    public void Register(Router router)
    {
        router.Handle<AllocateAddressRequest, AllocateAddressResponse>(ServiceNames.Compute, Allocate);
        router.Handle<ReleaseAddressRequest, ReleaseAddressResponse>(ServiceNames.Compute, Release);
        router.Handle<AssociateAddressRequest, AssociateAddressResponse>(ServiceNames.Compute, Associate);
        router.Handle<DisassociateAddressRequest, DisassociateAddressResponse>(ServiceNames.Compute, Disassociate);
        router.Handle<DescribeAddressesRequest, DescribeAddressesResponse>(ServiceNames.Compute, Describe);
        router.Handle<DescribeAddressesAttributeRequest, DescribeAddressesAttributeResponse>(ServiceNames.Compute, DescribeAttribute);
    }

    private AllocateAddressResponse Allocate(Call call, AllocateAddressRequest request)
    {
        if (request.Domain?.Value is "standard")
        {
            throw new CloudException("InvalidParameterValue", "Value (standard) for parameter domain is invalid.");
        }

        if (request.Address is not null || request.PublicIpv4Pool is not (null or "amazon") || request.CustomerOwnedIpv4Pool is not null)
        {
            throw new CloudException("UnsupportedOperation", "The local cloud has no pools of addresses but Amazon's.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "elastic-ip");
        if (compute.Tables.Addresses.All.Count(each => each.Region == call.Region) >= MostAddresses)
        {
            throw new CloudException("AddressLimitExceeded", "The maximum number of addresses has been reached.");
        }

        CloudException.StopDryRun(request.DryRun);
        var address = new AddressRecord
        {
            Id = Identifiers.New("eipalloc"),
            Region = call.Region,
            Address = Free(),
            CreatedAt = call.Now,
            Tags = TagText.For("elastic-ip", request.TagSpecifications),
        };
        compute.Tables.Addresses.Put(address);
        return new AllocateAddressResponse
        {
            AllocationId = address.Id,
            PublicIp = address.Address,
            Domain = DomainType.Vpc,
            PublicIpv4Pool = "amazon",
            NetworkBorderGroup = call.Region,
        };
    }

    private ReleaseAddressResponse Release(Call call, ReleaseAddressRequest request)
    {
        var address = Find(call, request.AllocationId, request.PublicIp);
        if (compute.Interfaces.Find(address.InterfaceId)?.Kind == "nat_gateway")
        {
            throw new CloudException("AuthFailure", "You do not have permission to access the specified resource.");
        }

        if (address.InterfaceId is not null)
        {
            throw new CloudException("InvalidIPAddress.InUse", $"Address {address.Address} is in use.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.Addresses.Remove(address.Id);
        return new ReleaseAddressResponse();
    }

    private AssociateAddressResponse Associate(Call call, AssociateAddressRequest request)
    {
        var address = Find(call, request.AllocationId, request.PublicIp);
        var to = Target(call, request);
        if (request.PrivateIpAddress is { Length: > 0 } asked && asked != to.Address)
        {
            throw new CloudException("InvalidParameterValue", $"The address {asked} is not the primary one of {to.Id}.");
        }

        if (!compute.Tables.InternetGateways.All.Any(each => each.VpcId == to.VpcId))
        {
            throw new CloudException("Gateway.NotAttached", $"Network {to.VpcId} is not attached to any internet gateway");
        }

        var other = compute.Tables.AddressesByInterface[to.Id].FirstOrDefault(each => each.Id != address.Id);
        if (address.InterfaceId == to.Id)
        {
            return new AssociateAddressResponse { AssociationId = address.AssociationId };
        }

        // EC2 takes an address from elsewhere unless it is told not to.
        if ((request.AllowReassociation == false && address.InterfaceId is not null)
            || (request.AllowReassociation != true && other is not null))
        {
            throw new CloudException(
                "Resource.AlreadyAssociated",
                $"resource {(other is null ? address.Id : to.Id)} is already associated with associate-id "
                    + $"{(other ?? address).AssociationId}");
        }

        CloudException.StopDryRun(request.DryRun);
        if (other is not null)
        {
            compute.Tables.Addresses.Put(other with { InterfaceId = null, AssociationId = null });
        }

        compute.Interfaces.Show(address.InterfaceId, null);
        compute.Interfaces.Show(to.Id, address.Address);
        var associated = address with { InterfaceId = to.Id, AssociationId = Identifiers.New("eipassoc") };
        compute.Tables.Addresses.Put(associated);
        return new AssociateAddressResponse { AssociationId = associated.AssociationId };
    }

    private DisassociateAddressResponse Disassociate(Call call, DisassociateAddressRequest request)
    {
        var address = request.AssociationId is { Length: > 0 } id
            ? compute.Tables.Addresses.All.FirstOrDefault(each => each.Region == call.Region && each.AssociationId == id)
                ?? throw NotFound.Of(id)
            : Find(call, null, request.PublicIp);
        if (compute.Interfaces.Find(address.InterfaceId)?.Kind == "nat_gateway")
        {
            throw new CloudException("AuthFailure", "You do not have permission to access the specified resource.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Interfaces.Show(address.InterfaceId, null);
        compute.Tables.Addresses.Put(address with { InterfaceId = null, AssociationId = null });
        return new DisassociateAddressResponse();
    }

    private DescribeAddressesResponse Describe(Call call, DescribeAddressesRequest request)
    {
        var filter = _filters.Compile(request.Filters);
        var wanted = (request.PublicIps ?? []).Select(each => Find(call, null, each).Id).ToHashSet();
        var (items, _) = compute.Lookup.Page(
            call,
            compute.Tables.Addresses,
            request.AllocationIds,
            each => (wanted.Count == 0 || wanted.Contains(each.Id)) && filter(each),
            size: null,
            token: null);
        return new DescribeAddressesResponse { Addresses = [.. items.Select(View)] };
    }

    private DescribeAddressesAttributeResponse DescribeAttribute(Call call, DescribeAddressesAttributeRequest request)
    {
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Addresses,
            request.AllocationIds,
            _ => true,
            request.MaxResults,
            request.NextToken);
        return new DescribeAddressesAttributeResponse
        {
            NextToken = next,
            Addresses = [.. items.Select(each => new AddressAttribute { AllocationId = each.Id, PublicIp = each.Address })],
        };
    }

    private InterfaceRecord Target(Call call, AssociateAddressRequest request)
    {
        if (request.NetworkInterfaceId is { Length: > 0 } id)
        {
            return compute.Interfaces.Find(id) is { } found && found.Region == call.Region ? found : throw NotFound.Of(id);
        }

        var instance = compute.Lookup.Instance(call, request.InstanceId ?? throw CloudException.Missing("InstanceId"));
        return instance.State is "running" or "stopped"
            ? compute.Interfaces.Find(instance.InterfaceId)!
            : throw new CloudException(
                "InvalidInstanceID",
                $"The pending instance '{instance.Id}' is not in a valid state for this operation.");
    }

    private AddressRecord Find(Call call, string? id, string? address) => id is { Length: > 0 }
        ? compute.Lookup.Find(call, compute.Tables.Addresses, id)
        : compute.Tables.Addresses.All.FirstOrDefault(each => each.Region == call.Region && each.Address == address)
            ?? throw (address is null
                ? CloudException.Missing("AllocationId")
                : new CloudException("InvalidAddress.NotFound", $"Address '{address}' not found."));

    private string Free()
    {
        while (true)
        {
            var address = Cidr.TextOf(s_pool.First + (uint)RandomNumberGenerator.GetInt32(256, (int)s_pool.Count - 256));
            if (!compute.Tables.Addresses.All.Any(each => each.Address == address))
            {
                return address;
            }
        }
    }

    private Address View(AddressRecord address)
    {
        var at = compute.Interfaces.Find(address.InterfaceId);
        return new Address
        {
            AllocationId = address.Id,
            AssociationId = address.AssociationId,
            Domain = DomainType.Vpc,
            PublicIp = address.Address,
            PublicIpv4Pool = "amazon",
            NetworkBorderGroup = address.Region,
            NetworkInterfaceId = address.InterfaceId,
            NetworkInterfaceOwnerId = at is null ? null : Identifiers.AccountId,
            InstanceId = at?.InstanceId ?? "",
            PrivateIpAddress = at?.Address,
            Tags = TagText.ToModel(address.Tags),
        };
    }
}
