using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>
/// The default network of each region, made when a region is first looked at, and what the manifest names in it; and what every
/// network has from its beginning.
/// </summary>
internal sealed class Networks(CloudContext cloud, ComputeTables tables)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Each zone has an eighth of 127.0.0.0/8, beginning with the second.</summary>
    public static string CidrOf(string zone) => $"127.{32 * Places.NumberOf(zone)}.0.0/11";

    public static string DefaultVpcId(string region) => Identifiers.For("vpc", "default " + region);

    public VpcRecord DefaultVpc(string region)
    {
        Ensure(region);
        return tables.Vpcs.Find(DefaultVpcId(region)) ?? throw new CloudException("VPCIdNotSpecified", "No default VPC for this user");
    }

    public IEnumerable<SubnetRecord> DefaultSubnets(string region)
    {
        Ensure(region);
        return tables.Subnets.All.Where(s => s.Region == region && s.IsDefault).OrderBy(s => s.Zone, StringComparer.Ordinal);
    }

    public SecurityGroupRecord DefaultGroup(string region, string vpcId)
    {
        Ensure(region);
        return tables.SecurityGroups.All.First(g => g.VpcId == vpcId && g.Name == "default");
    }

    /// <summary>
    /// Makes the region's default network where it is not there yet. Every call does it before its handler, in a
    /// transaction of its own: what a refused call takes back must not be this.
    /// </summary>
    public void Ensure(string region)
    {
        if (region.Count(c => c == '-') < 2 || !_seen.Add(region))
        {
            return;
        }

        var vpcId = DefaultVpcId(region);
        var epoch = DateTimeOffset.UnixEpoch;
        var seed = "default " + region;
        if (tables.Vpcs.Find(vpcId) is null)
        {
            tables.Vpcs.Put(new VpcRecord
            {
                Id = vpcId,
                Region = region,
                CidrBlock = "127.0.0.0/8",
                IsDefault = true,
                EnableDnsHostnames = true,
                CreatedAt = epoch,
            });
            foreach (var zone in Places.ZonesOf(region))
            {
                tables.Subnets.Put(new SubnetRecord
                {
                    Id = Identifiers.For("subnet", "default " + zone),
                    Region = region,
                    VpcId = vpcId,
                    Zone = zone,
                    CidrBlock = CidrOf(zone),
                    IsDefault = true,
                    MapPublicIp = true,
                    CreatedAt = epoch,
                });
            }
        }

        Furnish(tables.Vpcs.Find(vpcId)!, seed);
        EnsureNamed(region, vpcId, epoch);
    }

    /// <summary>The options that every network has, unless it has others.</summary>
    public static string DhcpOptionsId(string region) => Identifiers.For("dopt", "default " + region);

    /// <summary>
    /// Gives a network its default security group, main route table and default network ACL, where it lacks them: one that an
    /// earlier Baker made has the first alone.
    /// </summary>
    /// <param name="seed">What the ids come from; null for new ones. With one, the network has a way to the internet, too.</param>
    public void Furnish(VpcRecord vpc, string? seed)
    {
        string Id(string prefix) => seed is null ? Identifiers.New(prefix) : Identifiers.For(prefix, seed);
        if (!tables.SecurityGroups.All.Any(g => g.VpcId == vpc.Id && g.Name == "default"))
        {
            var group = MakeGroup(Id("sg"), vpc.Region, vpc.Id, "default", "default VPC security group", vpc.CreatedAt);
            tables.SecurityGroups.Put(group with
            {
                Rules = group.Rules.Insert(0, new RuleRecord
                {
                    Id = Identifiers.For("sgr", "in " + group.Id),
                    Protocol = "-1",
                    PeerGroupId = group.Id,
                }),
            });
        }

        if (!tables.NetworkAcls.All.Any(acl => acl.VpcId == vpc.Id && acl.IsDefault))
        {
            AclEntryRecord Entry(bool isEgress) => new(isEgress, 100) { Protocol = "-1", Action = "allow", CidrIpv4 = "0.0.0.0/0" };
            tables.NetworkAcls.Put(new NetworkAclRecord
            {
                Id = Id("acl"),
                Region = vpc.Region,
                VpcId = vpc.Id,
                IsDefault = true,
                Entries = [Entry(false), Entry(true)],
                CreatedAt = vpc.CreatedAt,
            });
        }

        if (!tables.RouteTables.All.Any(table => table.VpcId == vpc.Id && table.IsMain))
        {
            if (seed is not null)
            {
                tables.InternetGateways.Put(
                    new InternetGatewayRecord { Id = Id("igw"), Region = vpc.Region, VpcId = vpc.Id, CreatedAt = vpc.CreatedAt });
            }

            tables.RouteTables.Put(new RouteTableRecord
            {
                Id = Id("rtb"),
                Region = vpc.Region,
                VpcId = vpc.Id,
                Routes = seed is null ? [] : [new RouteRecord("0.0.0.0/0", Id("igw"))],
                Associations = [new RouteAssociation(Id("rtbassoc"))],
                CreatedAt = vpc.CreatedAt,
            });
        }
    }

    public static SecurityGroupRecord MakeGroup(
        string id,
        string region,
        string vpcId,
        string name,
        string description,
        DateTimeOffset now) => new()
        {
            Id = id,
            Region = region,
            VpcId = vpcId,
            Name = name,
            Description = description,
            CreatedAt = now,
            Rules = [new RuleRecord { Id = Identifiers.For("sgr", "out " + id), IsEgress = true, Protocol = "-1", CidrIpv4 = "0.0.0.0/0" }],
        };

    private void EnsureNamed(string region, string vpcId, DateTimeOffset epoch)
    {
        foreach (var (_, group) in cloud.Named.SecurityGroups.Where(g => g.Region == region))
        {
            var id = group.StartsWith("sg-", StringComparison.Ordinal) ? group : Identifiers.For("sg", $"{region} {group}");
            if (tables.SecurityGroups.Find(id) is null && !tables.SecurityGroups.All.Any(g => g.Region == region && g.Name == group))
            {
                tables.SecurityGroups.Put(MakeGroup(id, region, vpcId, group, "named by the manifest", epoch));
            }
        }

        foreach (var (_, subnetId) in cloud.Named.Subnets.Where(s => s.Region == region))
        {
            if (tables.Subnets.Find(subnetId) is null)
            {
                var zones = Places.ZonesOf(region);
                var zone = zones[(int)((uint)subnetId.Aggregate(17, (h, c) => unchecked((h * 31) + c)) % (uint)zones.Count)];
                tables.Subnets.Put(new SubnetRecord
                {
                    Id = subnetId,
                    Region = region,
                    VpcId = vpcId,
                    Zone = zone,
                    CidrBlock = CidrOf(zone),
                    MapPublicIp = true,
                    CreatedAt = epoch,
                });
            }
        }
    }
}
