using Amazon.Redshift.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Warehouses;

/// <summary>How Redshift shows what it has.</summary>
internal sealed class WarehouseView(WarehouseTables tables)
{
    public Cluster Of(WarehouseRecord record)
    {
        var shown = record.Shown.CopyTo(new Cluster());
        var hasBegun = record.State != StoreState.Creating;
        shown.ClusterStatus = record.State;
        shown.ClusterAvailabilityStatus = record.State switch
        {
            StoreState.Available => "Available",
            StoreState.Failed => "Failed",
            "paused" => "Unavailable",
            _ => "Modifying",
        };
        shown.ClusterSubnetGroupName = record.SubnetGroup;
        shown.VpcId = tables.SubnetGroups.FindOf(record.Region, record.SubnetGroup)?.VpcId;
        shown.Tags = Tags(record.Arn);
        shown.PendingModifiedValues = new PendingModifiedValues();
        shown.Endpoint = hasBegun ? new Endpoint { Address = record.Address, Port = record.Port } : null;
        if (hasBegun)
        {
            var count = shown.NumberOfNodes ?? 1;
            shown.ClusterNodes = count == 1 ? [Node("SHARED", record)]
                : [Node("LEADER", record), .. Enumerable.Range(0, count).Select(number => Node($"COMPUTE-{number}", record))];
        }

        return shown;
    }

    public ClusterSubnetGroup Of(SubnetGroupRecord group) => new()
    {
        ClusterSubnetGroupName = group.Name,
        Description = group.Description,
        VpcId = group.VpcId,
        SubnetGroupStatus = "Complete",
        SupportedClusterIpAddressTypes = ["ipv4"],
        Tags = Tags(group.Arn),
        Subnets =
        [
            .. group.Subnets.Select(each => new Subnet
            {
                SubnetIdentifier = each.Key,
                SubnetStatus = "Active",
                SubnetAvailabilityZone = new AvailabilityZone { Name = each.Value },
            }),
        ],
    };

    public ClusterParameterGroup Of(ParameterGroupRecord group) => new()
    {
        ParameterGroupName = group.Name,
        ParameterGroupFamily = group.Family,
        Description = group.Description,
        Tags = Tags(group.Arn),
    };

    public static List<VpcSecurityGroupMembership> Groups(IEnumerable<string> ids) =>
        [.. ids.Select(id => new VpcSecurityGroupMembership { VpcSecurityGroupId = id, Status = "active" })];

    public static List<ClusterParameterGroupStatus> Parameters(string name) =>
        [new ClusterParameterGroupStatus { ParameterGroupName = name, ParameterApplyStatus = "in-sync" }];

    public static IEnumerable<(string? Key, string? Value)> Read(List<Tag>? tags) =>
        (tags ?? []).Select(each => ((string?)each.Key, (string?)each.Value));

    public List<Tag> Tags(string arn) => [.. tables.Tags.Of(arn).Select(each => new Tag { Key = each.Key, Value = each.Value })];

    private static ClusterNode Node(string role, WarehouseRecord record) => new() { NodeRole = role, PrivateIPAddress = record.Address };
}
