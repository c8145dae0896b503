using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Amazon.EC2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

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
    private static readonly string[] s_roll = ["--image", SecondImage, "--strategy", "rolling"];
    private static readonly ConcurrentQueue<string> s_groups = new(Enumerable.Range(1, 80).Select(number => string.Create(CultureInfo.InvariantCulture, $"g{number:00}")));
    private static FleetProject s_fleet = null!;

    public static IEnumerable<string> UpdateSteps() => Keys(FleetAction.Update);

    public static IEnumerable<string> RollSteps() => Keys(FleetAction.Roll);

    public static IEnumerable<string> RollbackSteps() => Keys(FleetAction.Rollback);

    [OneTimeSetUp]
    public static async Task ServeAsync()
    {
        var groups = s_groups.Select(name => $$"""
            "{{name}}": {"source_ami": "{{FirstImage}}", "autoscale": {"node_min": {{Wanted}}, "node_max": 4, "timeout": 1, "target_groups": ["{{name}}"], "warmup": 5} }
            """);
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "run_list": []},
              "other": {"source_ami": "{{SecondImage}}"},
              {{string.Join(",\n  ", groups)}}
            }
            """);
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

    [TestCaseSource(nameof(UpdateSteps))]
    public async Task Update_KilledThenRolledBack_EndsOnTheOldGroup(string step)
    {
        var (group, watch) = await BeginAsync();
        await using var watching = watch;

        await KillAsync(FleetAction.Update, step, ["autoscale:update", group, .. s_update]);
        var oldIsThere = (await s_fleet.GroupsAsync(group)).Exists(each => each.AutoScalingGroupName == $"{group}-v001");
        if (oldIsThere && await IsUnderWayAsync(group))
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
        var isThrough = step is "label" or "close";
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

    private static ImmutableArray<FleetStep> Steps(FleetAction action) => FleetPlan.Steps(new FleetJournal
    {
        Group = GroupName.Parse("g"),
        Run = "r",
        Action = action,
        Owner = "o",
        Old = "g-v001",
        New = action == FleetAction.Roll ? null : "g-v002",
        Capacity = new Capacity(Wanted, 4, Wanted),
        Soak = TimeSpan.FromSeconds(1),
    });

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

    private static async Task KillAsync(FleetAction action, string step, string[] arguments)
    {
        var number = Keys(action).ToList().IndexOf(step) + 1;
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

    private static async Task<bool> IsUnderWayAsync(string group) =>
        (await s_fleet.LeftAsync(group)).Contains($"/baker/{group}/journal");

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
