using Amazon.ElastiCache.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Caches;

/// <summary>How ElastiCache shows what it has.</summary>
internal sealed class CacheView(CacheTables tables)
{
    private const int Slots = 16384;

    public static CacheCluster Of(CacheRecord record, bool withNodes)
    {
        var shown = record.Shown.CopyTo(new CacheCluster());
        var hasBegun = record.State != StoreState.Creating;
        shown.CacheClusterStatus = record.State == StoreState.Rebooting ? "rebooting cluster nodes" : record.State;
        shown.ARN = record.Arn;
        shown.NumCacheNodes = record.Nodes.Length;
        shown.CacheSubnetGroupName = record.SubnetGroup;
        shown.PendingModifiedValues = new PendingModifiedValues();
        shown.PreferredAvailabilityZone =
            record.Nodes.Select(each => each.Zone).Distinct().Count() > 1 ? "Multiple" : record.Nodes[0].Zone;
        if (hasBegun && shown.Engine == "memcached")
        {
            shown.ConfigurationEndpoint = At(record.Nodes[0].Address, record.Port);
        }

        if (withNodes && hasBegun)
        {
            shown.CacheNodes =
            [
                .. record.Nodes.Select(each => new CacheNode
                {
                    CacheNodeId = each.Id,
                    CacheNodeStatus = record.State,
                    CacheNodeCreateTime = shown.CacheClusterCreateTime,
                    Endpoint = At(each.Address, record.Port),
                    ParameterGroupStatus = "in-sync",
                    CustomerAvailabilityZone = each.Zone,
                }),
            ];
        }

        return shown;
    }

    public ReplicationGroup Of(ReplicationRecord record)
    {
        var members = tables.Members(record);
        var shown = record.Shown.CopyTo(new ReplicationGroup());
        var (hasBegun, isSharded) = (record.State != StoreState.Creating, shown.ClusterEnabled == true);
        shown.Status = record.State;
        shown.ARN = record.Arn;
        shown.MemberClusters = members.ConvertAll(each => each.Name);
        shown.PendingModifiedValues = new ReplicationGroupPendingModifiedValues();
        shown.ConfigurationEndpoint = hasBegun && isSharded ? At(members[0].Nodes[0].Address, record.Port) : null;
        shown.NodeGroups =
        [
            .. members.GroupBy(each => each.Shard).Select(shard => new NodeGroup
            {
                NodeGroupId = $"{shard.Key:0000}",
                Status = record.State,
                Slots = isSharded ? SlotsOf(shard.Key, record.Primaries.Length) : null,
                PrimaryEndpoint = isSharded || !hasBegun ? null : At(PrimaryOf(record, shard).Nodes[0].Address, record.Port),
                ReaderEndpoint = isSharded || !hasBegun ? null : At(ReaderOf(record, shard).Nodes[0].Address, record.Port),
                NodeGroupMembers =
                [
                    .. shard.Select(each => new NodeGroupMember
                    {
                        CacheClusterId = each.Name,
                        CacheNodeId = each.Nodes[0].Id,
                        ReadEndpoint = isSharded || !hasBegun ? null : At(each.Nodes[0].Address, record.Port),
                        PreferredAvailabilityZone = each.Nodes[0].Zone,
                        CurrentRole = isSharded ? null : record.Primaries.Contains(each.Name) ? "primary" : "replica",
                    }),
                ],
            }),
        ];
        return shown;
    }

    public static CacheSubnetGroup Of(SubnetGroupRecord group) => new()
    {
        CacheSubnetGroupName = group.Name,
        CacheSubnetGroupDescription = group.Description,
        VpcId = group.VpcId,
        ARN = group.Arn,
        SupportedNetworkTypes = ["ipv4"],
        Subnets =
        [
            .. group.Subnets.Select(each => new Subnet
            {
                SubnetIdentifier = each.Key,
                SubnetAvailabilityZone = new AvailabilityZone { Name = each.Value },
                SupportedNetworkTypes = ["ipv4"],
            }),
        ],
    };

    public static List<SecurityGroupMembership> Groups(IEnumerable<string> ids) =>
        [.. ids.Select(id => new SecurityGroupMembership { SecurityGroupId = id, Status = "active" })];

    public static IEnumerable<(string? Key, string? Value)> Read(List<Tag>? tags) =>
        (tags ?? []).Select(each => ((string?)each.Key, (string?)each.Value));

    public List<Tag> Tags(string arn) => [.. tables.Tags.Of(arn).Select(each => new Tag { Key = each.Key, Value = each.Value })];

    private static CacheRecord PrimaryOf(ReplicationRecord group, IEnumerable<CacheRecord> shard) =>
        shard.OrderBy(each => !group.Primaries.Contains(each.Name)).First();

    private static CacheRecord ReaderOf(ReplicationRecord group, IEnumerable<CacheRecord> shard) => shard
        .OrderBy(each => group.Primaries.Contains(each.Name) || each.State != StoreState.Available)
        .First();

    private static string SlotsOf(int shard, int count) =>
        $"{Slots * (shard - 1) / count}-{(Slots * shard / count) - 1}";

    private static Endpoint At(string address, int port) => new() { Address = address, Port = port };
}
