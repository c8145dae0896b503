using Amazon.RDS.Model;
using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Tests.Stores;

/// <summary>RDS: what answers behind its endpoints.</summary>
internal sealed class DatabaseTests
{
    [Test]
    public async Task Postgres_IsWrittenAndRead_OutlivesTheCloud_AndLeavesNothing()
    {
        Peers.Require("psql");
        await using var folder = new TemporaryFolder();
        try
        {
            DBInstance database;
            await using (var cloud = await StoreCloud.OpenAsync(folder: folder))
            {
                var created = (await cloud.Databases.CreateDBInstanceAsync(StoreCloud.Database("orders", "postgres"))).DBInstance;
                Assert.That((created.DBInstanceStatus, created.Endpoint), Is.EqualTo(("creating", (Endpoint?)null)));
                database = await cloud.UntilAsync("orders");
                var made = await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "CREATE TABLE t (x int); INSERT INTO t VALUES (42); SELECT x FROM t");
                Assert.That((made.Code, made.Out.Trim().Split('\n')[^1]), Is.EqualTo((0, "42")), made.Error);
                var wrong = await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT 1", password: "wrong");
                Assert.That(wrong.Error, Does.Contain("password authentication failed"));
                var own = await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user; COPY (SELECT 1) TO PROGRAM 'id > /tmp/id'");
                Assert.That(own.Error, Does.Contain("must be superuser"));
            }

            await using (var cloud = await StoreCloud.OpenAsync(folder: folder))
            {
                await cloud.UntilAsync("orders");
                var read = await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT x FROM t");
                Assert.That(read.Out, Is.EqualTo("42\n"), read.Error);

                await cloud.Databases.ModifyDBInstanceAsync(new ModifyDBInstanceRequest { DBInstanceIdentifier = "orders", MasterUserPassword = "another-one", ApplyImmediately = true });
                await cloud.UntilAsync("orders");
                Assert.That((await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT 1", password: "another-one")).Code, Is.Zero);
                Assert.That((await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT 1")).Code, Is.EqualTo(2));

                await cloud.Databases.RebootDBInstanceAsync(new RebootDBInstanceRequest { DBInstanceIdentifier = "orders" });
                await cloud.UntilAsync("orders");
                Assert.That((await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT x FROM t", password: "another-one")).Out, Is.EqualTo("42\n"));

                await cloud.Databases.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "orders", SkipFinalSnapshot = true });
                await cloud.UntilNothingIsLeftAsync();
                Assert.That((await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT 1")).Code, Is.EqualTo(2));
            }
        }
        finally
        {
            await LocalCloud.ResetAsync(TestCloud.Options(folder, true, "", 0), CancellationToken.None);
        }
    }

    [Test]
    public async Task Engine_ThatEndedWithTheHost_StartsAgainWithItsData()
    {
        Peers.Require("psql");
        await using var folder = new TemporaryFolder();
        DBInstance database;
        await using (var cloud = await StoreCloud.OpenAsync(folder: folder))
        {
            await cloud.Databases.CreateDBInstanceAsync(StoreCloud.Database("orders", "postgres"));
            database = await cloud.UntilAsync("orders");
            await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "CREATE TABLE t (x int); INSERT INTO t VALUES (42)");
        }

        var file = Directory.GetFiles(folder["project/.package/instances"], "pid", SearchOption.AllDirectories).Single();
        await SandboxHost.StopAsync(SandboxProcess.Read(file)!, force: true, CancellationToken.None);
        Assert.That((await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT 1")).Code, Is.EqualTo(2));

        await using (var cloud = await StoreCloud.OpenAsync(folder: folder))
        {
            await Wait.UntilAsync(
                async () => (await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT x FROM t")).Out == "42\n",
                "the engine to be there again");
        }

        await LocalCloud.ResetAsync(TestCloud.Options(folder, true, "", 0), CancellationToken.None);
        Assert.That((await StoreCloud.PsqlAsync(database.Endpoint.Address, database.Endpoint.Port, "SELECT 1")).Code, Is.EqualTo(2));
    }

    [Test]
    public async Task MySql_IsWrittenAndRead_WithTheMastersPassword()
    {
        Peers.Require("mariadb");
        await using var cloud = await StoreCloud.OpenAsync();
        await cloud.Databases.CreateDBInstanceAsync(StoreCloud.Database("orders", "mysql"));
        var at = (await cloud.UntilAsync("orders")).Endpoint;

        var made = await StoreCloud.MariaDbAsync(at.Address, at.Port, "CREATE TABLE t (x int); INSERT INTO t VALUES (42); SELECT x FROM t");
        var wrong = await StoreCloud.MariaDbAsync(at.Address, at.Port, "SELECT 1", password: "wrong");
        await cloud.Databases.ModifyDBInstanceAsync(new ModifyDBInstanceRequest { DBInstanceIdentifier = "orders", MasterUserPassword = "another-one" });
        await cloud.UntilAsync("orders");
        var changed = await StoreCloud.MariaDbAsync(at.Address, at.Port, "SELECT x FROM t", password: "another-one");
        await cloud.Databases.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "orders", SkipFinalSnapshot = true });

        Assert.That((made.Out, wrong.Error.Contains("Access denied", StringComparison.Ordinal), changed.Out), Is.EqualTo(("42\n", true, "42\n")), made.Error + changed.Error);
        await cloud.UntilNothingIsLeftAsync();
    }

    [TestCase("aurora-postgresql", "psql")]
    [TestCase("aurora-mysql", "mariadb")]
    public async Task Cluster_HasAReaderThatFollows_AndAnotherWriterWhereTheFirstGoes(string engine, string client)
    {
        Peers.Require(client);
        await using var cloud = await StoreCloud.OpenAsync();
        Task<ProcessRun> Ask(string host, int? port, string sql) =>
            client == "psql" ? StoreCloud.PsqlAsync(host, port, sql) : StoreCloud.MariaDbAsync(host, port, sql);
        await cloud.Databases.CreateDBClusterAsync(new CreateDBClusterRequest { DBClusterIdentifier = "shop", Engine = engine, MasterUsername = "app", MasterUserPassword = StoreCloud.Password, DatabaseName = "shop" });
        foreach (var name in new[] { "one", "two" })
        {
            await cloud.Databases.CreateDBInstanceAsync(new CreateDBInstanceRequest { DBInstanceIdentifier = name, DBClusterIdentifier = "shop", DBInstanceClass = "db.r6g.large", Engine = engine });
        }

        await cloud.UntilAsync("one");
        await cloud.UntilAsync("two");
        var cluster = await cloud.UntilClusterAsync("shop", each => each.Status == "available" && each.ReaderEndpoint != each.Endpoint);
        var made = await Ask(cluster.Endpoint, cluster.Port, "CREATE TABLE t (x int); INSERT INTO t VALUES (42)");
        Assert.That(made.Code, Is.Zero, made.Error);
        await Wait.UntilAsync(async () => (await Ask(cluster.ReaderEndpoint, cluster.Port, "SELECT x FROM t")).Out == "42\n", "the reader to have it");
        var refused = await Ask(cluster.ReaderEndpoint, cluster.Port, "INSERT INTO t VALUES (43)");
        Assert.That(refused.Error, Does.Contain("read-only"));
        var endpoints = (await cloud.Databases.DescribeDBClusterEndpointsAsync(new DescribeDBClusterEndpointsRequest { DBClusterIdentifier = "shop" })).DBClusterEndpoints;
        Assert.That(endpoints.Select(each => (each.EndpointType, each.Endpoint)), Is.EquivalentTo(new[] { ("WRITER", cluster.Endpoint), ("READER", cluster.ReaderEndpoint) }));

        await cloud.Databases.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "one" });
        var turned = await cloud.UntilClusterAsync("shop", each => each.DBClusterMembers.Count == 1);
        Assert.That((turned.DBClusterMembers[0].DBInstanceIdentifier, turned.DBClusterMembers[0].IsClusterWriter), Is.EqualTo(("two", (bool?)true)));
        Assert.That((await Ask(turned.Endpoint, turned.Port, "INSERT INTO t VALUES (43)")).Code, Is.Zero);
        await cloud.Databases.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "two" });
        await cloud.Databases.DeleteDBClusterAsync(new DeleteDBClusterRequest { DBClusterIdentifier = "shop", SkipFinalSnapshot = true });
        await cloud.UntilNothingIsLeftAsync();
    }

    [Test]
    public async Task Engine_ThatThisHostHasNot_IsAvailable_AndSaidToListenNowhere()
    {
        await using var cloud = await StoreCloud.OpenAsync();
        await cloud.Databases.CreateDBInstanceAsync(StoreCloud.Database("ledger", "oracle-ee"));
        var shown = await cloud.UntilAsync("ledger");

        var silent = cloud.Inner.Cloud.Status().Silent;
        await cloud.Databases.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "ledger", SkipFinalSnapshot = true });

