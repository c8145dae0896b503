using System.Globalization;
using System.Net;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Tests.Bakes;
using Baker.Cloud;
using Baker.Core;
using Baker.LocalCloud.Configuration;

namespace Baker.Cli.Tests.Outages;

/// <summary>
/// Commands whose network goes away at any moment, in any way, for a while or for good: they end with 0, 3 or 4, in time; what is left
/// is what they said; each thing was made once; and a
/// fleet's command, when the network is back, ends well.
/// <c>BAKER_OUTAGES</c> says how many there are, over all three commands; a fifth as many again are on bakes whose scripts run.
/// </summary>
internal sealed class OutageTests
{
    private const int Hurry = 40;
    /// <summary>Where scripts run, which do not hurry.</summary>
    private const int ExecutedHurry = 8;

    private const string Bucket = "payloads";
    private const string Settings = $", \"bucket\": \"{Bucket}\"";
    private const string Www = """
        "www": {"provision": ["scripts/www.sh"], "autoscale": {"node_min": 2, "node_max": 4, "timeout": 0, "target_groups": ["www"]}}
        """;

    private static readonly int s_number = int.Parse(Environment.GetEnvironmentVariable("BAKER_OUTAGES") ?? "15", CultureInfo.InvariantCulture);
    private static readonly ExitCode[] s_ends = [ExitCode.Done, ExitCode.CloudFailed, ExitCode.TimedOut];
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(4);

    /// <summary>Packer tries each call, and each of its clean-up, for minutes.</summary>
    private static readonly TimeSpan s_packerHang = TimeSpan.FromMinutes(15);
    private readonly HurriedTime _time = new(Hurry);
    private BakeStage _stage = null!;

