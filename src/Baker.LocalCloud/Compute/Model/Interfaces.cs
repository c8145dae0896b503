using System.Collections.Immutable;
using System.Globalization;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>
/// All network interfaces: those that have a record, the first one of each instance, which is seen in the instance, and those of
/// other services.
/// </summary>
internal sealed class Interfaces(ComputeTables tables)
{
    /// <summary>How many security groups an interface may have.</summary>
    public const int MostGroups = 5;

    // The first four addresses of a subnet are EC2's, and the last one.
    private const int Reserved = 5;

    /// <summary>The interfaces that another service has in a region.</summary>
    public Func<string, IEnumerable<InterfaceRecord>> OfOthers { get; set; } = static _ => [];

    /// <summary>Those of EC2, of all regions.</summary>
    public IEnumerable<InterfaceRecord> All => tables.Interfaces.All.Concat(tables.Instances.All.Where(HasItsOwn).Select(Of));

    public IEnumerable<InterfaceRecord> In(string region) => All.Where(each => each.Region == region).Concat(OfOthers(region));

    public InterfaceRecord? Find(string? id) =>
        tables.Interfaces.Find(id)
        ?? (id?.StartsWith("eni-", StringComparison.Ordinal) == true
            && tables.Instances.Find("i-" + id[4..]) is { } instance
            && HasItsOwn(instance)
                ? Of(instance)
                : null);

    /// <summary>An instance's interfaces beside the first.</summary>
    public static IEnumerable<InterfaceRecord> MoreOf(InstanceRecord instance, ComputeTables tables) => instance.HasMoreInterfaces
        ? tables.InterfacesByInstance[instance.Id]
            .Where(each => each.Id != instance.PrimaryInterfaceId)
            .OrderBy(each => each.DeviceIndex)
        : [];

    /// <summary>A hardware address that goes with an address.</summary>
    public static string MacOf(string address) =>
        "0a:00:" + string.Join(':', address.Split('.').Select(each => byte.Parse(each, CultureInfo.InvariantCulture).ToString("x2")));

    public static string HostOf(string address) => $"ip-{address.Replace('.', '-')}.ec2.internal";

    public bool AnyIn(SubnetRecord subnet) =>
        tables.InstancesBySubnet[subnet.Id].Count > 0
        || tables.InterfacesBySubnet[subnet.Id].Count > 0
        || OfOthers(subnet.Region).Any(each => each.SubnetId == subnet.Id);

    public bool AnyWithGroup(SecurityGroupRecord group) => In(group.Region).Any(each => each.SecurityGroupIds.Contains(group.Id));

    /// <summary>How many addresses a subnet has left.</summary>
    public long FreeIn(SubnetRecord subnet) => Cidr.Read(subnet.CidrBlock)!.Value.Count
        - Reserved
        - tables.InstancesBySubnet[subnet.Id].Count
        - tables.InterfacesBySubnet[subnet.Id].Sum(each => 1 + each.MoreAddresses.Length)
        - OfOthers(subnet.Region).Count(each => each.SubnetId == subnet.Id);

    public void CheckRoom(SubnetRecord subnet, int wanted)
    {
        if (FreeIn(subnet) < wanted)
        {
            throw new CloudException(
                "InsufficientFreeAddressesInSubnet",
                $"There are not enough free addresses in subnet '{subnet.Id}' to satisfy the requested number of instances.");
        }
    }

    /// <summary>An address of a subnet: the one that is wanted, or the lowest that is free.</summary>
    public string TakeAddress(SubnetRecord subnet, string? wanted, IReadOnlyCollection<string> besides)
    {
        var range = Cidr.Read(subnet.CidrBlock)!.Value;
        if (!string.IsNullOrEmpty(wanted))
        {
            CheckIn(subnet, wanted);
            return besides.Contains(wanted) || !IsFree(subnet, wanted)
                ? throw new CloudException("InvalidIPAddress.InUse", $"Address {wanted} is in use.")
                : wanted;
        }

        CheckRoom(subnet, 1 + besides.Count);
        for (var at = range.First + Reserved - 1; at < range.Last; at++)
        {
            if (Cidr.TextOf(at) is var text && !besides.Contains(text) && IsFree(subnet, text))
            {
                return text;
            }
        }

        throw new CloudException(
            "InsufficientFreeAddressesInSubnet",
            $"There are not enough free addresses in subnet '{subnet.Id}'.");
    }

    /// <exception cref="CloudException">The subnet does not have the address, or does not give it away.</exception>
    public static void CheckIn(SubnetRecord subnet, string wanted)
    {
        var range = Cidr.Read(subnet.CidrBlock)!.Value;
        if (Cidr.AddressOf(wanted) is not { } address || !range.Contains(address))
        {
            throw new CloudException("InvalidParameterValue", $"Address {wanted} does not fall within the subnet's address range");
        }

        if (address < range.First + Reserved - 1 || address == range.Last)
        {
            throw new CloudException("InvalidParameterValue", $"Address {wanted} is in subnet's reserved address range");
        }
    }

