using Amazon.RDS.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>What deletions have left of DB instances and clusters: a record of each, without their data.</summary>
internal sealed class SnapshotActions(DatabaseTables tables)
{
    private const int LongestName = 255;

    public void Register(Router router)
    {
        router.Handle<DescribeDBSnapshotsRequest, DescribeDBSnapshotsResponse>(DatabaseService.Name, (call, request) =>
        {
            var all = string.IsNullOrEmpty(request.DBSnapshotIdentifier)
                ? tables.Snapshots.All.Where(each => each.Region == call.Region)
                : [Instance(call, request.DBSnapshotIdentifier)];
            var (items, marker) = StorePages.Page(
                all.Where(each => string.IsNullOrEmpty(request.DBInstanceIdentifier)
                    || each.Shown.DBInstanceIdentifier == StoreNames.Of(request.DBInstanceIdentifier)),
                each => each.Id,
                request.MaxRecords,
                request.Marker);
            return new DescribeDBSnapshotsResponse { DBSnapshots = items.ConvertAll(each => each.Shown), Marker = marker };
        });
        router.Handle<DeleteDBSnapshotRequest, DeleteDBSnapshotResponse>(DatabaseService.Name, (call, request) =>
        {
            var snapshot = Instance(call, request.DBSnapshotIdentifier);
            tables.Snapshots.Remove(snapshot.Id);
            return new DeleteDBSnapshotResponse { DBSnapshot = snapshot.Shown };
        });
        router.Handle<DescribeDBClusterSnapshotsRequest, DescribeDBClusterSnapshotsResponse>(DatabaseService.Name, (call, request) =>
        {
            var all = string.IsNullOrEmpty(request.DBClusterSnapshotIdentifier)
                ? tables.ClusterSnapshots.All.Where(each => each.Region == call.Region)
                : [Cluster(call, request.DBClusterSnapshotIdentifier)];
            var (items, marker) = StorePages.Page(
                all.Where(each => string.IsNullOrEmpty(request.DBClusterIdentifier)
                    || each.Shown.DBClusterIdentifier == StoreNames.Of(request.DBClusterIdentifier)),
                each => each.Id,
                request.MaxRecords,
                request.Marker);
            return new DescribeDBClusterSnapshotsResponse { DBClusterSnapshots = items.ConvertAll(each => each.Shown), Marker = marker };
        });
        router.Handle<DeleteDBClusterSnapshotRequest, DeleteDBClusterSnapshotResponse>(DatabaseService.Name, (call, request) =>
        {
            var snapshot = Cluster(call, request.DBClusterSnapshotIdentifier);
            tables.ClusterSnapshots.Remove(snapshot.Id);
            return new DeleteDBClusterSnapshotResponse { DBClusterSnapshot = snapshot.Shown };
        });
    }

    /// <summary>What the snapshot is to be called that a deletion makes; null for none.</summary>
    /// <exception cref="CloudException">The request does not say which.</exception>
    public static string? FinalName(bool? skips, string? name) => (skips, string.IsNullOrEmpty(name)) switch
    {
        (true, false) => throw new CloudException(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is specified"),
        (true, true) => null,
        (_, true) => throw new CloudException(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."),
        _ => StoreNames.Check("FinalDBSnapshotIdentifier", name!, LongestName),
    };

    private DatabaseSnapshotRecord Instance(Call call, string name) => tables.Snapshots.Find(DatabaseTables.IdOf(call.Region, name))
        ?? throw new CloudException("DBSnapshotNotFound", $"DBSnapshot {name} not found.", 404);

    private ClusterSnapshotRecord Cluster(Call call, string name) => tables.ClusterSnapshots.Find(DatabaseTables.IdOf(call.Region, name))
        ?? throw new CloudException("DBClusterSnapshotNotFoundFault", $"DBClusterSnapshot {name} not found.", 404);
}
