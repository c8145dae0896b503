using Amazon.ElastiCache.Model;
using Amazon.RDS.Model;
using Amazon.Redshift.Model;
using Amazon.Runtime;
using Baker.Cloud.Configuration;
using Baker.Cloud.Fleets;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Configuration;

namespace Baker.Cloud.Tests.Configuration;

/// <summary>Where datastores of each kind are reached, as AWS tells it and as moto does; and what is told where they are not.</summary>
public sealed class DatastoreLookupTests
{
    private const string Instance = """
        <DBInstances><DBInstance><DBInstanceIdentifier>main-db</DBInstanceIdentifier><Engine>postgres</Engine><DBInstanceStatus>available</DBInstanceStatus>
          <Endpoint><Address>main-db.x.rds</Address><Port>5433</Port></Endpoint></DBInstance></DBInstances>
        """;

    private const string Cluster = """
        <DBClusters><DBCluster><DBClusterIdentifier>main</DBClusterIdentifier><Engine>aurora-mysql</Engine><Status>available</Status>
          <Endpoint>main.cluster-x.rds</Endpoint><ReaderEndpoint>main.cluster-ro-x.rds</ReaderEndpoint><Port>3306</Port></DBCluster></DBClusters>
        """;

    private const string Members = """
        <CacheClusters>
          <CacheCluster><CacheClusterId>grp-002</CacheClusterId><ReplicationGroupId>grp</ReplicationGroupId><Engine>valkey</Engine><CacheClusterStatus>available</CacheClusterStatus>
            <CacheNodes><CacheNode><CacheNodeId>0001</CacheNodeId><Endpoint><Address>grp-002.cache</Address><Port>6379</Port></Endpoint></CacheNode></CacheNodes></CacheCluster>
          <CacheCluster><CacheClusterId>grp-001</CacheClusterId><ReplicationGroupId>grp</ReplicationGroupId><Engine>valkey</Engine><CacheClusterStatus>available</CacheClusterStatus>
            <CacheNodes><CacheNode><CacheNodeId>0001</CacheNodeId><Endpoint><Address>grp-001.cache</Address><Port>6379</Port></Endpoint></CacheNode></CacheNodes></CacheCluster>
          <CacheCluster><CacheClusterId>mem</CacheClusterId><Engine>memcached</Engine><CacheClusterStatus>available</CacheClusterStatus>
            <ConfigurationEndpoint><Address>mem.cfg.cache</Address><Port>11211</Port></ConfigurationEndpoint>
            <CacheNodes><CacheNode><CacheNodeId>0002</CacheNodeId><Endpoint><Address>mem.0002.cache</Address><Port>11211</Port></Endpoint></CacheNode>
              <CacheNode><CacheNodeId>0001</CacheNodeId><Endpoint><Address>mem.0001.cache</Address><Port>11211</Port></Endpoint></CacheNode></CacheNodes></CacheCluster>
          <CacheCluster><CacheClusterId>one</CacheClusterId><Engine>redis</Engine><CacheClusterStatus>available</CacheClusterStatus>
            <CacheNodes><CacheNode><CacheNodeId>0001</CacheNodeId><Endpoint><Address>one.0001.cache</Address><Port>6380</Port></Endpoint></CacheNode></CacheNodes></CacheCluster>
        </CacheClusters>
        """;

    private const string Groups = """
        <ReplicationGroups>
          <ReplicationGroup><ReplicationGroupId>grp</ReplicationGroupId><Status>available</Status><NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId>
            <PrimaryEndpoint><Address>grp.primary.cache</Address><Port>6379</Port></PrimaryEndpoint><ReaderEndpoint><Address>grp.reader.cache</Address><Port>6379</Port></ReaderEndpoint>
            </NodeGroup></NodeGroups></ReplicationGroup>
          <ReplicationGroup><ReplicationGroupId>shards</ReplicationGroupId><Status>available</Status><Engine>redis</Engine>
            <ConfigurationEndpoint><Address>shards.cfg.cache</Address><Port>6379</Port></ConfigurationEndpoint></ReplicationGroup>
          <ReplicationGroup><ReplicationGroupId>young</ReplicationGroupId><Status>creating</Status></ReplicationGroup>
        </ReplicationGroups>
        """;