        Assert.That(silent, Is.EqualTo(new Dictionary<string, string> { ["arn:aws:rds:us-east-1:000000000000:db:ledger"] = "the local cloud has no program for oracle-ee" }));
        Assert.That((shown.Endpoint.Port, shown.StatusInfos.Single().Message), Is.EqualTo((1521, "the local cloud has no program for oracle-ee")));
        await cloud.UntilNothingIsLeftAsync();
        Assert.That(cloud.Inner.Cloud.Status().Silent, Is.Null);
    }

    [Test]
    public async Task Endpoint_WithNothingBehindIt_IsSaidAtOnce_AndWheneverTheCloudIsOpened()
    {
        await using var folder = new TemporaryFolder();
        var lines = new List<string>();
        var options = TestCloud.Options(folder, execute: true, "", 0.02) with { Notice = lines.Add };
        for (var opened = 1; opened <= 2; opened++)
        {
            await using var cloud = await LocalCloud.OpenAsync(options, CancellationToken.None);
            if (cloud.Support.Reason is { } reason)
            {
                Peers.Missing(reason);
            }

            using var rds = new Amazon.RDS.AmazonRDSClient(
                new Amazon.Runtime.BasicAWSCredentials(cloud.Key.Id, cloud.Key.Secret),
                new Amazon.RDS.AmazonRDSConfig { ServiceURL = cloud.Listen().ToString(), AuthenticationRegion = "us-east-1" });
            if (opened == 1)
            {
                await rds.CreateDBInstanceAsync(StoreCloud.Database("ledger", "sqlserver-ex"));
            }
        }

        await LocalCloud.ResetAsync(options, CancellationToken.None);
        Assert.That(lines, Is.EqualTo(Enumerable.Repeat("NOTHING LISTENS: arn:aws:rds:us-east-1:000000000000:db:ledger: the local cloud has no program for sqlserver-ex", 2)));
    }

    private static readonly TestCaseData<Action<CreateDBInstanceRequest>>[] s_wrong =
    [
        Case("DBInstanceAlreadyExists", each => each.DBInstanceIdentifier = "there"),
        Case("InvalidParameterValue", each => each.DBInstanceIdentifier = "-no"),
        Case("InvalidParameterValue", each => each.Engine = "dbase"),
        Case("InvalidParameterValue", each => each.DBInstanceClass = "t3.micro"),
        Case("InvalidParameterCombination", each => each.AllocatedStorage = 1),
        Case("InvalidParameterCombination", each => each.EngineVersion = "3.1"),
        Case("InvalidParameterValue", each => each.MasterUserPassword = "short"),
        Case("InvalidParameterValue", each => each.MasterUserPassword = "with a blank"),
        Case("InvalidParameterValue", each => each.MasterUserPassword = null),
        Case("InvalidParameterValue", each => each.MasterUsername = "rdsadmin"),
        Case("InvalidParameterValue", each => each.Port = 80),
        Case("InvalidParameterValue", each => each.BackupRetentionPeriod = 36),
        Case("InvalidParameterValue", each => each.VpcSecurityGroupIds = ["sg-0123"]),
        Case("DBSubnetGroupNotFoundFault", each => each.DBSubnetGroupName = "nowhere"),
        Case("DBParameterGroupNotFound", each => each.DBParameterGroupName = "nothing"),
        Case("OptionGroupNotFoundFault", each => each.OptionGroupName = "nothing"),
        Case("DBClusterNotFoundFault", each => each.DBClusterIdentifier = "none"),
        Case("InvalidParameterCombination", each => each.Engine = "aurora-postgresql"),
        Case("InvalidParameterCombination", each => each.ManageMasterUserPassword = true),
    ];

    private static TestCaseData<Action<CreateDBInstanceRequest>> Case(string code, Action<CreateDBInstanceRequest> change, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(change))] string name = "") =>
        new(change) { ExpectedResult = code, TestName = $"Create_{name}_{code}" };

    [TestCaseSource(nameof(s_wrong))]
    public async Task<string> Create_WrongValue_HasTheCodeOfRds(Action<CreateDBInstanceRequest> change)
    {
        await using var cloud = await StoreCloud.OpenAsync(execute: false);
        await cloud.Databases.CreateDBInstanceAsync(StoreCloud.Database("there", "postgres"));
        var request = StoreCloud.Database("new", "postgres");
        change(request);

        return await Errors.CodeOfAsync(() => cloud.Databases.CreateDBInstanceAsync(request));
    }

    [Test]
    public async Task Actions_OnWhatIsNotThere_OrNotReady_HaveTheCodesOfRds()
    {
        await using var cloud = await StoreCloud.OpenAsync(execute: false);
        var rds = cloud.Databases;
        await rds.CreateDBInstanceAsync(StoreCloud.Database("there", "postgres"));
        await cloud.UntilAsync("there");
        await rds.ModifyDBInstanceAsync(new ModifyDBInstanceRequest { DBInstanceIdentifier = "there", DeletionProtection = true });
        await cloud.UntilAsync("there");
        string[] codes =
        [
            await Errors.CodeOfAsync(() => rds.DescribeDBInstancesAsync(new DescribeDBInstancesRequest { DBInstanceIdentifier = "none" })),
            await Errors.CodeOfAsync(() => rds.DescribeDBInstancesAsync(new DescribeDBInstancesRequest { MaxRecords = 5 })),
            await Errors.CodeOfAsync(() => rds.DescribeDBInstancesAsync(new DescribeDBInstancesRequest { Filters = [new Filter { Name = "colour", Values = ["red"] }] })),
            await Errors.CodeOfAsync(() => rds.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "none", SkipFinalSnapshot = true })),
            await Errors.CodeOfAsync(() => rds.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "there", SkipFinalSnapshot = true })),
            await Errors.CodeOfAsync(() => rds.StartDBInstanceAsync(new StartDBInstanceRequest { DBInstanceIdentifier = "there" })),
            await Errors.CodeOfAsync(() => rds.DescribeDBClustersAsync(new DescribeDBClustersRequest { DBClusterIdentifier = "none" })),
            await Errors.CodeOfAsync(() => rds.ListTagsForResourceAsync(new ListTagsForResourceRequest { ResourceName = "arn:aws:rds:us-east-1:000000000000:db:none" })),
            await Errors.CodeOfAsync(() => rds.CreateDBSubnetGroupAsync(new CreateDBSubnetGroupRequest { DBSubnetGroupName = "g", DBSubnetGroupDescription = "d", SubnetIds = ["subnet-0123"] })),
            await Errors.CodeOfAsync(() => rds.CreateDBParameterGroupAsync(new CreateDBParameterGroupRequest { DBParameterGroupName = "g", DBParameterGroupFamily = "dbase", Description = "d" })),
            await Errors.CodeOfAsync(() => rds.DeleteDBParameterGroupAsync(new DeleteDBParameterGroupRequest { DBParameterGroupName = "none" })),
        ];

        Assert.That(codes, Is.EqualTo(new[]
        {
            "DBInstanceNotFound", "InvalidParameterValue", "InvalidParameterValue", "DBInstanceNotFound", "InvalidParameterCombination", "InvalidDBInstanceState",
            "DBClusterNotFoundFault", "DBInstanceNotFound", "InvalidSubnet", "InvalidParameterValue", "DBParameterGroupNotFound",
        }));
    }

    [Test]
    public async Task FinalSnapshot_IsKept_AndASecurityGroupInUseStays()
    {
        await using var cloud = await StoreCloud.OpenAsync(execute: false);
        var group = (await cloud.Inner.EC2.CreateSecurityGroupAsync(new Amazon.EC2.Model.CreateSecurityGroupRequest { GroupName = "db", Description = "d" })).GroupId;
        var request = StoreCloud.Database("orders", "postgres");
        request.VpcSecurityGroupIds = [group];
        await cloud.Databases.CreateDBInstanceAsync(request);
        await cloud.UntilAsync("orders");

        var inUse = await Errors.CodeOfAsync(() => cloud.Inner.EC2.DeleteSecurityGroupAsync(new Amazon.EC2.Model.DeleteSecurityGroupRequest { GroupId = group }));
        var without = await Errors.CodeOfAsync(() => cloud.Databases.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "orders" }));
        await cloud.Databases.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "orders", FinalDBSnapshotIdentifier = "last" });
        var kept = (await cloud.Databases.DescribeDBSnapshotsAsync(new DescribeDBSnapshotsRequest())).DBSnapshots.Single();
        await cloud.Databases.DeleteDBSnapshotAsync(new DeleteDBSnapshotRequest { DBSnapshotIdentifier = "last" });
        await Wait.UntilAsync(
            async () => await Errors.CodeOfAsync(() => cloud.Inner.EC2.DeleteSecurityGroupAsync(new Amazon.EC2.Model.DeleteSecurityGroupRequest { GroupId = group })) == "none",
            "the security group to go");

        Assert.That((inUse, without, kept.DBSnapshotIdentifier, kept.DBInstanceIdentifier), Is.EqualTo(("DependencyViolation", "InvalidParameterCombination", "last", "orders")));
        await cloud.UntilNothingIsLeftAsync();
    }
}
