using System.Collections.Immutable;
using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Network interfaces.</summary>
internal sealed class InterfaceActions(ComputeModel compute)
{
    private readonly Filters<InterfaceRecord> _filters = new Filters<InterfaceRecord>()
        .Add("network-interface-id", i => i.Id)
        .Add("subnet-id", i => i.SubnetId)
        .Add("vpc-id", i => i.VpcId)
        .Add("availability-zone", i => i.Zone)
        .Add("description", i => i.Description)
        .Add("status", i => i.IsUsed ? "in-use" : "available")
        .Add("interface-type", i => i.Kind)
        .Add("owner-id", _ => Identifiers.AccountId)
        .Add("private-ip-address", i => i.Address)
        .Add("private-dns-name", i => Interfaces.HostOf(i.Address))
        .Add("mac-address", i => Interfaces.MacOf(i.Address))
        .Add("requester-managed", i => i.Kind == "interface" ? "false" : "true")
        .Add("source-dest-check", i => i.ForwardsTraffic ? "false" : "true")
        .Add("attachment.attachment-id", i => i.AttachmentId)
        .Add("attachment.instance-id", i => i.InstanceId)
        .Add("attachment.instance-owner-id", i => i.IsUsed ? OwnerOf(i) : null)
        .Add("attachment.device-index", i => i.IsUsed ? i.DeviceIndex.ToString(CultureInfo.InvariantCulture) : null)
        .Add("attachment.status", i => i.IsUsed ? "attached" : null)
        .AddFlag("attachment.delete-on-termination", i => i.DeleteOnTermination)
        .AddMany("addresses.private-ip-address", i => [i.Address, .. i.MoreAddresses])
        .AddMany("association.public-ip", i => compute.Tables.AddressesByInterface[i.Id].Select(each => each.Address))
        .AddMany("association.allocation-id", i => compute.Tables.AddressesByInterface[i.Id].Select(each => each.Id))
        .AddMany("association.association-id", i => compute.Tables.AddressesByInterface[i.Id].Select(each => each.AssociationId))
        .AddMany("group-id", i => i.SecurityGroupIds)
        .AddMany("group-name", i => i.SecurityGroupIds.Select(id => compute.Tables.SecurityGroups.Find(id)?.Name))
        .AddTags(i => i.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateNetworkInterfaceRequest, CreateNetworkInterfaceResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteNetworkInterfaceRequest, DeleteNetworkInterfaceResponse>(ServiceNames.Compute, Delete);
        router.Handle<DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResponse>(ServiceNames.Compute, Describe);
        router.Handle<AttachNetworkInterfaceRequest, AttachNetworkInterfaceResponse>(ServiceNames.Compute, Attach);
        router.Handle<DetachNetworkInterfaceRequest, DetachNetworkInterfaceResponse>(ServiceNames.Compute, Detach);
        router.Handle<ModifyNetworkInterfaceAttributeRequest, ModifyNetworkInterfaceAttributeResponse>(ServiceNames.Compute, Modify);
        router.Handle<DescribeNetworkInterfaceAttributeRequest, DescribeNetworkInterfaceAttributeResponse>(
            ServiceNames.Compute,
            DescribeAttribute);
    }

    private CreateNetworkInterfaceResponse Create(Call call, CreateNetworkInterfaceRequest request)
    {
        if (request.InterfaceType is { } kind && kind.Value != "interface"
            || request.Ipv6AddressCount is > 0
            || request.Ipv6Addresses is { Count: > 0 }
            || request.Ipv4PrefixCount is > 0
            || request.Ipv4Prefixes is { Count: > 0 })
        {
            throw new CloudException("UnsupportedOperation", "The local cloud's interfaces are plain ones with IPv4 addresses.");
        }

        var subnet = compute.Lookup.Find(call, compute.Tables.Subnets, request.SubnetId);
        TagText.RefuseOthers(request.TagSpecifications, "network-interface");
        var wanted = (request.PrivateIpAddresses ?? [])
            .OrderByDescending(each => each.Primary == true)
            .Select(each => each.PrivateIpAddress)
            .ToList();
        var primary = compute.Interfaces.TakeAddress(subnet, request.PrivateIpAddress ?? wanted.FirstOrDefault(), []);
        var all = new List<string> { primary };
        foreach (var address in wanted.Where(each => each != primary)
            .Concat(Enumerable.Repeat(default(string), request.SecondaryPrivateIpAddressCount ?? 0)))
        {
            all.Add(compute.Interfaces.TakeAddress(subnet, address, all));
        }

        var groups = CheckGroups(call, subnet, request.Groups ?? []);
        CloudException.StopDryRun(request.DryRun);
        var made = new InterfaceRecord
        {
            Id = Identifiers.New("eni"),
            Region = call.Region,
            SubnetId = subnet.Id,
            VpcId = subnet.VpcId,
            Zone = subnet.Zone,
            Address = primary,
            MoreAddresses = [.. all.Skip(1)],
            SecurityGroupIds = groups,
            Description = request.Description ?? "",
            CreatedAt = call.Now,
            Tags = TagText.For("network-interface", request.TagSpecifications),
        };
        compute.Tables.Interfaces.Put(made);
        var view = View(made);
        view.Status = "pending";
        return new CreateNetworkInterfaceResponse { ClientToken = request.ClientToken, NetworkInterface = view };
    }

