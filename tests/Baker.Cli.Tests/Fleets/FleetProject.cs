using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.RDS.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.LocalCloud;
using Baker.LocalCloud.Configuration;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>A project whose local cloud a <c>local:serve</c> process holds, so that other processes can work on its fleets.</summary>
internal sealed class FleetProject : IAsyncDisposable
{
    private readonly PackageProcess _server;

    private FleetProject(TestProject project, PackageProcess server, Uri url)
    {
        (Project, _server, Url) = (project, server, url);
        Clients = new CloudClients(new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = project.Key(), ServiceUrl = url }, "us-east-1");
    }

    public TestProject Project { get; }

    public Uri Url { get; }

    public CloudClients Clients { get; }

    /// <summary>A copy of this repository's own project.</summary>
    /// <param name="edit">Changes the text of nodes.json first.</param>
    public static TestProject CopyOfRepository(Func<string, string>? edit = null)
    {
        var project = new TestProject((edit ?? (text => text))(TestProject.Repository("nodes.json")));
        foreach (var folder in new[] { "scripts", "templates" })
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(TestProject.RepositoryFolder, folder)))
            {
                project.Write(Path.Combine(folder, Path.GetFileName(file)), File.ReadAllText(file));
            }
        }

        return project;
    }

    public static async Task<FleetProject> ServeAsync(TestProject project, double scale = 0.1)
    {
        project.Environment["BAKER_LOCAL_SCALE"] = scale.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var server = new PackageProcess(project, ["local:serve", "--port", "0"]);
        await server.UntilSaysAsync("The local cloud of ");
        await Wait.UntilAsync(() => Task.FromResult(server.Out.Contains('\n', StringComparison.Ordinal)), "its address, which another pipe brings");
        return new FleetProject(project, server, new Uri(server.Out.Split('\n')[0]));
    }

    /// <summary>Runs <c>package</c> as a process of its own, to its end.</summary>
    public async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        using var process = new PackageProcess(Project, arguments);
        return await process.EndAsync();
    }

    /// <summary>The same, where nothing but success will do.</summary>
    public async Task<ProgramRun> DoAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }

    /// <summary>Puts a load balancer before a new target group; where it listens.</summary>
    public async Task<(Uri Address, string TargetGroup)> BalanceAsync(string name, int port = 8080)
    {
        var subnets = (await Clients.EC2.DescribeSubnetsAsync(new DescribeSubnetsRequest())).Subnets;
        var group = (await Clients.ELBv2.CreateTargetGroupAsync(new CreateTargetGroupRequest
        {
            Name = name,
            Protocol = ProtocolEnum.HTTP,
            Port = port,
            VpcId = subnets[0].VpcId,
            HealthCheckIntervalSeconds = 5,
            HealthCheckTimeoutSeconds = 4,
            HealthyThresholdCount = 2,
            UnhealthyThresholdCount = 4, // a busy machine may be slow to answer once
        })).TargetGroups[0].TargetGroupArn;
        await Clients.ELBv2.ModifyTargetGroupAttributesAsync(new ModifyTargetGroupAttributesRequest { TargetGroupArn = group, Attributes = [new TargetGroupAttribute { Key = "deregistration_delay.timeout_seconds", Value = "10" }] });
        var balancer = (await Clients.ELBv2.CreateLoadBalancerAsync(new CreateLoadBalancerRequest { Name = name, Subnets = [.. subnets.Where(subnet => subnet.VpcId == subnets[0].VpcId).Take(2).Select(subnet => subnet.SubnetId)] })).LoadBalancers[0];
        var listens = Ports.Next();
        await Clients.ELBv2.CreateListenerAsync(new CreateListenerRequest
        {
            LoadBalancerArn = balancer.LoadBalancerArn,
            Protocol = ProtocolEnum.HTTP,
            Port = listens,
            DefaultActions = [new Amazon.ElasticLoadBalancingV2.Model.Action { Type = ActionTypeEnum.Forward, TargetGroupArn = group }],
        });
        return (new Uri($"http://{balancer.DNSName}:{listens}/"), group);
    }

    /// <summary>Has somebody else make a database, and waits until it is there.</summary>
    public async Task<DBInstance> MakeDatabaseAsync(string name, string engine, int port)
    {
        await Clients.RDS.CreateDBInstanceAsync(new CreateDBInstanceRequest
        {
            DBInstanceIdentifier = name,
            DBInstanceClass = "db.t3.micro",
            Engine = engine,
            AllocatedStorage = 20,
            MasterUsername = "others",
            MasterUserPassword = "of-the-test-alone",
            Port = port,
        });
        await Wait.UntilAsync(async () => (await DatabaseAsync())?.DBInstanceStatus == "available", "the database");
        return (await DatabaseAsync())!;
    }

    /// <summary>The database that there is; null where there is none.</summary>
    public async Task<DBInstance?> DatabaseAsync() =>
        ((await Clients.RDS.DescribeDBInstancesAsync(new DescribeDBInstancesRequest())).DBInstances ?? []).FirstOrDefault();

    /// <summary>The image that the last bake of a group made.</summary>
    public string ImageOf(string group) => (string)JObject.Parse(Project.Read($"builds/{group}.json"))["image"]!;

    /// <summary>What a command prints on a node, once its agent is there.</summary>
    public async Task<string> OnNodeAsync(string node, string command)
    {
        await Wait.UntilAsync(
            async () => (await Clients.SSM.DescribeInstanceInformationAsync(new DescribeInstanceInformationRequest())).InstanceInformationList?.Exists(each => each.InstanceId == node) == true,
            "the agent");
        var sent = await Clients.SSM.SendCommandAsync(new SendCommandRequest { DocumentName = "AWS-RunShellScript", InstanceIds = [node], Parameters = new() { ["commands"] = [command] } });
        GetCommandInvocationResponse? result = null;
        await Wait.UntilAsync(
            async () => (result = await Clients.SSM.GetCommandInvocationAsync(new GetCommandInvocationRequest { CommandId = sent.Command.CommandId, InstanceId = node })).Status.Value is not ("Pending" or "InProgress"),
            "the command");
        return result!.StandardOutputContent;
    }

    public async Task<int> HealthyAsync(string targetGroup) =>
        ((await Clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = targetGroup })).TargetHealthDescriptions ?? [])
            .Count(target => target.TargetHealth.State == TargetHealthStateEnum.Healthy);

    /// <summary>The Auto Scaling groups of a node group.</summary>
    public async Task<List<AutoScalingGroup>> GroupsAsync(string group) =>
        [.. ((await Clients.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest { MaxRecords = 100, Filters = [new Amazon.AutoScaling.Model.Filter { Name = "tag:group", Values = [group] }] })).AutoScalingGroups ?? [])];

    /// <summary>What should not be there of a node group when nothing is under way: parameters, and templates without a group.</summary>
    public async Task<List<string>> LeftAsync(string group)
    {
        var parameters = await Clients.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = $"/baker/{group}", Recursive = true });
        var groups = (await GroupsAsync(group)).Select(each => each.AutoScalingGroupName).ToHashSet(StringComparer.Ordinal);
        var templates = (await Clients.EC2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest { MaxResults = 200 })).LaunchTemplates ?? [];
        return
        [
            .. (parameters.Parameters ?? []).Select(parameter => parameter.Name),
            .. templates.Select(template => template.LaunchTemplateName).Where(name => name.StartsWith(group + "-v", StringComparison.Ordinal) && !groups.Contains(name)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Clients.Dispose();
        _server.Dispose();
        await LocalCloud.LocalCloud.ResetAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None);
        Project.Dispose();
    }
}
