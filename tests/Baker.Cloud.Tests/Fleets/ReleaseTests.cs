using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Newtonsoft.Json;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>
/// Two groups are released under one notice, the one behind a balancer, the other without. Killed at any step, the release goes on
/// or back: at no look both versions can be met, or the rules lead to what does not serve, and in the end the rules are as they were.
/// </summary>
internal sealed class ReleaseTests
{
    private const int Wanted = 2;
    private static readonly GroupName s_worker = GroupName.Parse("worker");
    private static readonly string[] s_undone = ["migrate", "unmigrate"];
    private readonly TasksSeen _tasks = new();
    private FleetStage _stage = null!;
    private string _rules = "";

    public static IEnumerable<TestCaseData> UpdateSteps() => Cases(ReleasePlan.Steps(Journals()));

    public static IEnumerable<TestCaseData> RollbackSteps() => Cases(ReleasePlan.Steps(ReleasePlan.Back(Journals("warm"), "o")));

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        var context = _stage.Context();
        var target = Targets(context)[1];
        var run = new FleetOperation(context, target, "first", FleetAction.Run, breakLock: false, whileWarm: true, stop =>
            new FleetService(context).PlanRunAsync(target, "first", new FleetImage(_stage.Image1, "one"), target.Settings.Capacity, stop));
        (await new ChangeEngine(new StepWatcher(), context.Time).RunAsync(run, CancellationToken.None)).ThrowIfFailed();
        _rules = JsonConvert.SerializeObject(await RulesAsync());
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [TestCaseSource(nameof(UpdateSteps))]
    public async Task Release_KilledThenContinued_EndsOnTheNewFleets(string group, string step, int changes)
    {
        await using var watch = new MixtureWatch(this);

        await DieAsync(goesBack: false, group, step, changes);
        await FinishAsync(goesBack: false);

        await watch.StopAsync();
        await EndsOnAsync("v002", _stage.Image2);
        Assert.That(_tasks.Done, Is.EqualTo(new[] { "migrate", "check" }));
    }

    [TestCaseSource(nameof(UpdateSteps))]
    public async Task Release_KilledThenRolledBack_EndsOnTheOldFleets(string group, string step, int changes)
    {
        await using var watch = new MixtureWatch(this);

        await DieAsync(goesBack: false, group, step, changes);
        if (!await CanGoBackAsync())
        {
            Assert.Pass("nothing to go back to: the release had not begun, or an old fleet is gone");
        }

        await FinishAsync(goesBack: true);

        await watch.StopAsync();
        await EndsOnAsync("v001", _stage.Image1);
        Assert.That(_tasks.Done.Contains("unmigrate"), Is.EqualTo(_tasks.Done.Contains("migrate") || step == "before"));
    }

    [TestCaseSource(nameof(RollbackSteps))]
    public async Task Rollback_KilledThenContinued_EndsOnTheOldFleets(string group, string step, int changes)
    {
        await RunAsync(goesBack: false, whileWarm: false);
        await using var watch = new MixtureWatch(this);

        await DieAsync(goesBack: true, group, step, changes);
        await FinishAsync(goesBack: true);

        await watch.StopAsync();
        await EndsOnAsync("v001", _stage.Image1);
        Assert.That(_tasks.Done, Is.EqualTo(new[] { "migrate", "check", "unmigrate" }));
    }

    [TestCase("migrate")]
    [TestCase("check")]
    public async Task Release_TaskThatFails_IsTakenBackAndUndone(string fails)
    {
        _tasks.Fails = fails;
        await using var watch = new MixtureWatch(this);

        var error = (await Assert.ThrowsAsync<BakerException>(() => RunAsync(goesBack: false)))!;

        await watch.StopAsync();
        Assert.That(error.Code, Is.EqualTo(ExitCode.TimedOut));
        Assert.That(error.Message, Does.StartWith($"{fails} ended with 7 on i-"));
        Assert.That(error.Remedy, Does.StartWith("It has been taken back; www-v001, worker-v001 serve as before."));
        Assert.That(_tasks.Done, Is.EqualTo(fails == "migrate" ? s_undone[1..] : s_undone));
        await EndsOnAsync("v001", _stage.Image1);
    }

    [Test]
    public async Task Release_MigrationThatFailsWithoutUndo_SaysThatItIsNotUndone()
    {
        _tasks.Fails = "migrate";

        var error = (await Assert.ThrowsAsync<BakerException>(() => RunAsync(goesBack: false, undo: false)))!;

        Assert.That(error.Remedy, Does.EndWith("serve as before. migrate was begun, and is not undone."));
        Assert.That(_stage.Said, Has.Some.StartsWith("WARNING: migrate of www has been run, and is not undone: Baker cannot do that without --undo TASK."));
        await EndsOnAsync("v001", _stage.Image1);
    }