    [SetUp]
    public void SetStage()
    {
        _stage = new BakeStage(Www, Settings, scale: 0.5) { Time = _time, Executes = false };
        _stage.Project.Time = _time;
        _stage.Project.Environment["BAKER_LOCAL_EXEC"] = "0";
        _stage.Project.Write("scripts/www.sh", "true\n");
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Bake_OutageAtAnyMoment_EndsInTimeAndNamesWhatIsLeft()
    {
        for (var number = 0; number < s_number / 3; number++)
        {
            await LargeScriptAsync("true");
            var (run, told) = await RunAsync(number, 20, "packer:run");
            await CheckBakeAsync(run, told);
            Strike();
            SetStage();
        }
    }

    /// <summary>With a payload and an output that go through the bucket.</summary>
    [Test]
    public async Task ExecutedBake_OutageAtAnyMoment_EndsInTimeAndNamesWhatIsLeft()
    {
        await Sandboxes.RequireAsync();
        for (var number = 0; number < Math.Max(2, s_number / 10); number++)
        {
            SetExecutingStage(Www);
            await LargeScriptAsync("seq 60000 | sed 's/$/ of many lines/'");
            var (run, told) = await RunAsync(number * 3, 60, "packer:run");
            await CheckBakeAsync(run, told);
            Assert.That(run.Code != ExitCode.Done || _stage.Project.Read(".package/logs/www.log").Contains("\n60000 of many lines\n", StringComparison.Ordinal), told);
        }
    }

    [Test]
    public async Task BakeOverSsh_OutageAtAnyMoment_EndsInTimeAndNamesWhatIsLeft()
    {
        await Sandboxes.RequireAsync();
        Peers.Require("sshd");
        for (var number = 0; number < Math.Max(3, s_number / 10); number++)
        {
            SetExecutingStage(""" "www": {"communicator": "ssh", "provision": ["scripts/www.sh"]} """);
            await LargeScriptAsync("i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i + 1)); sleep 0.1; done");
            var (run, told) = await RunAsync(number, 40, Outage.OfSsh, "packer:run");
            await CheckBakeAsync(run, told);
            var lines = _stage.Project.Read(".package/logs/www.log").Split('\n').Where(line => line.StartsWith("line ", StringComparison.Ordinal));
            Assert.That(run.Code == ExitCode.Done ? lines : [], Is.EqualTo(run.Code == ExitCode.Done ? Enumerable.Range(0, 20).Select(line => $"line {line}") : []), told);
        }
    }

    /// <summary>HashiCorp Packer meets the outage itself; Packer's clock does not hurry.</summary>
    [Test]
    public async Task PackerBuild_OutageAtAnyMoment_NamesWhatIsLeft()
    {
        Peers.Require("packer");
        for (var number = 0; number < Math.Max(2, s_number / 15); number++)
        {
            Strike();
            var time = new HurriedTime(ExecutedHurry);
            _stage = new BakeStage("\"www\": {}", scale: 0.1) { Time = time, Executes = false };
            _stage.Project.Time = time;
            using var outage = new Outage(number, Outage.OfPacker, 60, time);
            ProgramRun run;
            await using (var cloud = await LocalCloud.LocalCloud.OpenAsync(
                new LocalCloudOptions { StateFolder = _stage.Project.PathOf(".package"), Execute = false, Delays = new Delays { Scale = 0.1 }, Time = time, Named = new() { BaseImages = [new BaseImage { Region = "us-east-1", ImageId = "ami-1ebb2077" }] } },
                CancellationToken.None))
            {
                using var relay = new Relay(outage, new IPEndPoint(IPAddress.Loopback, cloud.Listen().Port));
                Clouds.LocalServer.At(new Uri($"http://127.0.0.1:{relay.Port}/"), cloud.Key, time).Write(_stage.Project.PathOf(".package"));
                run = await Task.Run(() => _stage.Project.RunAsync("packer:run", "--engine", "packer")).WaitAsync(s_packerHang);
                File.Delete(_stage.Project.PathOf(".package/serve.json"));
            }

            var told = Tell(number, outage, "packer:run --engine packer", run, time.GetElapsedTime(0));
            await CheckBakeAsync(run, told);
        }
    }

    [Test]
    public async Task Update_OutageAtAnyMoment_EndsInTimeAndNamesWhatIsLeft()
    {
        await FleetAsync();
        for (var number = 0; number < s_number / 3; number++)
        {
            var before = (await FleetsAsync()).Single().AutoScalingGroupName;
            _stage.Project.Write("scripts/www.sh", $"true # {number}\n");
            await DoAsync("packer:run");

            var (run, told) = await RunAsync(number + 7, 120, "autoscale:update", "www");
            var fleets = await FleetsAsync();
            var left = await LeftAsync(fleets);

            Assert.Multiple(() =>
            {
                Assert.That(run.Code, Is.AnyOf(s_ends), told);
                Assert.That(left.Where(each => !(each.EndsWith("/lock", StringComparison.Ordinal) ? IsLockLeft(run) : run.Error.Contains(each, StringComparison.Ordinal))), Is.Empty, told);
                Assert.That(run.Code == ExitCode.Done ? fleets.Select(fleet => fleet.AutoScalingGroupName).Except([before]).Count() : 1, Is.EqualTo(1), told);
                Assert.That(fleets.Select(fleet => fleet.AutoScalingGroupName).Where(name => name != before && run.Code != ExitCode.Done && !run.Error.Contains(name, StringComparison.Ordinal)), Is.Empty, told);
            });

            _time.Skip(TimeSpan.FromMinutes(2)); // a lock that could not be given back ends by itself
            if (run.Code != ExitCode.Done)
            {
                await DoAsync("autoscale:update", "www");
            }

            fleets = await FleetsAsync();
            Assert.That(fleets, Has.Count.EqualTo(1), told);
            Assert.That(fleets[0].AutoScalingGroupName, Is.Not.EqualTo(before), told);
            Assert.That(run.Code == ExitCode.Done && IsLockLeft(run) ? [] : await LeftAsync(fleets), Is.Empty, told);
        }
    }

    [Test]
    public async Task DrainedDeploy_OutageAtAnyMoment_EndsInTimeAndNamesWhatIsOut()
    {
        await FleetAsync();
        for (var number = 0; number < s_number / 3; number++)
        {
            var (run, told) = await RunAsync(number + 14, 70, "instance:deploy", "www", "--drain");
            var fleet = (await FleetsAsync()).Single();
            var marked = await MarkedAsync();

            Assert.Multiple(() =>
            {
                Assert.That(run.Code, Is.AnyOf(s_ends), told);
                Assert.That(run.Code == ExitCode.Done ? marked : [], Is.Empty, told);
                Assert.That(marked.Where(id => !run.Error.Contains($"OUT OF SERVICE: {id}", StringComparison.Ordinal)), Is.Empty, told);
                Assert.That(IsHeld(fleet) && !run.Error.Contains("HELD: ", StringComparison.Ordinal) && !run.Error.Contains("OUT OF SERVICE: ", StringComparison.Ordinal), Is.False, told);
            });

            _time.Skip(TimeSpan.FromMinutes(2));
            await DoAsync("instance:deploy", "www", "--drain");
            fleet = (await FleetsAsync()).Single();
            Assert.That((fleet.MinSize, fleet.DesiredCapacity, IsHeld(fleet)), Is.EqualTo((2, 2, false)), told);
            Assert.That(fleet.Instances.Select(instance => instance.LifecycleState.Value), Is.EqualTo(new[] { "InService", "InService" }), told);
            Assert.That((await MarkedAsync()).Concat(await LeftAsync([fleet])), Is.Empty, told);
        }
    }

    private static bool IsNamed(string left, string output)
    {
        var (kind, id) = left.Split(' ') is [var first, var second, ..] ? (first, second) : ("", "");
        return output.Contains(id, StringComparison.Ordinal) || kind switch
        {
            "instance" or "volume" => output.Contains(" instance", StringComparison.Ordinal),
            "snapshot" or "image" => output.Contains("and its snapshots", StringComparison.Ordinal),
            _ => output.Contains(kind, StringComparison.Ordinal),
        };
    }

    private static bool IsLockLeft(ProgramRun run) =>
        run.Error.Contains("the lock could not be released", StringComparison.Ordinal)
        || run.Error.Contains("the lock of www may have been taken", StringComparison.Ordinal);

    private static bool IsHeld(AutoScalingGroup fleet) =>
        fleet.MinSize != 2 || (fleet.SuspendedProcesses ?? []).Count > 0 || (fleet.Tags ?? []).Exists(tag => tag.Key == "baker:minimum");

    private Task<(ProgramRun Run, string Told)> RunAsync(int number, int requests, params string[] command) =>
        RunAsync(number, requests, Outage.OfRequests, command);

    private async Task<(ProgramRun Run, string Told)> RunAsync(int number, int requests, string[] kinds, params string[] command)
    {
        var (project, time) = (_stage.Project, _stage.Time);
        using var outage = new Outage(number, kinds, requests, time);
        var began = time.GetTimestamp();
        (project.Network, project.Ssh) = (outage.Before, outage.Before);
        var run = await Task.Run(() => project.RunAsync(command)).WaitAsync(s_hang);
        (project.Network, project.Ssh) = (cloud => cloud, reach => reach);
        return (run, Tell(number, outage, string.Join(' ', command), run, time.GetElapsedTime(began)));
    }

    private static string Tell(int number, Outage outage, string command, ProgramRun run, TimeSpan took)
    {
        var told = $"outage {number}: {outage.Told}; {command} took {took.TotalSeconds:0} s and ended with {run.Code}\n{run.Error}{run.Out}";
        TestContext.Out.WriteLine(told.Split('\n')[0]);
        Assert.That(run.Error + run.Out, Does.Not.Contain("bug in Baker"), told);
        return told;
    }

    /// <summary>Puts a stage in the place of the first one, whose instances run for real.</summary>
    private void SetExecutingStage(string groups)
    {
        Strike();
        var time = new HurriedTime(ExecutedHurry);
        _stage = new BakeStage(groups, Settings, scale: 0.1) { Time = time };
        _stage.Project.Time = time;
    }

    /// <summary>Too large to go inside a command: random text does not pack.</summary>
    private async Task LargeScriptAsync(string does)
    {
        var noise = new byte[60_000];
        new Random(1).NextBytes(noise);
        _stage.Project.Write("scripts/www.sh", $"{does}\nexit 0\n{Convert.ToBase64String(noise)}\n");
        await _stage.AskAsync(region => region.Clients.S3.PutBucketAsync(Bucket));
    }

    private async Task CheckBakeAsync(ProgramRun run, string told)
    {
        var remains = await _stage.LookAsync();
        var objects = await ObjectsAsync();
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.AnyOf(s_ends), told);
            Assert.That(run.Code == ExitCode.Done ? remains.Litter.Concat(objects) : [], Is.Empty, told);
            Assert.That(remains.Litter.Where(left => !IsNamed(left, run.Out)), Is.Empty, told);
            Assert.That(objects.Where(left => !run.Out.Contains(left, StringComparison.Ordinal)), Is.Empty, told);
            Assert.That(remains.Images, Has.Count.LessThanOrEqualTo(1), told);
            Assert.That(remains.Launched, Is.LessThanOrEqualTo(1), told);
        });
    }

    /// <summary>What waits in the bucket, but for the contents of images, which stay.</summary>
    private Task<List<string>> ObjectsAsync() => _stage.AskAsync(async region =>
    {
        try
        {
            var listed = await region.Clients.S3.ListObjectsV2Async(new() { BucketName = Bucket });
            return (listed.S3Objects ?? []).Select(each => each.Key).Where(key => !key.Contains("contents/", StringComparison.Ordinal)).ToList();
        }
        catch (Amazon.S3.Model.NoSuchBucketException)
        {
            return [];
        }
    });

    private async Task DoAsync(params string[] command)
    {
        var run = await _stage.Project.RunAsync(command);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{string.Join(' ', command)}\n{run.Error}{run.Out}");
    }

    /// <summary>A fleet of two behind a load balancer.</summary>
    private async Task FleetAsync()
    {
        await DoAsync("packer:run");
        await _stage.AskAsync(async region =>
        {
            var clients = region.Clients;
            var subnets = (await clients.EC2.DescribeSubnetsAsync(new DescribeSubnetsRequest())).Subnets;
            var target = (await clients.ELBv2.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "www", Protocol = ProtocolEnum.HTTP, Port = 80, VpcId = subnets[0].VpcId })).TargetGroups[0].TargetGroupArn;
            await clients.ELBv2.ModifyTargetGroupAttributesAsync(new ModifyTargetGroupAttributesRequest { TargetGroupArn = target, Attributes = [new TargetGroupAttribute { Key = "deregistration_delay.timeout_seconds", Value = "1" }] });
            var balancer = (await clients.ELBv2.CreateLoadBalancerAsync(new CreateLoadBalancerRequest { Name = "www", Subnets = [.. subnets.Where(subnet => subnet.VpcId == subnets[0].VpcId).Take(2).Select(subnet => subnet.SubnetId)] })).LoadBalancers[0];
            return await clients.ELBv2.CreateListenerAsync(new CreateListenerRequest
            {
                LoadBalancerArn = balancer.LoadBalancerArn,
                Protocol = ProtocolEnum.HTTP,
                Port = Ports.Next(),
                DefaultActions = [new Amazon.ElasticLoadBalancingV2.Model.Action { Type = ActionTypeEnum.Forward, TargetGroupArn = target }],
            });
        });
        await DoAsync("autoscale:run", "www");
    }

    private Task<List<AutoScalingGroup>> FleetsAsync() => _stage.AskAsync(async region =>
        (await region.Clients.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest())).AutoScalingGroups ?? []);

    /// <summary>Parameters, and launch templates without a group.</summary>
    private Task<List<string>> LeftAsync(List<AutoScalingGroup> fleets) => _stage.AskAsync(async region =>
    {
        var parameters = await region.Clients.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = "/baker", Recursive = true });
        var templates = (await region.Clients.EC2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest())).LaunchTemplates ?? [];
        return (List<string>)
        [
            .. (parameters.Parameters ?? []).Select(parameter => parameter.Name).Where(name => name != "/baker/_changes"), // the record is to stay
            .. templates.Select(template => template.LaunchTemplateName).Except(fleets.Select(fleet => fleet.AutoScalingGroupName)),
        ];
    });

    /// <summary>Instances that a deploy has marked as out.</summary>
    private Task<List<string>> MarkedAsync() => _stage.AskAsync(async region =>
        ((await region.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new Amazon.EC2.Model.Filter { Name = "tag-key", Values = [Cloud.Fleets.FleetTags.Draining] }] })).Reservations ?? [])
            .SelectMany(reservation => reservation.Instances)
            .Where(instance => instance.State.Name.Value is "pending" or "running")
            .Select(instance => instance.InstanceId)
            .ToList());
}
