using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Amazon.EC2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Elb = Amazon.ElasticLoadBalancingV2.Model;

namespace Baker.Cli.Tests.Fleets;

/// <summary>
/// A <c>package</c> process gets SIGKILL as each step of its change begins, and the next command goes on or goes back: never
/// fewer healthy targets than before, and nothing left over. The cases share one served cloud, on which nothing executes.
/// </summary>
public sealed class FleetKillTests
{
    private const int Wanted = 2;
    private const string FirstImage = "ami-11111111";
    private const string SecondImage = "ami-22222222";
    private static readonly string[] s_update = ["--image", SecondImage, "--soak", "1s"];
    private static readonly string[] s_canary = ["--image", SecondImage, "--strategy", "canary"];
    private static readonly string[] s_roll = ["--image", SecondImage, "--strategy", "rolling"];
    private static readonly ConcurrentQueue<string> s_groups = new(Enumerable.Range(1, 120).Select(number => string.Create(CultureInfo.InvariantCulture, $"g{number:000}")));
    private static FleetProject s_fleet = null!;

    public static IEnumerable<string> UpdateSteps() => Keys(FleetAction.Update);

    public static IEnumerable<string> CanarySteps() => CanaryPlan().Select(step => step.Key).Except(UpdateSteps())
        .Concat(["create", "launch", "detach", "drained", "warm", "close"]);

    public static IEnumerable<string> RollSteps() => Keys(FleetAction.Roll);

    public static IEnumerable<string> RollbackSteps() => Keys(FleetAction.Rollback);

