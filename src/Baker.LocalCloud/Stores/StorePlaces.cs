using System.Collections.Immutable;
using System.Globalization;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Stores;

/// <summary>Where data stores stand: subnets, security groups and loopback addresses.</summary>
internal sealed class StorePlaces(CloudContext cloud, ComputeModel compute)
{
    private const int LastByte = 254;

    /// <summary>The addresses that are taken, of each service.</summary>
    public List<Func<IEnumerable<string>>> Taken { get; } = [];

    /// <summary>The subnets of a group, each with its zone, and their network.</summary>
    /// <exception cref="CloudException">One does not exist, or they are of several networks.</exception>
    public (string VpcId, ImmutableSortedDictionary<string, string> Subnets) Subnets(Call call, IEnumerable<string>? ids)
    {
        compute.Networks.Ensure(call.Region);
        var found = (ids ?? []).Distinct().Select(id => compute.Tables.Subnets.Find(id) is { } subnet && subnet.Region == call.Region
            ? subnet
            : throw new CloudException("InvalidSubnet", $"Some input subnets in :[{id}] are invalid.")).ToList();
        return found.Count == 0 ? throw new CloudException("InvalidParameterValue", "At least one subnet is needed.")
            : found.Find(each => each.VpcId != found[0].VpcId) is { } other ? throw new CloudException(
                "InvalidSubnet",
                $"The new Subnets are not in the same Vpc as the existing subnet group: {other.Id} is in {other.VpcId}.")
            : (found[0].VpcId, found.ToImmutableSortedDictionary(each => each.Id, each => each.Zone, StringComparer.Ordinal));
    }

    /// <summary>The subnets of the default network.</summary>
    public (string VpcId, ImmutableSortedDictionary<string, string> Subnets) DefaultSubnets(string region) => (
        compute.Networks.DefaultVpc(region).Id,
        compute.Networks.DefaultSubnets(region).ToImmutableSortedDictionary(each => each.Id, each => each.Zone, StringComparer.Ordinal));

    /// <summary>The security groups of a request, or the default one of the network.</summary>
    public List<string> Groups(Call call, string vpc, List<string>? ids)
    {
        if (ids is not { Count: > 0 })
        {
            return [compute.Networks.DefaultGroup(call.Region, vpc).Id];
        }

        if (ids.Find(id => compute.Tables.SecurityGroups.Find(id) is not { } found || found.Region != call.Region) is { } missing)
        {
            throw new CloudException("InvalidParameterValue", $"Invalid security group , groupId= {missing}, groupName=.");
        }

        return ids.Find(id => compute.Tables.SecurityGroups.Find(id)!.VpcId != vpc) is { } elsewhere
            ? throw new CloudException(
                "InvalidParameterCombination",
                $"The DB instance and EC2 security group are in different VPCs: {elsewhere} is not in {vpc}.")
            : [.. ids.Distinct()];
    }

    /// <summary>A loopback address of its own: above those of the balancers, below the subnets' ranges.</summary>
    /// <param name="besides">Others that are given away with it.</param>
    public string Address(string seed, params IEnumerable<string> besides)
    {
        var taken = Taken.SelectMany(each => each()).Concat(besides).ToHashSet(StringComparer.Ordinal);
        var start = (uint)$"{cloud.Options.StateFolder} {seed}".Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
        for (uint tried = 0; ; tried++)
        {
            var at = start + tried;
            var address = string.Create(CultureInfo.InvariantCulture, $"127.31.{(at / LastByte) & 255}.{1 + (at % LastByte)}");
            if (!taken.Contains(address))
            {
                return address;
            }
        }
    }

    /// <summary>How EC2 shows what a store has in the network.</summary>
    public static InterfaceRecord Interface(
        string arn,
        string region,
        SubnetGroupRecord group,
        string? zone,
        string address,
        IEnumerable<string> groups,
        string description,
        DateTime? created)
    {
        var subnet = group.Subnets.OrderBy(each => each.Value != zone).First();
        var createdAt = new DateTimeOffset(created ?? DateTime.UnixEpoch, TimeSpan.Zero);
        return new InterfaceRecord
        {
            Id = Identifiers.For("eni", arn),
            Region = region,
            SubnetId = subnet.Key,
            VpcId = group.VpcId,
            Zone = subnet.Value,
            Address = address,
            SecurityGroupIds = [.. groups],
            Description = description,
            AttachmentId = Identifiers.For("ela-attach", arn),
            AttachedAt = createdAt,
            CreatedAt = createdAt,
        };
    }
}
