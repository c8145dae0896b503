using System.Diagnostics;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Local;

/// <summary><c>local:serve</c> as a process of its own, killed and served again; <c>local:status</c>, <c>local:reset</c>.</summary>
public sealed class LocalServeTests
{
    private const string Manifest =
        """
        {
            "__settings__": {"cloud": "local", "local": {"delay_scale": 0.1}},
            "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "m1.large", "run_list": []},
            "www": {"description": "d"}
        }
        """;

    [Test]
    public async Task Server_KilledAtWork_LeavesAUsableState()
    {
        using var project = new TestProject(Manifest);
        await Sandboxes.RequireAsync();

        var marker = "baker-test-" + Path.GetFileName(project.Folder);
        string id;
        string command;
        var (server, url) = await ServeAsync(project);
        using (var clients = new Clients(project, url))
        {
            var userData = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\ntouch /etc/{marker} /usr/{marker} /var/{marker} /opt/{marker} /tmp/{marker} /{marker}\n"));
            id = (await clients.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = "ami-1ebb2077", InstanceType = "m1.large", MinCount = 1, MaxCount = 1, UserData = userData })).Reservation.Instances[0].InstanceId;
            await Wait.UntilAsync(async () => (await clients.SSM.DescribeInstanceInformationAsync(new DescribeInstanceInformationRequest())).InstanceInformationList?.Count == 1);

