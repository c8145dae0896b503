using Amazon.RDS.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>How RDS shows what it has.</summary>
internal sealed class DatabaseView(DatabaseTables tables, EngineRuns engines)
{
    private const string HostedZone = "Z2R2ITUGPM61AM";

    public DBInstance Of(Call call, DatabaseRecord record)
    {
        var shown = record.Shown.CopyTo(new DBInstance());
        shown.DBInstanceStatus = record.State;
        shown.DBInstanceArn = record.Arn;
        shown.DBSubnetGroup = Of(tables.SubnetGroups.FindOrDefault(call, record.SubnetGroup));
        shown.TagList = Tags(record.Arn);
        shown.PendingModifiedValues = new PendingModifiedValues();
        shown.DbInstancePort = 0;
        if (record.State != StoreState.Creating)
        {
            shown.Endpoint = new Endpoint { Address = record.Address, Port = record.Port, HostedZoneId = HostedZone };
        }

        if (engines.Silence(record.Arn) is { } reason)
        {
            shown.StatusInfos =
            [
                new DBInstanceStatusInfo { StatusType = "local cloud", Normal = false, Status = "not listening", Message = reason },
            ];
        }

        return shown;
    }

    public DBCluster Of(DatabaseClusterRecord record)
    {
        var members = tables.Members(record);
        var readers = members.Where(each => each.Name != record.Writer && each.State == StoreState.Available).ToList();
        var shown = record.Shown.CopyTo(new DBCluster());
        shown.Status = record.State;
        shown.DBClusterArn = record.Arn;
        shown.DBSubnetGroup = record.SubnetGroup;
        shown.Endpoint = record.Address;
        shown.ReaderEndpoint = readers.Count > 0 ? readers[0].Address : record.Address;
        shown.CustomEndpoints =
        [
            .. tables.Endpoints.All.Where(each => each.Region == record.Region && each.Shown.DBClusterIdentifier == record.Name)
                .Select(each => AddressOf(record, each.Shown)),
        ];
        shown.HostedZoneId = HostedZone;
        shown.MultiAZ = members.Select(each => each.Shown.AvailabilityZone).Distinct().Count() > 1;
        shown.DBClusterMembers =
        [
            .. members.Select(each => new DBClusterMember
            {
                DBInstanceIdentifier = each.Name,
                IsClusterWriter = each.Name == record.Writer,
                DBClusterParameterGroupStatus = "in-sync",
                PromotionTier = each.Shown.PromotionTier,
            }),
        ];
        shown.TagList = Tags(record.Arn);
        return shown;
    }

    /// <summary>Where an endpoint that a user made leads: to the first of its members that is there.</summary>
    public string AddressOf(DatabaseClusterRecord cluster, DBClusterEndpoint endpoint)
    {
        var members = tables.Members(cluster);
        var chosen = endpoint.StaticMembers is { Count: > 0 } named ? members.Where(each => named.Contains(each.Name))
            : members.Where(each => endpoint.ExcludedMembers?.Contains(each.Name) != true);
        return chosen.OrderBy(each => endpoint.CustomEndpointType == "READER" && each.Name == cluster.Writer).FirstOrDefault()?.Address
            ?? cluster.Address;
    }

    public static DBSubnetGroup Of(SubnetGroupRecord group) => new()
    {
        DBSubnetGroupName = group.Name,
        DBSubnetGroupDescription = group.Description,
        DBSubnetGroupArn = group.Arn,
        VpcId = group.VpcId,
        SubnetGroupStatus = "Complete",
        SupportedNetworkTypes = ["IPV4"],
        Subnets =
        [
            .. group.Subnets.Select(each => new Subnet
            {
                SubnetIdentifier = each.Key,
                SubnetStatus = "Active",
                SubnetAvailabilityZone = new AvailabilityZone { Name = each.Value },
                SubnetOutpost = new Outpost(),
            }),
        ],
    };

    public static List<VpcSecurityGroupMembership> Groups(IEnumerable<string> ids) =>
        [.. ids.Select(id => new VpcSecurityGroupMembership { VpcSecurityGroupId = id, Status = "active" })];

    public List<Tag> Tags(string arn) => [.. tables.Tags.Of(arn).Select(each => new Tag { Key = each.Key, Value = each.Value })];

    public static IEnumerable<(string? Key, string? Value)> Read(List<Tag>? tags) =>
        (tags ?? []).Select(each => ((string?)each.Key, (string?)each.Value));
}
