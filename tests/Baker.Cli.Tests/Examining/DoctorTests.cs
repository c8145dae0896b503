using System.Net;
using System.Net.Sockets;
using Amazon.EC2.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Examining;

/// <summary>What commands need, looked at in good and in broken surroundings.</summary>
internal sealed class DoctorTests
{
    private const string Manifest = """
        {"__settings__": {"cloud": "CLOUD"}, "web": {"instance_type": "t3.micro", "source_ami": "ami-1ebb2077"}}
        """;

    [Test]
    public async Task Version_IsPrintedForPeopleAndForPrograms()
    {
        using var project = new TestProject();

        var text = await project.RunAsync("version");
        var json = JObject.Parse((await project.RunAsync("version", "--json")).Out);

        Assert.That(text.Out, Does.StartWith($"package {json["version"]} (").And.Contain(", not native, .NET 10"));
        Assert.That(json.Properties().Select(each => each.Name), Is.EqualTo(new[] { "version", "commit", "dotnet", "native", "platform" }));
        Assert.That((bool)json["native"]!, Is.False);
    }

    [Test]
    public async Task Doctor_LocalCloudThatIsNotServed_IsWellAndMakesNothing()
    {
        using var project = Project("local");

        var run = await project.RunAsync("doctor");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(run.Out, Does.Match("ok +manifest +nodes.json, groups: 1").And.Match("ok +cloud +local: opened by each command").And.Contain("namespaces"));
        Assert.That(Directory.GetFileSystemEntries(project.Folder).Select(Path.GetFileName), Is.EqualTo(new[] { "nodes.json" }));
    }

    [Test]
    public async Task Doctor_LocalCloudThatIsServed_KnowsTheAccountAndMakesNothing()
    {
        await using var fleet = await FleetProject.ServeAsync(Project("local"));
        var before = await CountAsync(fleet);

        var run = await fleet.RunAsync("doctor");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(run.Out, Does.Match("ok +credentials +account ").And.Match("ok +clock +as the cloud's").And.Match("ok +quotas +0 of 500")
            .And.Match("ok +permissions +a dry run allows .*ec2:RunInstances, ec2:CreateSecurityGroup, ec2:CreateLaunchTemplate").And.Match("ok +ssm "));
        Assert.That(await CountAsync(fleet), Is.EqualTo(before));
    }

    [Test]
    public async Task Doctor_NobodyAnswers_IsOneFailedLine()
    {
        using var project = Aws("http://127.0.0.1:9");

        var run = await RunAsync(project, "doctor");

        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut), run.Error);
        Assert.That(Failed(run), Has.Length.EqualTo(1).And.All.Match("failed +credentials +The cloud cannot be reached"));
    }

    [Test]
    public async Task Doctor_EndpointIsSilent_IsOneFailedLineAndNoHang()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var project = Aws($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");

        var run = await RunAsync(project, "doctor");

        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut), run.Error);
        Assert.That(Failed(run), Has.Length.EqualTo(1).And.All.Match("failed +credentials +(no answer within 10 s|The cloud)"));
    }

    [Test]
    public async Task Doctor_NoCredentials_SaysWhatToSet()
    {
        using var project = Project("aws");
        project.Environment["AWS_SHARED_CREDENTIALS_FILE"] = project.Environment["AWS_CONFIG_FILE"] = project.PathOf("none");

        var run = await RunAsync(project, "doctor", "--json");

        var failed = JObject.Parse(run.Out)["checks"]!.Single(check => (string?)check["state"] == "failed");
        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut), run.Error);
        Assert.That(((string?)failed["check"], (string?)failed["text"]), Is.EqualTo(("credentials", "There are no AWS credentials that can be used.")));
        Assert.That((string?)failed["remedy"], Does.Contain("AWS_PROFILE"));
    }

    [Test]
    public async Task Doctor_CatalogueInEtcd_SaysWhetherItAnswers()
    {
        await using var etcd = await EtcdServer.StartAsync();
        using var project = Project("local");
        project.Write("nodes.json", project.Read("nodes.json").Replace("\"cloud\"", $"\"catalog\": {{\"etcd\": [\"{etcd.Address.ToString().TrimEnd('/')}\"]}}, \"cloud\"", StringComparison.Ordinal));

        var up = await project.RunAsync("doctor");
        etcd.Stop();
        var down = await project.RunAsync("doctor");

        Assert.That((up.Code, down.Code), Is.EqualTo((ExitCode.Done, ExitCode.TimedOut)), up.Out + down.Out);
        Assert.That(up.Out, Does.Match($"ok +catalog +etcd answers: {etcd.Address}".TrimEnd('/')));
        Assert.That(down.Out, Does.Match("failed +catalog +nodes.json:1:[0-9]+: etcd cannot be asked at "));
    }

    [Test]
    public async Task Doctor_NothingOnThePath_WarnsOfEachToolWithWhatNeedsIt()
    {
        using var project = Project("local");
        project.Environment["PATH"] = "";

        var run = await project.RunAsync("doctor");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), "what not everybody needs does not fail");
        foreach (var tool in new[] { "packer", "openssh", "session-manager", "git" })
        {
            Assert.That(run.Out, Does.Match($"warning +{tool} +.* is not on the PATH\n +Only .* needs it: "));
        }

        Assert.That(run.Out, Does.Contain("Only what goes through Session Manager on AWS (instance:shell, "));
    }

    [Test]
    public async Task Doctor_ManifestWithMistakes_FailsAndSaysWhereToLook()
    {
        using var project = new TestProject("{\"__settings__\": {\"cloud\": \"local\"}, \"web\": {\"run_list\": 1}}");

        var run = await project.RunAsync("doctor", "--cloud", "local");

        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut));
        Assert.That(run.Out, Does.Match("failed +manifest +nodes.json has 1 mistake\n +package node:list says which."));
    }

    [Test]
    public async Task Doctor_GroupsWithoutAProfile_AreWarnedOf()
    {
        using var project = Aws("http://127.0.0.1:9");

        Assert.That((await RunAsync(project, "doctor")).Out, Does.Match("warning +profiles +no iam_instance_profile: web"));
    }

    private static TestProject Project(string cloud) => new(Manifest.Replace("CLOUD", cloud, StringComparison.Ordinal));

    private static TestProject Aws(string endpoint)
    {
        var project = Project("aws");
        foreach (var (name, value) in new[] { ("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b") })
        {
            project.Environment[name] = value;
        }

        return project;
    }

    private static async Task<ProgramRun> RunAsync(TestProject project, params string[] arguments)
    {
        using var process = new PackageProcess(project, arguments);
        return await process.EndAsync();
    }

    private static string[] Failed(ProgramRun run) => [.. run.Out.Split('\n').Where(line => line.StartsWith("failed", StringComparison.Ordinal))];

    private static async Task<(int Groups, int Templates, int Instances)> CountAsync(FleetProject fleet) => (
        (await fleet.Clients.EC2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest())).SecurityGroups.Count,
        (await fleet.Clients.EC2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest())).LaunchTemplates?.Count ?? 0,
        (await fleet.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest())).Reservations?.Count ?? 0);
}