            // The agent does not wait for the user data, which on a busy machine may take longer than a second.
            var script = $"sleep 1; until [ -e /etc/{marker} ]; do sleep 0.1; done; ls /etc/{marker}";
            command = (await clients.SSM.SendCommandAsync(new SendCommandRequest { DocumentName = "AWS-RunShellScript", InstanceIds = [id], Parameters = new() { ["commands"] = [script] } })).Command.CommandId;
            server.Kill();
            await server.WaitForExitAsync();
        }

        server.Dispose();
        Assert.That(new[] { "/etc", "/usr", "/var", "/opt", "/tmp", "" }.Select(f => $"{f}/{marker}").Where(File.Exists), Is.Empty, "nothing outside the sandbox was written");

        (server, url) = await ServeAsync(project);
        using (var clients = new Clients(project, url))
        {
            GetCommandInvocationResponse? result = null;
            await Wait.UntilAsync(async () => (result = await clients.SSM.GetCommandInvocationAsync(new() { CommandId = command, InstanceId = id })).Status.Value is not ("Pending" or "InProgress"));
            Assert.That(result!.StandardOutputContent, Is.EqualTo($"/etc/{marker}\n"), "the command went on without its server, in the same instance");
            Assert.That((await project.RunAsync("local:status")).Out, Does.Contain("1   instances running"));
            Assert.That((await project.RunAsync("local:reset", "--yes")).Code, Is.EqualTo(ExitCode.CloudFailed), "a served cloud is not pulled away");
            await clients.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [id] });
        }

        server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
        var status = await project.RunAsync("local:status", "--json");
        Assert.That(status.Out, Does.Contain("\"not_executed\": null").And.Not.Contain("instances_running"));
        Assert.That((await project.RunAsync("local:reset", "--dry-run")).Code, Is.EqualTo(ExitCode.Changes));
        Assert.That((await project.RunAsync("local:reset")).Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That((await project.RunAsync("local:reset", "--yes")).Code, Is.EqualTo(ExitCode.Done));
        Assert.That(File.ReadAllText("/proc/self/mounts"), Does.Not.Contain(project.Folder));
    }

    [Test]
    public async Task Command_ThroughAServerThatRunsNothing_SaysSo()
    {
        using var project = new TestProject(Manifest);
        var (server, _) = await ServeAsync(project, "--no-exec");
        using (server)
        {
            var run = await project.RunAsync("instance:list");
            server.Kill();
            await server.WaitForExitAsync();
            Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Done, "NOT EXECUTED: nothing runs on the local cloud's instances, because execution is switched off.\nThere is no instance.\n")));
        }
    }

    [TestCase("\"source_ami\": \"ami-0aaaaaaaaaaaaaaa0\"")]
    [TestCase("\"source_ami_filter\": {\"filters\": {\"name\": \"debian-13-*\"}, \"owners\": [\"136693071363\"]}")]
    [TestCase("\"source_ami_parameter\": \"/aws/service/debian/release/13/latest/amd64\"")]
    [TestCase("\"source_ami\": \"ami-0aaaaaaaaaaaaaaa0\", \"subnet_id\": \"subnet-0aaaaaaaaaaaaaaa0\", \"security_groups\": [\"new\"]")]
    public async Task Server_ManifestEditedMeanwhile_HasWhatItNamesNow(string source)
    {
        using var project = new TestProject("""{"__settings__": {"cloud": "local"}, "old": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077"}}""");
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
        var (server, _) = await ServeAsync(project, "--no-exec");
        using (server)
        {
            project.Write("nodes.json", $$"""{"__settings__": {"cloud": "local"}, "new": {"region": "us-east-1", "instance_type": "m5.large", {{source}} } }""");
            var run = await project.RunAsync("packer:run", "new", "--dry-run");
            server.Kill();
            await server.WaitForExitAsync();
            Assert.That(run.Code, Is.EqualTo(ExitCode.Changes), run.Error);
        }
    }

    [Test]
    public async Task Exports_PastedIntoAShell_ReachTheServer_WhichRefusesOtherKeys()
    {
        Peers.Require("aws");
        using var project = new TestProject(Manifest);
        var (server, url) = await ServeAsync(project, "--no-exec");
        using (server)
        {
            var exports = await project.RunAsync("local:env");
            var printed = await SaidAsync(server, "export ");
            const string Ask = "aws sts get-caller-identity --query Account --output text";
            var reached = await TypeAsync(project, exports.Out, Ask);
            var refused = await TypeAsync(project, exports.Out, "export AWS_SECRET_ACCESS_KEY=another", Ask);
            var clients = new Clients(new BasicAWSCredentials("AKIAIOSFODNN7EXAMPLE", "secret"), url);
            var failure = await Assert.ThrowsAsync<AmazonEC2Exception>(() => clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest()));
            clients.Dispose();
            server.Kill();
            await server.WaitForExitAsync();

            Assert.That((exports.Code, exports.Out.Trim()), Is.EqualTo((ExitCode.Done, printed.Trim())));
            Assert.That(reached.Out, Is.EqualTo("000000000000\n"), reached.Error);
            Assert.That(refused.Error, Does.Contain("SignatureDoesNotMatch"));
            Assert.That(failure!.ErrorCode, Is.EqualTo("AuthFailure"));
        }
    }

    [Test]
    public async Task Open_TakesAnyKey_AndSaysSo()
    {
        using var project = new TestProject(Manifest);
        var (server, url) = await ServeAsync(project, "--no-exec", "--open");
        using (server)
        {
            var said = await SaidAsync(server, "OPEN");
            using var clients = new Clients(new BasicAWSCredentials("anybody", "x"), url);
            var groups = await clients.EC2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest());
            server.Kill();
            await server.WaitForExitAsync();

            Assert.That(groups.SecurityGroups, Is.Not.Empty);
            Assert.That(said, Does.Contain("takes any access key").And.Contain("Every user"));
        }
    }

    [Test]
    public async Task Serve_WhereOneServes_SaysWhichAtOnce()
    {
        using var project = new TestProject(Manifest);
        var (server, url) = await ServeAsync(project, "--no-exec");
        using (server)
        {
            var second = await project.RunAsync("local:serve", "--port", "0");
            server.Kill();
            await server.WaitForExitAsync();

            Assert.That(second.Code, Is.EqualTo(ExitCode.BadInput));
            Assert.That(second.Error, Does.Contain($"Process {server.Id} serves this local cloud already, at {url}."));
        }
    }

    private static async Task<string> SaidAsync(Process server, string start)
    {
        while (await server.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new AssertionException($"It never said '{start}'.");
    }

    private static Task<ProcessRun> TypeAsync(TestProject project, params string[] lines)
    {
        var start = new ProcessStartInfo("bash", ["-c", string.Join('\n', lines)]) { WorkingDirectory = project.Folder };
        start.Environment["HOME"] = project.Folder;
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["AWS_SESSION_TOKEN"] = "of another account";
        return ProcessRun.RunAsync(start);
    }

    [Test]
    public async Task NoExec_ThroughAServerThatExecutes_IsRefused()
    {
        using var project = new TestProject(Manifest);
        await Sandboxes.RequireAsync();

        var (server, _) = await ServeAsync(project);
        using (server)
        {
            var run = await project.RunAsync("instance:list", "--no-exec");
            server.Kill();
            await server.WaitForExitAsync();
            Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
            Assert.That(run.Error, Does.Contain("runs its instances for real"));
        }
    }

    [Test]
    public async Task Reset_WithTimingsOfAws_KeepsThem()
    {
        using var project = new TestProject(Manifest);
        project.Write(".package/timings/aws.json", """{"image": 412.5}""");
        project.Write(".package/timings/local.json", """{"image": 1.5}""");
        Assert.That((await project.RunAsync("local:reset", "--dry-run")).Code, Is.EqualTo(ExitCode.Done), "there is no local cloud yet");
        await project.RunAsync("local:status");
        Assert.That(File.Exists(project.PathOf(".package/state.jsonl")));
        Assert.That((await project.RunAsync("local:reset", "--yes")).Code, Is.EqualTo(ExitCode.Done));
        Assert.That(project.Read(".package/timings/aws.json"), Is.EqualTo("""{"image": 412.5}"""));
        Assert.That(project.Files(".package"), Is.EquivalentTo(new[] { ".gitignore", "aws.json", "key.json", "lock" }));
    }

    private static async Task<(Process Server, Uri Url)> ServeAsync(TestProject project, params string[] options)
    {
        var server = Process.Start(PackageProgram.ForProcesses.Start(project, ["local:serve", "--port", "0", .. options]))!;
        var url = await server.StandardOutput.ReadLineAsync();
        Assert.That(url, Is.Not.Null, await (url is null ? server.StandardError.ReadToEndAsync() : Task.FromResult("")));
        return (server, new Uri(url!));
    }

    private sealed class Clients(AWSCredentials key, Uri url) : IDisposable
    {
        public Clients(TestProject project, Uri url)
            : this(project.Key(), url)
        {
        }

        public AmazonEC2Client EC2 { get; } = new(key, Configure(new AmazonEC2Config(), url));

        public AmazonSimpleSystemsManagementClient SSM { get; } = new(key, Configure(new AmazonSimpleSystemsManagementConfig(), url));

        public void Dispose()
        {
            EC2.Dispose();
            SSM.Dispose();
        }

        private static T Configure<T>(T config, Uri url)
            where T : ClientConfig
        {
            config.ServiceURL = url.ToString();
            config.AuthenticationRegion = "us-east-1";
            return config;
        }
    }
}