    private DeleteNetworkInterfaceResponse Delete(Call call, DeleteNetworkInterfaceRequest request)
    {
        var found = Find(call, request.NetworkInterfaceId);
        if (found.IsUsed)
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Network interface '{found.Id}' is currently in use.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Interfaces.Free(found.Id);
        compute.Tables.Interfaces.Remove(found.Id);
        return new DeleteNetworkInterfaceResponse();
    }

    private DescribeNetworkInterfacesResponse Describe(Call call, DescribeNetworkInterfacesRequest request)
    {
        var filter = _filters.Compile(request.Filters);
        var wanted = request.NetworkInterfaceIds is { Count: > 0 } ids ? ids : null;
        var found = wanted is null
            ? compute.Interfaces.In(call.Region).Where(each => compute.Lookup.IsVisible(call, each))
            : wanted.Distinct().Select(id => Find(call, id));
        var ordered = found.Where(filter).OrderBy(each => each.Id, StringComparer.Ordinal).ToList();
        var (items, next) = Paging.Page(
            after => ordered.Where(each => after is null || string.CompareOrdinal(each.Id, after) > 0),
            each => each.Id,
            request.MaxResults,
            request.NextToken);
        return new DescribeNetworkInterfacesResponse { NextToken = next, NetworkInterfaces = [.. items.Select(View)] };
    }