    [OneTimeSetUp]
    public static async Task ServeAsync()
    {
        var groups = s_groups.Select(name => $$"""
            "{{name}}": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1, "target_groups": ["{{name}}"], "warmup": 5,
              "canary": {"steps": ["5% 1s", "50% 1s", "100%"], "checks": [{"metric": "healthy_hosts", "worse_by": 0}]} } }
            """);
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "run_list": []},
              "other": {"source_ami": "{{SecondImage}}"},
              "alone": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1,
                "canary": {"steps": ["5% 1s", "50% 1s", "100%"], "checks": [{"metric": "healthy_hosts", "min": 1}]} } },
              "judged": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1,
                "canary": {"steps": ["5% 10m", "100%"], "checks": [{"metric": "5xx", "max": 1}]} } },
              "scripted": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1,
                "canary": {"steps": ["5% 10m", "100%"], "checks": [{"script": "judge.sh"}]} } },
              "probed": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1,
                "canary": {"steps": ["5% 10m", "100%"], "checks": [{"http": "http://127.0.0.1:1/up"}]} } },
              "unscripted": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1,
                "canary": {"steps": ["5% 10m", "100%"], "checks": [{"script": "none.sh"}]} } },
              "plain": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1} },
              {{string.Join(",\n  ", groups)}}
            }
            """);
        project.Write("judge.sh", "echo $BAKER_NEW beside $BAKER_OLD at $BAKER_PERCENT; exit 3\n");
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        s_fleet = await FleetProject.ServeAsync(project, scale: 0.05);
    }

    [OneTimeTearDown]
    public static async Task EndAsync() => await s_fleet.DisposeAsync();

    [TestCaseSource(nameof(UpdateSteps))]
    public async Task Update_KilledThenContinued_EndsOnTheNewGroup(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;

        await KillAsync(FleetAction.Update, step, ["autoscale:update", group, .. s_update]);
        await HereAsync(ExitCode.Done, ["autoscale:update", group, .. s_update]);

        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, 2, SecondImage); // where it was over, the fleet is current
    }

    [Test]
    public async Task Update_KilledAsItKeptTheOldGroup_IsLeftByNoWaitAndRetiredByTheNext()
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;

        await KillAsync(FleetAction.Update, "warm", ["autoscale:update", group, .. s_update, "--keep", "1h"]);
        var first = await HereAsync(ExitCode.Done, ["autoscale:update", group, "--no-wait"]);
        var isKept = await IsOldThereAsync(group);
        var second = await HereAsync(ExitCode.Done, ["autoscale:update", group, "--no-wait", "--image", SecondImage]);

        Assert.That((first.Error + first.Out).Contains($"to the next autoscale:update {group}", StringComparison.Ordinal), first.Error + first.Out);
        Assert.That(isKept, "the old group, whose hour was not over");
        Assert.That((second.Error + second.Out).Contains("was left to this run", StringComparison.Ordinal), second.Error + second.Out);
        await EndsOnAsync(group, 2, SecondImage);
    }

    [TestCaseSource(nameof(UpdateSteps))]
    public async Task Update_KilledThenRolledBack_EndsOnTheOldGroup(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;

        await KillAsync(FleetAction.Update, step, ["autoscale:update", group, .. s_update]);
        if (await IsOldThereAsync(group) && await IsUnderWayAsync(group))
        {
            await HereAsync(ExitCode.Done, ["autoscale:rollback", group]);

            await watch.NeverFewerThanAsync(Wanted);
            await EndsOnAsync(group, 1, FirstImage);
        }
        else
        {
            var refused = await HereAsync(ExitCode.BadInput, ["autoscale:rollback", group]);
            Assert.That(refused.Error, Does.Contain("gone"));
            await HereAsync(ExitCode.Done, ["autoscale:update", group, .. s_update]);

            await watch.NeverFewerThanAsync(Wanted);
            await EndsOnAsync(group, 2, SecondImage);
        }
    }

    [TestCaseSource(nameof(CanarySteps))]
    public async Task Canary_KilledThenContinued_EndsOnTheNewGroupAndTheListenersAreAsTheyWere(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;
        var before = await ListenersAsync(group);

        await KillAsync(CanaryPlan(), step, ["autoscale:update", group, .. s_canary]);
        await HereAsync(ExitCode.Done, ["autoscale:update", group, .. s_canary]);

        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, 2, SecondImage); // where it was over, the fleet is current
        Assert.That(await ListenersAsync(group), Is.EqualTo(before));
    }

    [TestCaseSource(nameof(CanarySteps))]
    public async Task Canary_KilledThenRolledBack_EndsOnTheOldGroupAndTheListenersAreAsTheyWere(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;
        var before = await ListenersAsync(group);

        await KillAsync(CanaryPlan(), step, ["autoscale:update", group, .. s_canary]);
        var isOver = !await IsUnderWayAsync(group);
        var isThrough = isOver || !await IsOldThereAsync(group); // on a busy machine the kill may come later than at its step
        Assert.That(isThrough || step != "close");
        await HereAsync(isThrough ? ExitCode.BadInput : ExitCode.Done, ["autoscale:rollback", group]);
        if (isThrough && !isOver)
        {
            await HereAsync(ExitCode.Done, ["autoscale:update", group, .. s_canary]);
        }

        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, isThrough ? 2 : 1, isThrough ? SecondImage : FirstImage);
        Assert.That(await ListenersAsync(group), Is.EqualTo(before));
    }

    [Test]
    public async Task Canary_ThatWaitsForAWord_IsPausedPromotedAndTakenToItsEnd()
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;
        var none = await HereAsync(ExitCode.BadInput, ["autoscale:promote", group]);
        using var canary = new PackageProcess(s_fleet.Project, ["autoscale:update", group, .. s_canary, "--approve"]);

        await canary.UntilSaysAsync("goes on");
        await HereAsync(ExitCode.CloudFailed, ["maintenance:on", group]);
        await HereAsync(ExitCode.Done, ["autoscale:promote", group]);
        await canary.UntilSaysAsync(". lead 50% of the requests");
        await HereAsync(ExitCode.Done, ["autoscale:pause", group]);
        await HereAsync(ExitCode.Done, ["autoscale:promote", group, "--all"]);
        var run = await canary.EndAsync();

        Assert.That(none.Error, Does.Contain($"No canary of {group} is under way"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Contain("had it go on"));
        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, 2, SecondImage);
    }

    [Test]
    public async Task Canary_WithoutABalancer_GetsItsShareByItsSize()
    {
        await HereAsync(ExitCode.Done, ["autoscale:run", "alone", "--image", FirstImage]);

        var run = await HereAsync(ExitCode.Done, ["autoscale:update", "alone", .. s_canary]);

        Assert.That(run.Error, Does.Contain(". watch 1 of alone-v002 beside the old ones (5%)").And.Contain(". watch 2 of alone-v002 beside the old ones (50%)"));
        await EndsOnAsync("alone", 2, SecondImage);
    }

    [TestCase("scripted", "judge.sh: exit code 3: scripted-v002 beside scripted-v001 at 5")]
    [TestCase("probed", "http://127.0.0.1:1/up does not answer")]
    public async Task Canary_ThatAScriptOrAProbeFindsBad_IsTakenBack(string group, string why)
    {
        await HereAsync(ExitCode.Done, ["autoscale:run", group, "--image", FirstImage]);

        var run = await HereAsync(ExitCode.TimedOut, ["autoscale:update", group, .. s_canary]);

        Assert.That(run.Error, Does.Contain(why));
        await EndsOnAsync(group, 1, FirstImage);
    }

    [TestCase("unscripted", "none.sh, which is not there")]
    [TestCase("judged", "nothing tells whose 5xx it is")]
    [TestCase("plain", "has no \"canary\"")]
    public async Task Canary_ThatCannotBeJudged_IsRefusedBeforeTheFirstChange(string group, string why)
    {
        await HereAsync(ExitCode.Done, ["autoscale:run", group, "--image", FirstImage]);

        var run = await HereAsync(ExitCode.BadInput, ["autoscale:update", group, .. s_canary]);

        Assert.That(run.Error, Does.Contain(why));
        await EndsOnAsync(group, 1, FirstImage);
    }

    [TestCaseSource(nameof(RollbackSteps))]
    public async Task Rollback_KilledThenContinued_EndsOnTheOldGroup(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;
        await HereAsync(ExitCode.Done, ["autoscale:update", group, "--image", SecondImage, "--no-wait"]);

        await KillAsync(FleetAction.Rollback, step, ["autoscale:rollback", group]);
        var isUnderWay = await IsUnderWayAsync(group);
        await HereAsync(isUnderWay ? ExitCode.Done : ExitCode.BadInput, ["autoscale:rollback", group]);

        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, 1, FirstImage);
    }

    [TestCaseSource(nameof(RollSteps))]
    public async Task RollingUpdate_KilledThenContinued_EndsOnTheNewImage(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;

        await KillAsync(FleetAction.Roll, step, ["autoscale:update", group, .. s_roll]);
        await HereAsync(ExitCode.Done, ["autoscale:update", group, .. s_roll]);

        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, 1, SecondImage);
    }

    [TestCaseSource(nameof(RollSteps))]
    public async Task RollingUpdate_KilledThenRolledBack_EndsOnTheOldImageUnlessItWasThrough(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;

        await KillAsync(FleetAction.Roll, step, ["autoscale:update", group, .. s_roll]);
        var refreshes = await s_fleet.Clients.AutoScaling.DescribeInstanceRefreshesAsync(new() { AutoScalingGroupName = $"{group}-v001" });
        var isThrough = refreshes.InstanceRefreshes is [{ Status.Value: "Successful" }, ..]; // on a busy machine the kill may come later than at its step
        Assert.That(isThrough || step is not ("label" or "close"));
        var back = await s_fleet.Project.RunAsync("autoscale:rollback", group);
        if (isThrough)
        {
            // AWS rolls back a refresh that runs, and no other: that is said, and the update can still be finished.
            Assert.That(back.Code, Is.EqualTo(await IsUnderWayAsync(group) ? ExitCode.CloudFailed : ExitCode.BadInput), back.Error);
            await HereAsync(ExitCode.Done, ["autoscale:update", group, .. s_roll]);
        }
        else
        {
            Assert.That(back.Code, Is.EqualTo(ExitCode.Done), back.Error);
        }

        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, 1, isThrough ? SecondImage : FirstImage);
    }

    [Test]
    public async Task Update_KilledThenContinuedByThreeAtOnce_OneOwnsIt()
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;
        await KillAsync(FleetAction.Update, "healthy", ["autoscale:update", group, "--image", SecondImage, "--soak", "20s"]);

        var processes = Enumerable.Range(0, 3).Select(_ => new PackageProcess(s_fleet.Project, ["autoscale:update", group, "--image", SecondImage])).ToList();
        var runs = await Task.WhenAll(processes.Select(process => process.EndAsync()));
        processes.ForEach(process => process.Dispose());

        Assert.That(runs.Select(run => run.Code), Is.EquivalentTo(new[] { ExitCode.Done, ExitCode.CloudFailed, ExitCode.CloudFailed }), string.Join('\n', runs.Select(run => run.Error)));
        Assert.That(runs.Where(run => run.Code != ExitCode.Done).Select(run => run.Error), Has.All.Contains("has it since"));
        await watch.NeverFewerThanAsync(Wanted);
        await EndsOnAsync(group, 2, SecondImage);
    }

    private static IEnumerable<string> Keys(FleetAction action) => Steps(action).Select(step => step.Key);

    private static ImmutableArray<FleetStep> Steps(FleetAction action) => FleetPlan.Steps(Journal(action));

    private static ImmutableArray<FleetStep> CanaryPlan() => FleetPlan.Steps(Journal(FleetAction.Update) with
    {
        Soak = TimeSpan.Zero,
        Canary = new FleetCanary
        {
            Settings = new CanarySettings { Steps = [.. new[] { "5% 1s", "50% 1s", "100%" }.Select(each => CanaryStep.TryParse(each, out _)!)] },
            Places = [new NoticePlace("arn", "rule", 0, true)],
        },
    });

    private static FleetJournal Journal(FleetAction action) => new()
    {
        Group = GroupName.Parse("g"),
        Run = "r",
        Action = action,
        Owner = "o",
        Old = "g-v001",
        New = action == FleetAction.Roll ? null : "g-v002",
        Capacity = new Capacity(Wanted, 4, Wanted),
        Soak = TimeSpan.FromSeconds(1),
    };

    /// <summary>A group of its own for a case, that runs and is healthy, and is watched from then on.</summary>
    private static async Task<(string Group, HealthWatch Watch)> BeginAsync()
    {
        Assert.That(s_groups.TryDequeue(out var group), "there are more cases than groups");
        var (_, targetGroup) = await s_fleet.BalanceAsync(group!);
        await HereAsync(ExitCode.Done, ["autoscale:run", group!, "--image", FirstImage]);
        return (group!, new HealthWatch(s_fleet, targetGroup));
    }

    /// <summary>Runs <c>package</c> in this process, which is quicker: what was killed was a real one.</summary>
    private static async Task<ProgramRun> HereAsync(ExitCode code, string[] arguments)
    {
        var run = await s_fleet.Project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(code), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }

    private static Task KillAsync(FleetAction action, string step, string[] arguments) => KillAsync(Steps(action), step, arguments);

    private static async Task KillAsync(ImmutableArray<FleetStep> steps, string step, string[] arguments)
    {
        var number = steps.Select(each => each.Key).ToList().IndexOf(step) + 1;
        var isKilled = false;
        using var process = new PackageProcess(s_fleet.Project, arguments, (self, line) =>
        {
            if (!isKilled && line.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{number,3}. "), StringComparison.Ordinal))
            {
                isKilled = true;
                self.Kill();
            }
        });
        var run = await process.EndAsync();
        Assert.That(isKilled, $"step {step} was never seen in:\n{run.Error}");
    }

    private static async Task<bool> IsOldThereAsync(string group) =>
        (await s_fleet.GroupsAsync(group)).Exists(each => each.AutoScalingGroupName == $"{group}-v001");

    private static async Task<bool> IsUnderWayAsync(string group) =>
        (await s_fleet.LeftAsync(group)).Contains($"/baker/{group}/journal");

    /// <summary>What the group's listener does, and the target groups that are its own.</summary>
    private static async Task<string> ListenersAsync(string group)
    {
        var balancer = (await s_fleet.Clients.ELBv2.DescribeLoadBalancersAsync(new Elb.DescribeLoadBalancersRequest { Names = [group] })).LoadBalancers[0];
        var listener = (await s_fleet.Clients.ELBv2.DescribeListenersAsync(new Elb.DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners[0];
        var groups = (await s_fleet.Clients.ELBv2.DescribeTargetGroupsAsync(new Elb.DescribeTargetGroupsRequest())).TargetGroups;
        return string.Join('\n', listener.DefaultActions.SelectMany(action => action.ForwardConfig?.TargetGroups ?? []).Select(each => $"{each.TargetGroupArn} {each.Weight}")
            .Concat(groups.Select(each => each.TargetGroupName).Where(name => name == group || name.StartsWith(group + "-", StringComparison.Ordinal))));
    }

    private static async Task EndsOnAsync(string group, int version, string image)
    {
        var fleet = (await s_fleet.GroupsAsync(group)).Single();
        Assert.That(fleet.AutoScalingGroupName, Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"{group}-v{version:000}")));
        Assert.That((fleet.MinSize, fleet.MaxSize, fleet.DesiredCapacity), Is.EqualTo((Wanted, 4, Wanted)));
        Assert.That(fleet.SuspendedProcesses ?? [], Is.Empty);
        Assert.That(await s_fleet.LeftAsync(group), Is.Empty);
        await Wait.UntilAsync(async () => (await RunningAsync(group)).SequenceEqual(Enumerable.Repeat(image, Wanted)), () => $"{group} on {image}");
    }

    /// <summary>The images of the instances that run for a node group.</summary>
    private static async Task<IEnumerable<string>> RunningAsync(string group)
    {
        var filters = new List<Filter> { new() { Name = "tag:group", Values = [group] }, new() { Name = "instance-state-name", Values = ["pending", "running"] } };
        var reply = await s_fleet.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = filters });
        return (reply.Reservations ?? []).SelectMany(reservation => reservation.Instances).Select(instance => instance.ImageId);
    }
}