    [Test]
    public async Task Release_WhileANoticeIsOn_IsRefusedAndSoIsANoticeDuringARelease()
    {
        await NoticeAsync(NoticeAnswer.Page("down", "down.txt", null));
        var refused = (await Assert.ThrowsAsync<BakerException>(() => RunAsync(goesBack: false)))!;
        await NoticeAsync(null);
        await RunAsync(goesBack: false, whileWarm: false);

        var off = (await Assert.ThrowsAsync<BakerException>(() => NoticeAsync(null)))!;
        var update = (await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync()))!;
        var back = (await Assert.ThrowsAsync<BakerException>(() => _stage.RollbackAsync()))!;
        await FinishAsync(goesBack: false);

        Assert.That(refused.Message, Does.StartWith("A notice is on before www since "));
        Assert.That(new[] { off.Message, update.Message, back.Message }, Has.All.StartsWith("A release of www worker is under way, begun by ann@desk at "));
        Assert.That(update.Remedy, Is.EqualTo("Finish it with autoscale:update www worker, or take it back with autoscale:rollback www worker."));
        await EndsOnAsync("v002", _stage.Image2);
    }

    private static IEnumerable<TestCaseData> Cases(IEnumerable<ReleaseStep> steps) =>
        from step in steps
        from changes in new[] { 0, 1 }
        select new TestCaseData(step.Group.ToString(), step.Key, changes);

    private static ImmutableArray<FleetJournal> Journals(string step = FleetJournal.Unwritten)
    {
        var release = new FleetRelease { Groups = [FleetStage.Group, s_worker], Before = Of("migrate"), After = Of("check"), Undo = Of("unmigrate") };
        return
        [
            Journal(FleetStage.Group) with { Release = release, TargetGroups = ["tg"], Step = step },
            Journal(s_worker) with { Release = release.OfAnother() },
        ];
    }

    private static FleetJournal Journal(GroupName group) => new()
    {
        Group = group,
        Run = "r",
        Action = FleetAction.Update,
        Owner = "o",
        Step = FleetJournal.Unwritten,
        Old = $"{group}-v001",
        New = $"{group}-v002",
        Capacity = new Capacity(Wanted, 4, Wanted),
    };

    private static ReleaseTask Of(string task) => new(FleetStage.Group, task);

    private ImmutableArray<FleetTarget> Targets(FleetContext context)
    {
        var www = FleetStage.Target();
        var worker = FleetStage.Target("""{"node_min": 2, "node_max": 4, "timeout": 0}""");
        return
        [
            www with { Services = FleetStage.ServicesThrough(context), Tasks = _tasks },
            worker with { Group = worker.Group with { Name = s_worker }, Services = FleetStage.ServicesThrough(context), Tasks = _tasks },
        ];
    }

    private async Task RunAsync(
        bool goesBack,
        bool whileWarm = true,
        bool undo = true,
        FleetContext? context = null,
        Action<ReleaseStep>? onStep = null,
        CancellationToken stop = default)
    {
        context ??= _stage.Context();
        var options = goesBack
            ? new ReleaseOptions("", null, null, null, null, [])
            : new ReleaseOptions(NoticeAnswer.Page("down\n", "down.txt", null), Of("migrate"), Of("check"), undo ? Of("unmigrate") : null, null, []);
        var release = new ReleaseOperation(
            context,
            Targets(context),
            _stage.NewRun(),
            goesBack,
            breakLock: false,
            whileWarm,
            options,
            (_, _) => Task.FromResult(new FleetImage(_stage.Image2, "two")));
        var watcher = new StepWatcher(step => onStep?.Invoke((ReleaseStep)step));
        (await new ChangeEngine(watcher, context.Time).RunAsync(release, stop)).ThrowIfFailed();
    }

    private async Task DieAsync(bool goesBack, string group, string step, int changes)
    {
        using var cut = new CutHandler(_stage.Handler);
        using var clients = _stage.ClientsThrough(cut);
        var context = _stage.Context(clients: clients) with { Operator = FleetStage.DeadOperator };
        _tasks.Dead = cut.Dead;
        try
        {
            await RunAsync(goesBack, context: context, stop: cut.Dead, onStep: each =>
            {
                if (each.Group == group && each.Key == step)
                {
                    cut.Arm(changes);
                }
            });
        }
        catch (Exception) when (cut.Dead.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            _tasks.Dead = default;
        }

        Assert.That(step, Is.EqualTo("close"), "the run outlived its kill");
    }

    /// <summary>What comes after a kill, which may have come when all was done but its locks.</summary>
    private async Task FinishAsync(bool goesBack)
    {
        if (await new JournalStore(_stage.Context()).ReadAsync(FleetStage.Group, CancellationToken.None) is not null
            || (!goesBack && (await _stage.GroupsAsync()).TrueForAll(group => group.AutoScalingGroupName.EndsWith("v001", StringComparison.Ordinal))))
        {
            await RunAsync(goesBack);
            return;
        }

        foreach (var group in new[] { FleetStage.Group, s_worker })
        {
            await using var held = await FleetLock.TakeAsync(_stage.Context(), group, "next", "autoscale:scale", false, false, CancellationToken.None);
            await held.ReleaseAsync(CancellationToken.None);
        }
    }

    private async Task NoticeAsync(string? answer) => (await new ChangeEngine(new StepWatcher(), TimeProvider.System).RunAsync(
        new NoticeOperation(_stage.Context(), FleetStage.Group, _stage.NewRun(), answer, breakLock: false),
        CancellationToken.None)).ThrowIfFailed();

    private async Task<bool> CanGoBackAsync()
    {
        var olds = (await _stage.GroupsAsync()).Count(group => group.AutoScalingGroupName.EndsWith("v001", StringComparison.Ordinal) && string.IsNullOrEmpty(group.Status));
        var journals = new JournalStore(_stage.Context());
        return olds == 2 && await journals.ReadAsync(FleetStage.Group, CancellationToken.None) is not null;
    }

    private async Task<List<Rule>> RulesAsync()
    {
        var balancer = (await _stage.Clients.ELBv2.DescribeLoadBalancersAsync(new DescribeLoadBalancersRequest())).LoadBalancers[0];
        var listener = (await _stage.Clients.ELBv2.DescribeListenersAsync(new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners[0];
        return (await _stage.Clients.ELBv2.DescribeRulesAsync(new DescribeRulesRequest { ListenerArn = listener.ListenerArn })).Rules;
    }

    private async Task EndsOnAsync(string version, string image)
    {
        var groups = await _stage.GroupsAsync();
        Assert.That(groups.Select(group => group.AutoScalingGroupName), Is.EquivalentTo(new[] { $"www-{version}", $"worker-{version}" }));
        foreach (var group in groups)
        {
            Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((Wanted, 4, Wanted)), group.AutoScalingGroupName);
            Assert.That(group.SuspendedProcesses ?? [], Is.Empty, group.AutoScalingGroupName);
        }

        Assert.That(await _stage.RunningAsync(), Is.EqualTo(Enumerable.Repeat(image, 2 * Wanted)));
        Assert.That(await _stage.HealthyAsync(), Is.EqualTo(Wanted));
        Assert.That(JsonConvert.SerializeObject(await RulesAsync()), Is.EqualTo(_rules));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    /// <summary>Runs nothing, but knows what it was asked to, as a node would: what went well once is not run again.</summary>
    private sealed class TasksSeen : INodeTasks
    {
        private readonly HashSet<string> _once = new(StringComparer.Ordinal);

        public string Fails { get; set; } = "";

        public CancellationToken Dead { get; set; }

        public List<string> Done { get; } = [];

        public Task<(int? Code, string? Cause)> RunAsync(string task, string node, string once, CancellationToken stop)
        {
            Dead.ThrowIfCancellationRequested();
            if (task == Fails)
            {
                return Task.FromResult<(int?, string?)>((7, null));
            }

            if (_once.Add(once))
            {
                Done.Add(task);
            }

            return Task.FromResult<(int?, string?)>((0, null));
        }
    }

    /// <summary>
    /// Looks over and over: where the rules lead to the targets, before and after that look, these are of one version, and enough.
    /// </summary>
    private sealed class MixtureWatch : IAsyncDisposable
    {
        private readonly ReleaseTests _tests;
        private readonly CancellationTokenSource _end = new();
        private readonly List<string> _seen = [];
        private readonly Task _watching;

        public MixtureWatch(ReleaseTests tests)
        {
            _tests = tests;
            _watching = Task.Run(WatchAsync);
        }

        public async Task StopAsync()
        {
            await _end.CancelAsync();
            await _watching;
            Assert.That(_seen, Is.Empty);
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _watching;
            _end.Dispose();
        }

        private async Task WatchAsync()
        {
            while (!_end.IsCancellationRequested)
            {
                if (await LeadsAsync())
                {
                    var stage = _tests._stage;
                    var health = await stage.Clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = stage.TargetGroup });
                    var targets = (health.TargetHealthDescriptions ?? []).FindAll(each => each.TargetHealth.State == TargetHealthStateEnum.Healthy).ConvertAll(each => each.Target.Id);
                    var groups = (await stage.GroupsAsync()).FindAll(group => group.Instances.Exists(instance => targets.Contains(instance.InstanceId)));
                    if (await LeadsAsync() && (groups.Count != 1 || targets.Count < Wanted))
                    {
                        _seen.Add($"{targets.Count} targets of {string.Join(" and ", groups.Select(group => group.AutoScalingGroupName))}");
                    }
                }

                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
            }
        }

        private async Task<bool> LeadsAsync() => (await _tests.RulesAsync()).Exists(rule => rule.IsDefault == true && rule.Actions[0].Type == ActionTypeEnum.Forward);
    }
}
