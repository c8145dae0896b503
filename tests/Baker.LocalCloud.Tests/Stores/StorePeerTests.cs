using Baker.LocalCloud.Tests.Interop;
using Newtonsoft.Json.Linq;

namespace Baker.LocalCloud.Tests.Stores;

/// <summary>boto3 and the AWS CLI on a served local cloud's data stores.</summary>
internal sealed class StorePeerTests
{
    private const string Script =
        """
        import boto3, botocore.exceptions
        rds, cache, redshift = boto3.client("rds"), boto3.client("elasticache"), boto3.client("redshift")
        db = dict(DBInstanceClass="db.t3.micro", AllocatedStorage=20, MasterUsername="app", MasterUserPassword="Secret-passw0rd")
        for n in range(25):
            rds.create_db_instance(DBInstanceIdentifier=f"db-{n:02}", Engine="postgres" if n % 2 else "mysql", Tags=[{"Key": "n", "Value": str(n)}], **db)
        rds.get_waiter("db_instance_available").wait(WaiterConfig={"Delay": 1})
        pages = list(rds.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": 20}))
        assert [len(p["DBInstances"]) for p in pages] == [20, 5], pages
        one = rds.describe_db_instances(DBInstanceIdentifier="DB-03")["DBInstances"][0]
        assert (one["Endpoint"]["Port"], one["TagList"]) == (5432, [{"Key": "n", "Value": "3"}]), one
        assert one["Endpoint"]["Address"].startswith("127."), one
        assert rds.list_tags_for_resource(ResourceName=one["DBInstanceArn"])["TagList"] == one["TagList"]
        rds.add_tags_to_resource(ResourceName=one["DBInstanceArn"], Tags=[{"Key": "m", "Value": ""}])
        rds.remove_tags_from_resource(ResourceName=one["DBInstanceArn"], TagKeys=["n"])
        assert rds.list_tags_for_resource(ResourceName=one["DBInstanceArn"])["TagList"] == [{"Key": "m", "Value": ""}]
        assert rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [one["DbiResourceId"]]}])["DBInstances"][0]["DBInstanceIdentifier"] == "db-03"
        assert [v["EngineVersion"] for v in rds.describe_db_engine_versions(Engine="postgres", DefaultOnly=True)["DBEngineVersions"]] == ["17.4"]
        rds.delete_db_instance(DBInstanceIdentifier="db-03", SkipFinalSnapshot=True)
        rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="db-03", WaiterConfig={"Delay": 1})

        cache.create_replication_group(ReplicationGroupId="facts", ReplicationGroupDescription="d", CacheNodeType="cache.t3.micro", NumCacheClusters=3, AutomaticFailoverEnabled=True)
        cache.get_waiter("replication_group_available").wait(ReplicationGroupId="facts", WaiterConfig={"Delay": 1})
        [group] = cache.describe_replication_groups()["ReplicationGroups"]
        [node] = group["NodeGroups"]
        assert node["PrimaryEndpoint"] == node["NodeGroupMembers"][0]["ReadEndpoint"] != node["ReaderEndpoint"], node
        clusters = cache.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
        assert [c["CacheClusterId"] for c in clusters] == ["facts-001", "facts-002", "facts-003"], clusters
        assert cache.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)["CacheClusters"] == []
        cache.decrease_replica_count(ReplicationGroupId="facts", NewReplicaCount=1, ApplyImmediately=True)
        cache.get_waiter("replication_group_available").wait(ReplicationGroupId="facts", WaiterConfig={"Delay": 1})
        cache.get_waiter("cache_cluster_deleted").wait(CacheClusterId="facts-003", WaiterConfig={"Delay": 1})
        assert cache.describe_serverless_caches()["ServerlessCaches"] == []

        redshift.create_cluster(ClusterIdentifier="facts", NodeType="ra3.large", MasterUsername="app", MasterUserPassword="Secret-passw0rd1", NumberOfNodes=2, ClusterType="multi-node", Tags=[{"Key": "a", "Value": "b"}])
        redshift.get_waiter("cluster_available").wait(ClusterIdentifier="facts", WaiterConfig={"Delay": 1})
        [warehouse] = redshift.describe_clusters(TagKeys=["a"])["Clusters"]
        assert (warehouse["Endpoint"]["Port"], [n["NodeRole"] for n in warehouse["ClusterNodes"]]) == (5439, ["LEADER", "COMPUTE-0", "COMPUTE-1"]), warehouse
        [tag] = redshift.describe_tags(ResourceType="cluster")["TaggedResources"]
        assert (tag["ResourceName"], tag["Tag"]) == ("arn:aws:redshift:us-east-1:000000000000:cluster:facts", {"Key": "a", "Value": "b"}), tag
        for client, call, arguments in ((rds, "create_event_subscription", dict(SubscriptionName="p", SnsTopicArn="arn:aws:sns:us-east-1:1:t")), (cache, "create_user_group", dict(UserGroupId="u", Engine="redis")), (redshift, "describe_storage", {})):
            try:
                getattr(client, call)(**arguments)
                assert False, call
            except botocore.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] == "InvalidAction", error
        print("done")
        """;

    [Test]
    public async Task Boto3_MakesDataStores_PagesThroughThem_AndTagsThem()
    {
        await using var cloud = await TestCloud.OpenAsync(scale: 0.01);
        var (missing, _, _) = await Peer.TryAsync("python3", cloud, "-c", "import boto3");
        if (missing != 0)
        {
            Peers.Missing("boto3 is not installed");
        }

        Assert.That(await Peer.RunAsync("python3", cloud, "-c", Script), Does.EndWith("done\n"));
    }

    [Test]
    public async Task AwsCli_DescribesDataStores()
    {
        await using var cloud = await TestCloud.OpenAsync(scale: 0.01);
        // For RDS the CLI does not heed the variable.
        var url = cloud.Cloud.Listen().ToString();
        async Task<JObject> Aws(params string[] arguments) => JObject.Parse(await Peer.RunAsync("aws", cloud, [.. arguments, "--endpoint-url", url, "--output", "json"]));

        var cluster = await Aws("rds", "create-db-cluster", "--db-cluster-identifier", "shop", "--engine", "aurora-mysql", "--master-username", "app", "--master-user-password", "Secret-passw0rd");
        await Aws("rds", "create-db-instance", "--db-instance-identifier", "one", "--db-cluster-identifier", "shop", "--engine", "aurora-mysql", "--db-instance-class", "db.r6g.large");
        var shown = await Aws("rds", "describe-db-clusters", "--db-cluster-identifier", "shop", "--query", "DBClusters[0]");
        var cache = await Aws("elasticache", "create-cache-cluster", "--cache-cluster-id", "pages", "--engine", "memcached", "--cache-node-type", "cache.t3.micro", "--num-cache-nodes", "2");
        var groups = await Aws("redshift", "describe-cluster-subnet-groups");

        Assert.That(((string?)cluster["DBCluster"]!["Endpoint"], (bool?)shown["DBClusterMembers"]![0]!["IsClusterWriter"]), Is.EqualTo(((string?)shown["Endpoint"], (bool?)true)));
        Assert.That(((int?)cache["CacheCluster"]!["NumCacheNodes"], groups["ClusterSubnetGroups"]!.Count()), Is.EqualTo(((int?)2, 0)));
    }
}
