using System.ComponentModel;
using System.Diagnostics;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Images.PackerEngine;
using Baker.Core.Artifacts;
using Baker.LocalCloud;
using Baker.LocalCloud.Configuration;

namespace Baker.Cloud.Tests.PackerEngine;

/// <summary>HashiCorp Packer itself, on the local cloud over HTTP.</summary>
internal sealed class RealPackerTests
{
    private const string Source = "ami-1ebb2077";
    private string _folder = null!;
    private LocalCloud.LocalCloud? _cloud;
    private AmazonEC2Client _ec2 = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        RequirePacker();
        _folder = Directory.CreateTempSubdirectory("baker-packer-").FullName;
        _cloud = await LocalCloud.LocalCloud.OpenAsync(
            new LocalCloudOptions
            {
                StateFolder = Path.Combine(_folder, ".package"),
                Execute = false,
                Delays = new Delays { Running = TimeSpan.FromSeconds(3), Stopped = TimeSpan.Zero, Available = TimeSpan.Zero, Terminated = TimeSpan.Zero },
                Named = new() { BaseImages = [new BaseImage { Region = "us-east-1", ImageId = Source }] },
            },
            CancellationToken.None);
        _ec2 = new AmazonEC2Client(new BasicAWSCredentials("local", "local"), new AmazonEC2Config { ServiceURL = _cloud.Listen().ToString(), AuthenticationRegion = "us-east-1" });
        await File.WriteAllTextAsync(Path.Combine(_folder, "www.json"), """
            {
                "variables": {"endpoint": ""},
                "builders": [{
                    "type": "amazon-ebs", "name": "www", "region": "us-east-1", "custom_endpoint_ec2": "{{user `endpoint`}}",
                    "skip_metadata_api_check": true, "skip_region_validation": true, "skip_credential_validation": true,
                    "source_ami": "ami-1ebb2077", "instance_type": "t3.micro", "communicator": "none", "ssh_username": "none",
                    "ami_name": "www {{timestamp}}", "tags": {"group": "www"}
                }],
                "post-processors": [{"type": "manifest", "output": "{{template_dir}}/builds/www.packer.json", "strip_path": true}]
            }
            """);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        if (_cloud is not null)
        {
            _ec2.Dispose();
            await _cloud.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Test]
    public async Task Build_OnTheLocalCloud_GivesTheImage()
    {
        var images = await new PackerBuilder(TimeProvider.System).BuildAsync(Order(), TestContext.Out.WriteLine, CancellationToken.None);

        var found = await _ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"], Filters = [new Filter { Name = "tag:group", Values = ["www"] }] });
        Assert.That(images, Is.EqualTo(new[] { new PackerImage("us-east-1", found.Images.Single().ImageId) }));
    }

    /// <summary>As long as a machine's whole list is; Packer runs it here, for it reaches no instance of the local cloud.</summary>
    [Test]
    public async Task Build_AListOfPackages_ComesThroughInOneLine()
    {
        var rows = string.Concat(Enumerable.Range(0, 9000).Select(number => $"deb\tp{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([(byte)number, (byte)(number >> 8)]))}\t1.{number}\tall\n"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "rows"), rows);
        var template = await File.ReadAllTextAsync(Path.Combine(_folder, "www.json"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "www.json"), template.Replace(
            "\"post-processors\"",
            "\"provisioners\": [{\"type\": \"shell-local\", \"inline\": [\"printf '@contents %s\\\\n' \\\"$(gzip -9 < rows | base64 | tr -d '\\\\n')\\\"\"]}], \"post-processors\"",
            StringComparison.Ordinal));
        PackageListing? told = null;
        var lines = new List<string>();

        await new PackerBuilder(TimeProvider.System).BuildAsync(
            Order() with { TellPackages = packages => told = packages },
            line => { lock (lines) { lines.Add(line); } },
            CancellationToken.None);

        Assert.That(told?.Packages.Length, Is.EqualTo(9000), string.Join('\n', lines.Select(line => line[..Math.Min(200, line.Length)])));
        Assert.That(lines, Has.None.Contains("@contents"));
    }

    [Test]
    public async Task Build_Interrupted_LeavesNothing()
    {
        using var stop = new CancellationTokenSource();
        var building = new PackerBuilder(TimeProvider.System).BuildAsync(
            Order(),
            line =>
            {
                if (line.Contains("Waiting for instance", StringComparison.Ordinal))
                {
                    stop.Cancel();
                }
            },
            stop.Token);

        await Assert.CatchAsync<OperationCanceledException>(() => building);

        var instances = await _ec2.DescribeInstancesAsync(new DescribeInstancesRequest());
        var groups = await _ec2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest());
        Assert.That((instances.Reservations ?? []).SelectMany(reservation => reservation.Instances).Select(instance => instance.State.Name.Value), Is.All.EqualTo("terminated").Or.EqualTo("shutting-down"));
        Assert.That((await _ec2.DescribeKeyPairsAsync(new DescribeKeyPairsRequest())).KeyPairs ?? [], Is.Empty);
        Assert.That((groups.SecurityGroups ?? []).Select(group => group.GroupName), Has.None.StartsWith("packer_"));
    }

    private PackerOrder Order() => new()
    {
        Group = "www",
        TemplatePath = Path.Combine(_folder, "www.json"),
        RecordPath = Path.Combine(_folder, "builds/www.packer.json"),
        WorkingFolder = _folder,
        Variables = [new("endpoint", _cloud!.Listen().ToString())],
        Environment = [new("AWS_ACCESS_KEY_ID", "local"), new("AWS_SECRET_ACCESS_KEY", "local"), new("AWS_EC2_METADATA_DISABLED", "true"), new("AWS_POLL_DELAY_SECONDS", "1")],
    };

    private static void RequirePacker()
    {
        try
        {
            using var packer = Process.Start(new ProcessStartInfo("packer", ["version"]) { RedirectStandardOutput = true })!;
            packer.StandardOutput.ReadToEnd();
            packer.WaitForExit();
        }
        catch (Win32Exception)
        {
            if (Environment.GetEnvironmentVariable("BAKER_REQUIRE_PEERS") == "1")
            {
                Assert.Fail("packer is not on the PATH, and BAKER_REQUIRE_PEERS is set");
            }

            Assert.Ignore("packer is not on the PATH");
        }
    }
}