    [Test]
    public async Task Rds_ClusterOrInstance_IsFoundByTwoCallsForAllOfThem()
    {
        using var services = new ScriptedServices().Answer("DescribeDBClusters", Cluster).Answer("DescribeDBInstances", Instance);
        var found = await new DatastoreLookup(On(services)).FindAsync([Of("a", "rds", "Main"), Of("b", "rds", "main-db")], CancellationToken.None);

        Assert.That(Shown(found["a"]), Is.EqualTo("engine=aurora-mysql host=main.cluster-x.rds port=3306 reader_host=main.cluster-ro-x.rds store=rds Main"));
        Assert.That(Shown(found["b"]), Is.EqualTo("engine=postgres host=main-db.x.rds port=5433 reader_host=main-db.x.rds store=rds main-db"));
        Assert.That(services.Asked, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task ElastiCache_OfEachForm_GivesItsWriterItsReaderAndEveryNode()
    {
        using var services = new ScriptedServices().Answer("DescribeReplicationGroups", Groups).Answer("DescribeCacheClusters", Members);
        var found = await new DatastoreLookup(On(services)).FindAsync(
            [Of("group", "elasticache", "grp"), Of("mem", "elasticache", "mem"), Of("one", "elasticache", "one"), Of("shards", "elasticache", "shards")],
            CancellationToken.None);

        Assert.That(found.Values.Select(Shown), Is.EqualTo(new[]
        {
            "engine=valkey host=grp.primary.cache nodes=grp-001.cache:6379,grp-002.cache:6379 port=6379 reader_host=grp.reader.cache store=elasticache grp",
            "engine=memcached host=mem.cfg.cache nodes=mem.0001.cache:11211,mem.0002.cache:11211 port=11211 reader_host=mem.cfg.cache store=elasticache mem",
            "engine=redis host=one.0001.cache nodes=one.0001.cache:6380 port=6380 reader_host=one.0001.cache store=elasticache one",
            "engine=redis host=shards.cfg.cache port=6379 reader_host=shards.cfg.cache store=elasticache shards",
        }));
        Assert.That(services.Asked, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Datastores_ThatAreMissingOrNotReady_AreAllTold()
    {
        using var services = new ScriptedServices()
            .Answer("DescribeReplicationGroups", Groups)
            .Answer("DescribeDBInstances", Instance.Replace(">available<", ">deleting<", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<BakerException>(() => new DatastoreLookup(On(services)).FindAsync(
            [Of("a", "rds", "nowhere"), Of("b", "elasticache", "young"), Of("c", "redshift", "facts"), Of("d", "host", "h") with { Port = 1 }, Of("e", "rds", "main-db")],
            CancellationToken.None));

        Assert.That(refused!.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(refused.Message, Does.StartWith("Nodes cannot be given the endpoints of a, e, b, c:")
            .And.Contain("a: RDS has neither a cluster nor an instance nowhere in us-east-1")
            .And.Contain("b: elasticache young in us-east-1 has no endpoint yet: its state is creating")
            .And.Contain("c: Redshift has no cluster facts in us-east-1")
            .And.Contain("e: rds main-db in us-east-1 is being deleted"));
    }

    [Test]
    public async Task Host_IsTakenAsItStands_WithoutACall()
    {
        using var services = new ScriptedServices();
        var found = await new DatastoreLookup(On(services)).FindAsync([Of("s", "host", "search.internal") with { Port = 9200 }], CancellationToken.None);
        Assert.That(Shown(found["s"]), Is.EqualTo("host=search.internal port=9200 reader_host=search.internal store=host search.internal"));
        Assert.That(services.Asked, Is.Empty);
    }

    /// <summary>moto gives the caches of ElastiCache no nodes, their clusters no endpoints and their groups none for reads; all else it has.</summary>
    [Test]
    public async Task Moto_EachKind_IsFound_AndWhatIsNotThereIsTold()
    {
        await using var session = await MotoAccount.OpenAsync();
        var clients = session.Region("us-east-1").Clients;
        await clients.RDS.CreateDBInstanceAsync(new CreateDBInstanceRequest
        {
            DBInstanceIdentifier = "main-db",
            DBInstanceClass = "db.t3.micro",
            Engine = "postgres",
            AllocatedStorage = 20,
            MasterUsername = "baker",
            MasterUserPassword = "of-moto-alone",
            Port = 5433,
        });
        await clients.RDS.CreateDBClusterAsync(new CreateDBClusterRequest { DBClusterIdentifier = "main", Engine = "aurora-mysql", MasterUsername = "baker", MasterUserPassword = "of-moto-alone" });
        await clients.ElastiCache.CreateReplicationGroupAsync(new CreateReplicationGroupRequest { ReplicationGroupId = "cache", ReplicationGroupDescription = "cache", Engine = "redis", CacheNodeType = "cache.t3.micro", NumCacheClusters = 2 });
        await clients.Redshift.CreateClusterAsync(new CreateClusterRequest { ClusterIdentifier = "facts", NodeType = "ra3.large", MasterUsername = "baker", MasterUserPassword = "Of-moto-alone1" });

        var context = Context(clients, session.Pacer);
        var found = await new DatastoreLookup(_ => context).LookAsync(
            [Of("a", "rds", "main-db"), Of("b", "rds", "main"), Of("c", "elasticache", "cache"), Of("d", "redshift", "facts"), Of("e", "rds", "nowhere"), Of("f", "elasticache", "nowhere")],
            CancellationToken.None);

        var endpoints = found.Where(each => each.Endpoints is not null).ToDictionary(each => each.Datastore.Name, each => each.Endpoints!.Values);
        Assert.That(endpoints.Keys, Is.EquivalentTo(new[] { "a", "b", "c", "d" }), string.Join('\n', found));
        Assert.That(endpoints["a"]["engine"] + endpoints["a"]["port"], Is.EqualTo("postgres5433"));
        Assert.That(endpoints["b"]["reader_host"], Does.Contain("-ro-").And.Not.EqualTo(endpoints["b"]["host"]));
        Assert.That(endpoints["c"]["engine"] + endpoints["c"]["port"], Is.EqualTo("redis6379"));
        Assert.That(endpoints["d"]["port"], Is.EqualTo("5439"));
        Assert.That(found.Where(each => each.Problem is not null).Select(each => each.Problem), Is.EquivalentTo(new[]
        {
            "RDS has neither a cluster nor an instance nowhere in us-east-1", "ElastiCache has neither a replication group nor a cluster nowhere in us-east-1",
        }));
    }

    private static Datastore Of(string name, string kind, string id) => new(name, kind, id, "us-east-1");

    private static string Shown(DatastoreEndpoints endpoints) => string.Join(' ', endpoints.Values.Select(each => $"{each.Key}={each.Value}"));

    private static Func<string, FleetContext> On(HttpMessageHandler handler)
    {
        var connection = new CloudConnection { Name = "aws", Credentials = new BasicAWSCredentials("test", "test"), ServiceUrl = new Uri("http://localhost/"), Handler = handler };
        return region => Context(new CloudClients(connection, region), new Pacer(TimeProvider.System));
    }

    private static FleetContext Context(CloudClients clients, Pacer pacer) => new()
    {
        Clients = clients,
        Pacer = pacer,
        Time = TimeProvider.System,
        Clock = new CloudClock(TimeProvider.System),
        Operator = new Operator("ann@desk", null),
        Say = _ => { },
    };
}