    /// <summary>Checks that security groups exist in the network of a subnet, and are not too many; none are the default group.</summary>
    public static ImmutableArray<string> CheckGroups(
        Lookup lookup,
        ComputeTables tables,
        Call call,
        SubnetRecord subnet,
        IEnumerable<string> ids,
        Func<string> defaultGroup)
    {
        var groups = ids.Distinct().Select(id => lookup.Find(call, tables.SecurityGroups, id)).ToList();
        if (groups.Find(group => group.VpcId != subnet.VpcId) is { } foreign)
        {
            throw OtherNetwork(foreign.Id, subnet.Id);
        }

        return groups.Count switch
        {
            0 => [defaultGroup()],
            > MostGroups => throw TooManyGroups(),
            _ => [.. groups.Select(group => group.Id)],
        };
    }

    public static CloudException OtherNetwork(string group, string subnet) =>
        new("InvalidParameter", $"Security group {group} and subnet {subnet} belong to different networks.");

    public static CloudException TooManyGroups() => new(
        "SecurityGroupsPerInterfaceLimitExceeded",
        "The maximum number of security groups per interface has been reached.");

    /// <summary>Keeps what has changed in an interface, wherever it is kept.</summary>
    public void Put(InterfaceRecord changed)
    {
        if (tables.Interfaces.Find(changed.Id) is not null)
        {
            tables.Interfaces.Put(changed);
        }

        if (changed.InstanceId is { } id && tables.Instances.Find(id) is { } instance && instance.InterfaceId == changed.Id)
        {
            tables.Instances.Put(instance with
            {
                SecurityGroupIds = changed.SecurityGroupIds,
                ForwardsTraffic = changed.ForwardsTraffic,
                InterfaceTags = changed.Tags.Count == 0 ? null : changed.Tags,
                InterfaceDescription = changed.Description.Length == 0 ? null : changed.Description,
            });
        }
    }

    /// <summary>Sets the elastic address that an instance shows, where the interface is its first.</summary>
    public void Show(string? interfaceId, string? address)
    {
        if (Find(interfaceId) is { InstanceId: { } id } && tables.Instances.Find(id) is { } instance && instance.InterfaceId == interfaceId)
        {
            tables.Instances.Put(instance with { ElasticAddress = address });
        }
    }

    /// <summary>Frees what an interface had that is no more, or its instance.</summary>
    public void Free(string interfaceId)
    {
        foreach (var address in tables.AddressesByInterface[interfaceId].ToList())
        {
            Show(interfaceId, null);
            tables.Addresses.Put(address with { InterfaceId = null, AssociationId = null });
        }
    }

    /// <summary>An instance has ended: its interfaces go, or stay without it.</summary>
    public void End(InstanceRecord instance)
    {
        Free(instance.InterfaceId);
        foreach (var each in tables.InterfacesByInstance[instance.Id].ToList())
        {
            if (each.DeleteOnTermination)
            {
                Free(each.Id);
                tables.Interfaces.Remove(each.Id);
            }
            else
            {
                tables.Interfaces.Put(each with { InstanceId = null, AttachmentId = null, DeviceIndex = 0 });
            }
        }
    }

    private static bool HasItsOwn(InstanceRecord instance) => !instance.IsTerminated && instance.PrimaryInterfaceId is null;

    /// <summary>The first interface of an instance, where it has no record.</summary>
    public static InterfaceRecord Of(InstanceRecord instance) => new()
    {
        Id = instance.InterfaceId,
        Region = instance.Region,
        SubnetId = instance.SubnetId,
        VpcId = instance.VpcId,
        Zone = instance.Zone,
        Address = instance.Address,
        SecurityGroupIds = instance.SecurityGroupIds,
        Description = instance.InterfaceDescription ?? "",
        ForwardsTraffic = instance.ForwardsTraffic,
        InstanceId = instance.Id,
        AttachmentId = "eni-attach-" + instance.Id[2..],
        AttachedAt = instance.CreatedAt,
        DeleteOnTermination = true,
        CreatedAt = instance.CreatedAt,
        Tags = instance.InterfaceTags ?? ImmutableSortedDictionary<string, string>.Empty,
    };

    private bool IsFree(SubnetRecord subnet, string address) =>
        tables.InstancesByAddress[address].Count == 0
        && !tables.InterfacesByAddress[address].Any(each =>
            each.SubnetId == subnet.Id || address.StartsWith("127.", StringComparison.Ordinal))
        && !tables.InterfacesBySubnet[subnet.Id].Any(each => each.MoreAddresses.Contains(address));
}
