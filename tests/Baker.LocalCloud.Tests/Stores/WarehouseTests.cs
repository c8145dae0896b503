using Amazon.Redshift.Model;

namespace Baker.LocalCloud.Tests.Stores;

/// <summary>Redshift: PostgreSQL answers behind its endpoints.</summary>
internal sealed class WarehouseTests
{
    [Test]
    public async Task Cluster_IsWrittenAndRead_Pauses_AndLeavesNothing()
    {
        Peers.Require("psql");
        await using var cloud = await StoreCloud.OpenAsync();
        await cloud.Warehouses.CreateClusterAsync(Request("facts"));
        var at = (await UntilAsync(cloud, "facts", "available")).Endpoint;

        var made = await StoreCloud.PsqlAsync(at.Address, at.Port, "CREATE TABLE t (x int); INSERT INTO t VALUES (42)", database: "dev");
        await cloud.Warehouses.PauseClusterAsync(new PauseClusterRequest { ClusterIdentifier = "facts" });
        await UntilAsync(cloud, "facts", "paused");
        var paused = await StoreCloud.PsqlAsync(at.Address, at.Port, "SELECT 1", database: "dev");
        await cloud.Warehouses.ResumeClusterAsync(new ResumeClusterRequest { ClusterIdentifier = "facts" });
        await UntilAsync(cloud, "facts", "available");
        var read = await StoreCloud.PsqlAsync(at.Address, at.Port, "SELECT x FROM t", database: "dev");
        await cloud.Warehouses.DeleteClusterAsync(new DeleteClusterRequest { ClusterIdentifier = "facts", SkipFinalClusterSnapshot = true });

        Assert.That((made.Code, paused.Code, read.Out, at.Port), Is.EqualTo((0, 2, "42\n", (int?)5439)), made.Error + read.Error);
        await cloud.UntilNothingIsLeftAsync();
    }

    [Test]
    public async Task Actions_WithWrongValues_HaveTheCodesOfRedshift()
    {
        await using var cloud = await StoreCloud.OpenAsync(execute: false);
        var redshift = cloud.Warehouses;
        await redshift.CreateClusterAsync(Request("there"));
        var (simple, many) = (Request("new"), Request("new"));
        simple.MasterUserPassword = "alllowercase1";
        (many.ClusterType, many.NumberOfNodes) = ("single-node", 4);
        string[] codes =
        [
            await Errors.CodeOfAsync(() => redshift.CreateClusterAsync(Request("there"))),
            await Errors.CodeOfAsync(() => redshift.CreateClusterAsync(simple)),
            await Errors.CodeOfAsync(() => redshift.CreateClusterAsync(many)),
            await Errors.CodeOfAsync(() => redshift.DescribeClustersAsync(new DescribeClustersRequest { ClusterIdentifier = "none" })),
            await Errors.CodeOfAsync(() => redshift.DeleteClusterAsync(new DeleteClusterRequest { ClusterIdentifier = "there" })),
            await Errors.CodeOfAsync(() => redshift.ResumeClusterAsync(new ResumeClusterRequest { ClusterIdentifier = "there" })),
            await Errors.CodeOfAsync(() => redshift.DescribeTagsAsync(new DescribeTagsRequest { ResourceName = "nonsense" })),
        ];

        Assert.That(codes, Is.EqualTo(new[]
        {
            "ClusterAlreadyExists", "InvalidParameterValue", "InvalidParameterCombination", "ClusterNotFound", "InvalidParameterCombination", "InvalidClusterState", "ResourceNotFoundFault",
        }));
    }

    private static CreateClusterRequest Request(string name) =>
        new() { ClusterIdentifier = name, NodeType = "ra3.large", MasterUsername = "app", MasterUserPassword = StoreCloud.Password };

    private static async Task<Cluster> UntilAsync(StoreCloud cloud, string name, string state)
    {
        Cluster? found = null;
        await Wait.UntilAsync(
            async () => (found = (await cloud.Warehouses.DescribeClustersAsync(new DescribeClustersRequest { ClusterIdentifier = name })).Clusters[0]).ClusterStatus == state,
            () => $"{name} to be {state}: it is {found?.ClusterStatus}");
        return found!;
    }
}
