using System.Diagnostics;
using Amazon.ElastiCache;
using Amazon.ElastiCache.Model;
using Amazon.RDS;
using Amazon.RDS.Model;
using Amazon.Redshift;

namespace Baker.LocalCloud.Tests.Stores;

/// <summary>A local cloud with the clients of data stores, and with the programs that speak to their engines.</summary>
internal sealed class StoreCloud : IAsyncDisposable
{
    public const string Password = "Secret-pass'w0rd";

    private StoreCloud(TestCloud cloud)
    {
        Inner = cloud;
        Databases = new AmazonRDSClient(cloud.Credentials, cloud.Configure(new AmazonRDSConfig()));
        Caches = new AmazonElastiCacheClient(cloud.Credentials, cloud.Configure(new AmazonElastiCacheConfig()));
        Warehouses = new AmazonRedshiftClient(cloud.Credentials, cloud.Configure(new AmazonRedshiftConfig()));
    }

    public TestCloud Inner { get; }

    public AmazonRDSClient Databases { get; }

    public AmazonElastiCacheClient Caches { get; }

    public AmazonRedshiftClient Warehouses { get; }

    public static async Task<StoreCloud> OpenAsync(bool execute = true, TemporaryFolder? folder = null) =>
        new(await TestCloud.OpenAsync(execute, folder: folder, scale: 0.02));

    public async ValueTask DisposeAsync()
    {
        Databases.Dispose();
        Caches.Dispose();
        Warehouses.Dispose();
        await Inner.DisposeAsync();
    }

    public static CreateDBInstanceRequest Database(string name, string engine) => new()
    {
        DBInstanceIdentifier = name,
        DBInstanceClass = "db.t3.micro",
        Engine = engine,
        AllocatedStorage = 20,
        MasterUsername = "app",
        MasterUserPassword = Password,
        DBName = "shop",
    };

    public async Task<DBInstance> UntilAsync(string name, string state = "available")
    {
        DBInstance? found = null;
        await Wait.UntilAsync(
            async () => (found = (await Databases.DescribeDBInstancesAsync(new DescribeDBInstancesRequest { DBInstanceIdentifier = name })).DBInstances[0]).DBInstanceStatus == state,
            () => $"{name} to be {state}: it is {found?.DBInstanceStatus}\n{Logs()}");
        return found!;
    }

    public async Task<DBCluster> UntilClusterAsync(string name, Func<DBCluster, bool> condition)
    {
        DBCluster? found = null;
        await Wait.UntilAsync(
            async () => condition(found = (await Databases.DescribeDBClustersAsync(new DescribeDBClustersRequest { DBClusterIdentifier = name })).DBClusters[0]),
            () => $"the cluster {name}: it is {found?.Status}\n{Logs()}");
        return found!;
    }

    public async Task<CacheCluster> UntilCacheAsync(string name)
    {
        CacheCluster? found = null;
        await Wait.UntilAsync(
            async () => (found = (await Caches.DescribeCacheClustersAsync(new DescribeCacheClustersRequest { CacheClusterId = name, ShowCacheNodeInfo = true })).CacheClusters[0]).CacheClusterStatus == "available",
            () => $"{name}: it is {found?.CacheClusterStatus}\n{Logs()}");
        return found!;
    }

    public async Task<ReplicationGroup> UntilGroupAsync(string name)
    {
        ReplicationGroup? found = null;
        await Wait.UntilAsync(
            async () => (found = (await Caches.DescribeReplicationGroupsAsync(new DescribeReplicationGroupsRequest { ReplicationGroupId = name })).ReplicationGroups[0]).Status == "available",
            () => $"{name}: it is {found?.Status}\n{Logs()}");
        return found!;
    }

    /// <summary>Until nothing is left: no resource, no sandbox, no folder.</summary>
    public Task UntilNothingIsLeftAsync() => Wait.UntilAsync(
        () => Task.FromResult(Left().Count == 0),
        () => $"nothing to be left: {string.Join(", ", Left())}");

    private List<string> Left()
    {
        var instances = Inner.Folder["project/.package/instances"];
        return
        [
            .. Inner.Cloud.Status().Resources.Where(each => each.Value > 0).Select(each => each.Key),
            .. Directory.Exists(instances) ? Directory.GetDirectories(instances) : [],
        ];
    }

    private string Logs()
    {
        var instances = Inner.Folder["project/.package/instances"];
        return string.Join('\n', (Directory.Exists(instances) ? Directory.GetFiles(instances, "console.log", SearchOption.AllDirectories) : [])
            .Select(each => $"{each}:\n{Tail(File.ReadAllText(each))}"));
    }

    private static string Tail(string text) => text[^Math.Min(text.Length, 3000)..];

    public static Task<ProcessRun> PsqlAsync(string host, int? port, string sql, string database = "shop", string password = Password)
    {
        var start = new ProcessStartInfo("psql", ["-h", host, "-p", $"{port}", "-U", "app", "-d", database, "-At", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        start.Environment["PGPASSWORD"] = password;
        start.Environment["PGCONNECT_TIMEOUT"] = "20";
        return ProcessRun.RunAsync(start);
    }

    public static Task<ProcessRun> MariaDbAsync(string host, int? port, string sql, string password = Password)
    {
        var start = new ProcessStartInfo("mariadb", ["--no-defaults", "-h", host, "-P", $"{port}", "-u", "app", "-N", "-B", "shop", "-e", sql]);
        start.Environment["MYSQL_PWD"] = password;
        return ProcessRun.RunAsync(start);
    }

    public static Task<ProcessRun> RedisAsync(string host, int? port, params string[] words) =>
        ProcessRun.RunAsync(new ProcessStartInfo("redis-cli", ["-h", host, "-p", $"{port}", .. words]));
}
