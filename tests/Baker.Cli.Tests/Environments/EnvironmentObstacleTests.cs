using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Amazon.CertificateManager.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleNotificationService.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Environments;

/// <summary>What is in the way of an environment is told, all of it, before anything is changed.</summary>
public sealed class EnvironmentObstacleTests
{
    [TestCase("environment:plan")]
    [TestCase("environment:create")]
    public async Task Names_ThatOthersHave_AreAllToldAndNothingIsMade(string command)
    {
        await using var fleet = await EnvironmentStage.ServeAsync(["one"]);
        var subnets = (await fleet.Clients.EC2.DescribeSubnetsAsync(new DescribeSubnetsRequest())).Subnets;
        await fleet.Clients.EC2.CreateSecurityGroupAsync(new CreateSecurityGroupRequest { GroupName = "one-web", Description = "of others" });
        await fleet.Clients.ELBv2.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "one-www-api", Protocol = "HTTP", Port = 80, VpcId = subnets[0].VpcId });
        await fleet.Clients.ELBv2.CreateLoadBalancerAsync(new CreateLoadBalancerRequest { Name = "one-www", Subnets = [subnets[0].SubnetId, subnets[1].SubnetId] });
        await fleet.Clients.SNS.CreateTopicAsync(new CreateTopicRequest { Name = "one-ops" });
        var before = await fleet.OfAsync("one");

        var run = await fleet.HereAsync(ExitCode.BadInput, command, "one");

        Assert.That(run.Error, Does.Contain("security group one-web: there is one of that name already").And.Contain("target group one-www-api: there is one")
            .And.Contain("balancer one-www: there is one").And.Contain("topic one-ops: there is one"));
        Assert.That(await fleet.OfAsync("one"), Is.EqualTo(before));
        await fleet.HereAsync(ExitCode.Done, "environment:delete", "one", "--yes", "one");
    }

    [Test]
    public async Task Subnets_ThatDoNotFit_AreTold()
    {
        await using var fleet = await EnvironmentStage.ServeAsync(["one"]);
        var first = (await fleet.Clients.EC2.DescribeSubnetsAsync(new DescribeSubnetsRequest())).Subnets[0];
        var vpc = (await fleet.Clients.EC2.CreateVpcAsync(new CreateVpcRequest { CidrBlock = "10.9.0.0/16" })).Vpc.VpcId;
        var other = (await fleet.Clients.EC2.CreateSubnetAsync(new CreateSubnetRequest { VpcId = vpc, CidrBlock = "10.9.1.0/24", AvailabilityZone = first.AvailabilityZone })).Subnet;
        fleet.Project.Write("nodes.json", fleet.Project.Read("nodes.json").Replace(
            "\"security_groups\": [\"lb\"],",
            $"\"security_groups\": [\"lb\"], \"subnets\": [\"{first.SubnetId}\", \"{other.SubnetId}\", \"subnet-00000000000000000\"],",
            StringComparison.Ordinal));

        var run = await fleet.HereAsync(ExitCode.BadInput, "environment:create", "one");

        Assert.That(run.Error, Does.Contain($"are both in {first.AvailabilityZone}").And.Contain("subnet-00000000000000000 is not in us-east-1").And.Contain("in several VPCs"));
        Assert.That(await fleet.OfAsync("one"), Is.Empty);
    }

    [TestCase("environment:plan")]
    [TestCase("environment:create")]
    public async Task NamesOfOthersThings_ThatAreNotThere_AreToldAtTheirPlaces(string command)
    {
        const string arn = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012";
        await using var fleet = await EnvironmentStage.ServeAsync(["one"]);
        var manifest = WithNames(fleet, "vpc-0123456789abcdef0", "pl-0123456789abcdef0", arn, "ELBSecurityPolicy-None");

        var run = await fleet.HereAsync(ExitCode.BadInput, command, "one");

        Assert.That(run.Error, Does
            .Contain($"{Place(manifest, "\"vpc-0")}: the VPC vpc-0123456789abcdef0 is not in us-east-1").And
            .Contain($"{Place(manifest, "\"pl-0")}: the prefix list pl-0123456789abcdef0 is not in us-east-1").And
            .Contain($"{Place(manifest, "\"arn:aws:acm")}: the certificate {arn} is not in us-east-1").And
            .Contain($"{Place(manifest, "\"ELBSecurityPolicy-None")}: the TLS policy ELBSecurityPolicy-None is not in us-east-1"));
        Assert.That(await fleet.OfAsync("one"), Is.Empty);
    }

    [Test]
    public async Task SecurityGroupsOfOthers_ThatAreNotThere_AreToldAtTheirPlaces()
    {
        await using var fleet = await EnvironmentStage.ServeAsync(["one"]);
        var manifest = fleet.Project.Read("nodes.json")
            .Replace("\"from\": \"10.0.0.0/8\"", "\"from\": \"sg-0123456789abcdef0\"", StringComparison.Ordinal)
            .Replace("\"security_groups\": [\"lb\"]", "\"security_groups\": [\"lb\", \"sg-0fedcba9876543210\"]", StringComparison.Ordinal);
        fleet.Project.Write("nodes.json", manifest);

        var run = await fleet.HereAsync(ExitCode.BadInput, "environment:create", "one");

        Assert.That(run.Error, Does
            .Contain($"{Place(manifest, "\"sg-01")}: the security group sg-0123456789abcdef0 is not in us-east-1").And
            .Contain($"{Place(manifest, "\"sg-0f")}: the security group sg-0fedcba9876543210 is not in us-east-1"));
        Assert.That(await fleet.OfAsync("one"), Is.Empty);

        var own = (await fleet.Clients.EC2.CreateSecurityGroupAsync(new CreateSecurityGroupRequest { GroupName = "office", Description = "of others" })).GroupId;
        fleet.Project.Write("nodes.json", Regex.Replace(manifest, "sg-0[0-9a-f]{16}", own));
        await fleet.HereAsync(ExitCode.Changes, "environment:plan", "one");
    }

    [Test]
    public async Task NamesOfOthersThings_ThatAreThere_AreNoObstacle()
    {
        await using var fleet = await EnvironmentStage.ServeAsync(["one"]);
        var vpc = (await fleet.Clients.EC2.DescribeVpcsAsync(new DescribeVpcsRequest())).Vpcs[0].VpcId;
        var list = (await fleet.Clients.EC2.CreateManagedPrefixListAsync(new CreateManagedPrefixListRequest { PrefixListName = "office", AddressFamily = "IPv4", MaxEntries = 2 })).PrefixList.PrefixListId;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=www.example.com", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        using var certificate = new MemoryStream(Encoding.ASCII.GetBytes(made.ExportCertificatePem()));
        using var secret = new MemoryStream(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        var arn = (await fleet.Clients.ACM.ImportCertificateAsync(new ImportCertificateRequest { Certificate = certificate, PrivateKey = secret })).CertificateArn;
        WithNames(fleet, vpc, list, arn, "ELBSecurityPolicy-TLS13-1-2-2021-06");

        await fleet.HereAsync(ExitCode.Changes, "environment:plan", "one");
    }

    [Test]
    public async Task Manifest_WithMistakes_IsRefusedBeforeTheFirstCall()
    {
        var calls = 0;
        using var project = new TestProject(EnvironmentStage.Manifest(["one"]).Replace("\"port\": 22,", "\"port\": 65536,", StringComparison.Ordinal).Replace("\"metric\": \"CPUUtilization\", \"threshold\": 40,", "\"threshold\": 40,", StringComparison.Ordinal));
        project.Network = cloud => new Counting(cloud, () => calls++);
        foreach (var command in new[] { "plan", "create", "update", "delete", "status" })
        {
            var run = await project.RunAsync($"environment:{command}", "one", "--no-exec");

            Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Out + run.Error);
            Assert.That(run.Error, Does.Match(@"nodes\.json:\d+:\d+: .*a port from 0 to 65535").And.Match("nodes\\.json:\\d+:\\d+: .*needs the attribute \"metric\""));
        }

        Assert.That(calls, Is.Zero);
    }

    [Test]
    public async Task Create_CloudRefuses_PointsToTheEnvironmentsStatus()
    {
        using var project = new TestProject(EnvironmentStage.Manifest(["one"]));
        (project.Environment["BAKER_LOCAL_EXEC"], project.Environment["BAKER_LOCAL_FAULTS"]) = ("0", "refuse=CreateTopic:AuthorizationError");

        var run = await project.RunAsync("environment:create", "one");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Out + run.Error);
        Assert.That(run.Error, Does.EndWith("\n  What was done before stays; environment:status shows it, and the same command goes on.\n"));
    }

    /// <summary>The manifest with what names a VPC, a prefix list, a certificate and a policy.</summary>
    private static string WithNames(FleetProject fleet, string vpc, string list, string arn, string policy)
    {
        var manifest = Regex.Replace(
            fleet.Project.Read("nodes.json")
                .Replace("\"description\": \"what the world reaches\",", $"\"description\": \"what the world reaches\", \"vpc\": \"{vpc}\",", StringComparison.Ordinal)
                .Replace("\"from\": \"10.0.0.0/8\"", $"\"from\": [\"10.0.0.0/8\", \"{list}\"]", StringComparison.Ordinal),
            "\"protocol\": \"HTTP\"",
            $"\"protocol\": \"HTTPS\", \"certificates\": \"{arn}\", \"policy\": \"{policy}\"");
        fleet.Project.Write("nodes.json", manifest);
        return manifest;
    }

    /// <summary>Where a text stands.</summary>
    private static string Place(string manifest, string text)
    {
        var before = manifest[..manifest.IndexOf(text, StringComparison.Ordinal)];
        return $"nodes.json:{before.Count(letter => letter == '\n') + 1}:{before.Length - before.LastIndexOf('\n')}";
    }

    private sealed class Counting(HttpMessageHandler cloud, System.Action count) : DelegatingHandler(cloud)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            count();
            return base.SendAsync(request, cancellationToken);
        }
    }
}
