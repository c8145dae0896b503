using System.Globalization;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Tests.Bakes;
using Baker.Cloud;
using Baker.Core;

namespace Baker.Cli.Tests.Outages;

/// <summary>
/// Commands whose network goes away at any moment, in any way, for a while or for good: they end with 0, 3 or 4, in time; what is left
/// is what they said; each thing was made once; and a
/// fleet's command, when the network is back, ends well.
/// <c>BAKER_OUTAGES</c> says how many there are, over all three commands.
/// </summary>
internal sealed class OutageTests
{
    private const int Hurry = 40;
    private const string Www = """
        "www": {"provision": ["scripts/www.sh"], "autoscale": {"node_min": 2, "node_max": 4, "timeout": 0, "target_groups": ["www"]}}
        """;

    private static readonly int s_number = int.Parse(Environment.GetEnvironmentVariable("BAKER_OUTAGES") ?? "15", CultureInfo.InvariantCulture);
    private static readonly ExitCode[] s_ends = [ExitCode.Done, ExitCode.CloudFailed, ExitCode.TimedOut];
    private readonly HurriedTime _time = new(Hurry);
    private BakeStage _stage = null!;

    [SetUp]
    public void SetStage()
    {
        _stage = new BakeStage(Www, scale: 0.5) { Time = _time, Executes = false };
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
            var (run, told) = await RunAsync(number, 20, "packer:run");
            var remains = await _stage.LookAsync();

            Assert.Multiple(() =>
            {
                Assert.That(run.Code, Is.AnyOf(s_ends), told);
                Assert.That(run.Code == ExitCode.Done ? remains.Litter : [], Is.Empty, told);
                Assert.That(remains.Litter.Where(left => !IsNamed(left, run.Out)), Is.Empty, told);
                Assert.That(remains.Images, Has.Count.LessThanOrEqualTo(1), told);
                Assert.That(remains.Launched, Is.LessThanOrEqualTo(1), told);
            });
            Strike();
            SetStage();
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

            var (run, told) = await RunAsync(number, 120, "autoscale:update", "www");
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
            var (run, told) = await RunAsync(number, 70, "instance:deploy", "www", "--drain");
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

    private async Task<(ProgramRun Run, string Told)> RunAsync(int number, int requests, params string[] command)
    {
        var outage = new Outage(number, requests, _time);
        var began = _time.GetTimestamp();
        _stage.Project.Network = outage.Before;
        var run = await _stage.Project.RunAsync(command);
        _stage.Project.Network = cloud => cloud;
        var told = $"outage {number}: {outage.Told}; {string.Join(' ', command)} took {_time.GetElapsedTime(began).TotalSeconds:0} s and ended with {run.Code}\n{run.Error}{run.Out}";
        TestContext.Out.WriteLine(told.Split('\n')[0]);
        Assert.That(run.Error + run.Out, Does.Not.Contain("bug in Baker"), told);
        return (run, told);
    }

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
            .. (parameters.Parameters ?? []).Select(parameter => parameter.Name),
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
