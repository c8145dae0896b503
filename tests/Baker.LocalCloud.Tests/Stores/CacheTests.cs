using Amazon.ElastiCache.Model;

namespace Baker.LocalCloud.Tests.Stores;

/// <summary>ElastiCache: what answers behind its endpoints.</summary>
internal sealed class CacheTests
{
    private const string Token = "a-token-of-24-characters";

    [Test]
    public async Task Redis_IsWrittenAndRead_AndLeavesNothing()
    {
        Peers.Require("redis-cli");
        await using var cloud = await StoreCloud.OpenAsync();
        await cloud.Caches.CreateCacheClusterAsync(new CreateCacheClusterRequest { CacheClusterId = "sessions", Engine = "redis", CacheNodeType = "cache.t3.micro", NumCacheNodes = 1 });
        var at = (await cloud.UntilCacheAsync("sessions")).CacheNodes.Single().Endpoint;

        var set = await StoreCloud.RedisAsync(at.Address, at.Port, "SET", "k", "v");
        await cloud.Caches.RebootCacheClusterAsync(new RebootCacheClusterRequest { CacheClusterId = "sessions", CacheNodeIdsToReboot = ["0001"] });
        await cloud.UntilCacheAsync("sessions");
        var got = await StoreCloud.RedisAsync(at.Address, at.Port, "GET", "k");
        var refused = await StoreCloud.RedisAsync(at.Address, at.Port, "CONFIG", "GET", "dir");
        await cloud.Caches.DeleteCacheClusterAsync(new DeleteCacheClusterRequest { CacheClusterId = "sessions" });

        Assert.That((set.Out, got.Out), Is.EqualTo(("OK\n", "v\n")));
        Assert.That(refused.Out + refused.Error, Does.Contain("NOPERM"));
        await cloud.UntilNothingIsLeftAsync();
    }

    [Test]
    public async Task ReplicationGroup_HasAReplicaThatFollows()
    {
        Peers.Require("redis-cli");
        await using var cloud = await StoreCloud.OpenAsync();
        await cloud.Caches.CreateReplicationGroupAsync(new CreateReplicationGroupRequest { ReplicationGroupId = "facts", ReplicationGroupDescription = "d", CacheNodeType = "cache.t3.micro", NumCacheClusters = 2, AutomaticFailoverEnabled = true });
        var node = (await cloud.UntilGroupAsync("facts")).NodeGroups.Single();

        await StoreCloud.RedisAsync(node.PrimaryEndpoint.Address, node.PrimaryEndpoint.Port, "SET", "k", "v");
        await Wait.UntilAsync(async () => (await StoreCloud.RedisAsync(node.ReaderEndpoint.Address, node.ReaderEndpoint.Port, "GET", "k")).Out == "v\n", "the replica to have it");
        var refused = await StoreCloud.RedisAsync(node.ReaderEndpoint.Address, node.ReaderEndpoint.Port, "SET", "k", "w");
        await cloud.Caches.TestFailoverAsync(new TestFailoverRequest { ReplicationGroupId = "facts", NodeGroupId = "0001" });
        var turned = (await cloud.UntilGroupAsync("facts")).NodeGroups.Single();
        var refusedMember = await Errors.CodeOfAsync(() => cloud.Caches.DeleteCacheClusterAsync(new DeleteCacheClusterRequest { CacheClusterId = "facts-002" }));
        await cloud.Caches.DeleteReplicationGroupAsync(new DeleteReplicationGroupRequest { ReplicationGroupId = "facts" });

        Assert.That(refused.Out + refused.Error, Does.Contain("READONLY"));
        Assert.That(turned.NodeGroupMembers.Select(each => (each.CacheClusterId, each.CurrentRole)), Is.EqualTo(new[] { ("facts-001", "replica"), ("facts-002", "primary") }));
        Assert.That(refusedMember, Is.EqualTo("InvalidCacheClusterState"));
        await cloud.UntilNothingIsLeftAsync();
    }

    [Test]
    public async Task Token_IsAskedForOverTls_AndChanges()
    {
        Peers.Require("redis-cli");
        await using var cloud = await StoreCloud.OpenAsync();
        await cloud.Caches.CreateReplicationGroupAsync(new CreateReplicationGroupRequest { ReplicationGroupId = "facts", ReplicationGroupDescription = "d", CacheNodeType = "cache.t3.micro", NumCacheClusters = 2, TransitEncryptionEnabled = true, AuthToken = Token });
        var node = (await cloud.UntilGroupAsync("facts")).NodeGroups.Single();
        Task<ProcessRun> Ask(Endpoint at, string token, params string[] words) =>
            StoreCloud.RedisAsync(at.Address, at.Port, ["--tls", "--insecure", "--no-auth-warning", "-a", token, .. words]);

        var set = await Ask(node.PrimaryEndpoint, Token, "SET", "k", "v");
        await Wait.UntilAsync(async () => (await Ask(node.ReaderEndpoint, Token, "GET", "k")).Out == "v\n", "the replica to have it");
        var wrong = await Ask(node.PrimaryEndpoint, "wrong", "GET", "k");
        await cloud.Caches.ModifyReplicationGroupAsync(new ModifyReplicationGroupRequest { ReplicationGroupId = "facts", AuthToken = Token + "2", AuthTokenUpdateStrategy = "SET", ApplyImmediately = true });
        await cloud.UntilGroupAsync("facts");
        var changed = await Ask(node.PrimaryEndpoint, Token + "2", "GET", "k");

        Assert.That((set.Out, changed.Out), Is.EqualTo(("OK\n", "v\n")), set.Error + changed.Error);
        Assert.That(wrong.Out + wrong.Error, Does.Contain("WRONGPASS").Or.Contain("NOAUTH"));
    }