    private AttachNetworkInterfaceResponse Attach(Call call, AttachNetworkInterfaceRequest request)
    {
        var found = Find(call, request.NetworkInterfaceId);
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        var index = request.DeviceIndex ?? throw CloudException.Missing("deviceIndex");
        if (found.IsUsed)
        {
            throw new CloudException(
                "InvalidNetworkInterface.InUse",
                $"Interface: [{found.Id}] in use.");
        }

        if (found.Zone != instance.Zone)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                $"You may not attach a network interface to an instance if they are not in the same availability zone");
        }

        if (instance.State is not ("running" or "stopped"))
        {
            throw new CloudException("IncorrectInstanceState", $"The instance '{instance.Id}' is not in a state that takes an interface.");
        }

        if (index == 0 || compute.Tables.InterfacesByInstance[instance.Id].Any(each => each.DeviceIndex == index))
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Instance '{instance.Id}' already has an interface attached at device index '{index}'.");
        }

        CloudException.StopDryRun(request.DryRun);
        var attached = found with
        {
            InstanceId = instance.Id,
            DeviceIndex = index,
            AttachmentId = Identifiers.New("eni-attach"),
            AttachedAt = call.Now,
        };
        compute.Tables.Interfaces.Put(attached);
        compute.Tables.Instances.Put(instance with { HasMoreInterfaces = true });
        return new AttachNetworkInterfaceResponse { AttachmentId = attached.AttachmentId, NetworkCardIndex = 0 };
    }

    private DetachNetworkInterfaceResponse Detach(Call call, DetachNetworkInterfaceRequest request)
    {
        var found = compute.Interfaces.In(call.Region).FirstOrDefault(each => each.AttachmentId == request.AttachmentId)
            ?? throw new CloudException(
                "InvalidAttachmentID.NotFound",
                $"The interface attachment '{request.AttachmentId}' does not exist");
        if (found.DeviceIndex == 0 || found.InstanceId is null)
        {
            throw new CloudException(
                "OperationNotPermitted",
                found.InstanceId is null
                    ? "You are not allowed to manage 'ela-attach' attachments."
                    : "The network interface at device index 0 cannot be detached.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.Interfaces.Put(found with { InstanceId = null, AttachmentId = null, DeviceIndex = 0, DeleteOnTermination = false });
        return new DetachNetworkInterfaceResponse();
    }

    private ModifyNetworkInterfaceAttributeResponse Modify(Call call, ModifyNetworkInterfaceAttributeRequest request)
    {
        var found = Find(call, request.NetworkInterfaceId);
        if (found.Kind != "interface")
        {
            throw new CloudException("AuthFailure", "You do not have permission to access the specified resource.");
        }

        if (request.Attachment is { } attachment && attachment.AttachmentId != found.AttachmentId)
        {
            throw new CloudException(
                "InvalidAttachmentID.NotFound",
                $"The interface attachment '{attachment.AttachmentId}' does not exist");
        }

        var changed = found with
        {
            Description = request.Description ?? found.Description,
            ForwardsTraffic = request.SourceDestCheck is { } checks ? !checks : found.ForwardsTraffic,
            DeleteOnTermination = request.Attachment?.DeleteOnTermination ?? found.DeleteOnTermination,
            SecurityGroupIds = request.Groups is { Count: > 0 } groups
                ? CheckGroups(call, compute.Tables.Subnets.Find(found.SubnetId)!, groups)
                : found.SecurityGroupIds,
        };
        CloudException.StopDryRun(request.DryRun);
        compute.Interfaces.Put(changed);
        return new ModifyNetworkInterfaceAttributeResponse();
    }

    private DescribeNetworkInterfaceAttributeResponse DescribeAttribute(Call call, DescribeNetworkInterfaceAttributeRequest request)
    {
        var found = Find(call, request.NetworkInterfaceId);
        var (view, shown) = (View(found), new DescribeNetworkInterfaceAttributeResponse { NetworkInterfaceId = found.Id });
        switch (request.Attribute?.Value)
        {
            case "description": shown.Description = found.Description; break;
            case "groupSet": shown.Groups = view.Groups; break;
            case "sourceDestCheck": shown.SourceDestCheck = !found.ForwardsTraffic; break;
            case "attachment": shown.Attachment = view.Attachment; break;
            default:
                throw new CloudException(
                    "InvalidParameterValue",
                    $"Value ({request.Attribute?.Value}) for parameter attribute is invalid.");
        }

        return shown;
    }

    private InterfaceRecord Find(Call call, string id) =>
        compute.Interfaces.Find(id) is { } found && compute.Lookup.IsVisible(call, found) ? found
            : compute.Interfaces.OfOthers(call.Region).FirstOrDefault(each => each.Id == id) ?? throw NotFound.Of(id);

    private ImmutableArray<string> CheckGroups(Call call, SubnetRecord subnet, List<string> ids) => Interfaces.CheckGroups(
        compute.Lookup,
        compute.Tables,
        call,
        subnet,
        ids,
        () => compute.Networks.DefaultGroup(call.Region, subnet.VpcId).Id);

    private static string OwnerOf(InterfaceRecord found) => found.InstanceId is not null ? Identifiers.AccountId
        : found.Description.StartsWith("ELB ", StringComparison.Ordinal) ? "amazon-elb"
        : "amazon-aws";

    private NetworkInterface View(InterfaceRecord found)
    {
        var elastic = compute.Tables.AddressesByInterface[found.Id].FirstOrDefault();
        var instance = compute.Tables.Instances.Find(found.InstanceId);
        var isFirst = instance?.InterfaceId == found.Id;
        var association = elastic is not null
            ? new NetworkInterfaceAssociation
            {
                AllocationId = elastic.Id,
                AssociationId = elastic.AssociationId,
                IpOwnerId = Identifiers.AccountId,
                PublicIp = elastic.Address,
                PublicDnsName = "",
            }
            : isFirst && instance?.PublicAddress is { } own
                ? new NetworkInterfaceAssociation { IpOwnerId = "amazon", PublicIp = own, PublicDnsName = Interfaces.HostOf(own) }
                : null;
        return new NetworkInterface
        {
            NetworkInterfaceId = found.Id,
            SubnetId = found.SubnetId,
            VpcId = found.VpcId,
            AvailabilityZone = found.Zone,
            Description = found.Description,
            InterfaceType = found.Kind,
            OwnerId = Identifiers.AccountId,
            MacAddress = Interfaces.MacOf(found.Address),
            PrivateIpAddress = found.Address,
            PrivateDnsName = Interfaces.HostOf(found.Address),
            PrivateIpAddresses =
            [
                new NetworkInterfacePrivateIpAddress
                {
                    Primary = true,
                    PrivateIpAddress = found.Address,
                    PrivateDnsName = Interfaces.HostOf(found.Address),
                    Association = association,
                },
                .. found.MoreAddresses.Select(each => new NetworkInterfacePrivateIpAddress
                {
                    Primary = false,
                    PrivateIpAddress = each,
                    PrivateDnsName = Interfaces.HostOf(each),
                }),
            ],
            Association = association,
            Groups = [.. found.SecurityGroupIds.Select(id =>
                new GroupIdentifier { GroupId = id, GroupName = compute.Tables.SecurityGroups.Find(id)?.Name ?? id })],
            Ipv6Addresses = [],
            RequesterManaged = found.Kind != "interface" || found.Description.StartsWith("ELB ", StringComparison.Ordinal),
            SourceDestCheck = !found.ForwardsTraffic,
            Status = found.IsUsed ? NetworkInterfaceStatus.InUse : NetworkInterfaceStatus.Available,
            Attachment = !found.IsUsed ? null : new NetworkInterfaceAttachment
            {
                AttachmentId = found.AttachmentId,
                AttachTime = found.AttachedAt.UtcDateTime,
                DeleteOnTermination = found.DeleteOnTermination,
                DeviceIndex = found.InstanceId is null ? 1 : found.DeviceIndex,
                InstanceId = found.InstanceId,
                InstanceOwnerId = OwnerOf(found),
                NetworkCardIndex = 0,
                Status = AttachmentStatus.Attached,
            },
            TagSet = TagText.ToModel(found.Tags),
        };
    }
}