    [Test]
    public async Task Memcached_WithSeveralNodes_HasAnEndpointEach()
    {
        await using var cloud = await StoreCloud.OpenAsync(execute: false);
        await cloud.Caches.CreateCacheClusterAsync(new CreateCacheClusterRequest { CacheClusterId = "pages", Engine = "memcached", CacheNodeType = "cache.t3.micro", NumCacheNodes = 3 });
        var shown = await cloud.UntilCacheAsync("pages");
        await cloud.Caches.ModifyCacheClusterAsync(new ModifyCacheClusterRequest { CacheClusterId = "pages", NumCacheNodes = 2, CacheNodeIdsToRemove = ["0002"] });
        var fewer = await cloud.UntilCacheAsync("pages");

        Assert.That(shown.CacheNodes.Select(each => each.Endpoint.Address).Distinct().Count(), Is.EqualTo(3));
        Assert.That((shown.ConfigurationEndpoint.Port, string.Join(' ', fewer.CacheNodes.Select(each => each.CacheNodeId))), Is.EqualTo(((int?)11211, "0001 0003")));
    }

    [Test]
    public async Task Shards_AreSeen_AndSaidToListenNowhere()
    {
        await using var cloud = await StoreCloud.OpenAsync(execute: false);
        await cloud.Caches.CreateReplicationGroupAsync(new CreateReplicationGroupRequest { ReplicationGroupId = "wide", ReplicationGroupDescription = "d", CacheNodeType = "cache.r6g.large", NumNodeGroups = 2, ReplicasPerNodeGroup = 1, AutomaticFailoverEnabled = true });
        var shown = await cloud.UntilGroupAsync("wide");

        Assert.That(shown.MemberClusters, Is.EqualTo(new[] { "wide-0001-001", "wide-0001-002", "wide-0002-001", "wide-0002-002" }));
        Assert.That(shown.NodeGroups.Select(each => each.Slots), Is.EqualTo(new[] { "0-8191", "8192-16383" }));
        Assert.That(cloud.Inner.Cloud.Status().Silent!.Keys, Does.Contain("arn:aws:elasticache:us-east-1:000000000000:replicationgroup:wide"));
    }

    [Test]
    public async Task Actions_WithWrongValues_HaveTheCodesOfElastiCache()
    {
        await using var cloud = await StoreCloud.OpenAsync(execute: false);
        var caches = cloud.Caches;
        CreateCacheClusterRequest Cluster(string name, string engine = "redis", int nodes = 1, string type = "cache.t3.micro") =>
            new() { CacheClusterId = name, Engine = engine, CacheNodeType = type, NumCacheNodes = nodes };
        CreateReplicationGroupRequest Group(string name, int nodes = 1) =>
            new() { ReplicationGroupId = name, ReplicationGroupDescription = "d", CacheNodeType = "cache.t3.micro", NumCacheClusters = nodes };
        await caches.CreateCacheClusterAsync(Cluster("there"));
        string[] codes =
        [
            await Errors.CodeOfAsync(() => caches.CreateCacheClusterAsync(Cluster("there"))),
            await Errors.CodeOfAsync(() => caches.CreateCacheClusterAsync(Cluster("two", nodes: 2))),
            await Errors.CodeOfAsync(() => caches.CreateCacheClusterAsync(Cluster("two", engine: "dbase"))),
            await Errors.CodeOfAsync(() => caches.CreateCacheClusterAsync(Cluster("two", type: "db.t3.micro"))),
            await Errors.CodeOfAsync(() => caches.CreateReplicationGroupAsync(new() { ReplicationGroupId = "g", ReplicationGroupDescription = "d", CacheNodeType = "cache.t3.micro", NumCacheClusters = 1, AuthToken = Token })),
            await Errors.CodeOfAsync(() => caches.CreateReplicationGroupAsync(new() { ReplicationGroupId = "g", ReplicationGroupDescription = "d", CacheNodeType = "cache.t3.micro", NumCacheClusters = 1, AutomaticFailoverEnabled = true })),
            await Errors.CodeOfAsync(() => caches.CreateReplicationGroupAsync(Group("g", nodes: 8))),
            await Errors.CodeOfAsync(() => caches.DescribeCacheClustersAsync(new DescribeCacheClustersRequest { CacheClusterId = "none" })),
            await Errors.CodeOfAsync(() => caches.DescribeReplicationGroupsAsync(new DescribeReplicationGroupsRequest { ReplicationGroupId = "none" })),
            await Errors.CodeOfAsync(() => caches.DescribeServerlessCachesAsync(new DescribeServerlessCachesRequest { ServerlessCacheName = "none" })),
            await Errors.CodeOfAsync(() => caches.DescribeCacheSubnetGroupsAsync(new DescribeCacheSubnetGroupsRequest { CacheSubnetGroupName = "none" })),
            await Errors.CodeOfAsync(() => caches.ListTagsForResourceAsync(new ListTagsForResourceRequest { ResourceName = "nonsense" })),
            await Errors.CodeOfAsync(() => caches.DeleteCacheClusterAsync(new DeleteCacheClusterRequest { CacheClusterId = "there", FinalSnapshotIdentifier = "s" })),
        ];

        Assert.That(codes, Is.EqualTo(new[]
        {
            "CacheClusterAlreadyExists", "InvalidParameterCombination", "InvalidParameterValue", "InvalidParameterValue", "InvalidParameterCombination",
            "InvalidParameterCombination", "InvalidParameterValue", "CacheClusterNotFound", "ReplicationGroupNotFoundFault", "ServerlessCacheNotFoundFault",
            "CacheSubnetGroupNotFoundFault", "InvalidARN", "SnapshotFeatureNotSupportedFault",
        }));
    }
}
