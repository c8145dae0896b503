using Amazon.ElasticLoadBalancingV2;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>
/// A run that dies at any step of an update or a rollback, before it has done anything or right after its first change,
/// is continued or rolled back by the next: never fewer healthy than before, and nothing left over.
/// </summary>
internal sealed class KillSweepTests
{
    private const int Wanted = 2;
    private FleetStage _stage = null!;
    private readonly CancellationTokenSource _end = new();
    private Task _announcing = Task.CompletedTask;

    public static IEnumerable<TestCaseData> UpdateSteps() => Cases(FleetAction.Update);

    public static IEnumerable<TestCaseData> RollbackSteps() => Cases(FleetAction.Rollback);

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        await _stage.AnnounceAsync();
        _announcing = _stage.KeepAnnouncingAsync(_end.Token);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        await _end.CancelAsync();
        await _announcing;
        _end.Dispose();
        await _stage.DisposeAsync();
    }

    [TestCaseSource(nameof(UpdateSteps))]
    public async Task Update_KilledThenContinued_EndsOnTheNewGroup(string step, int changes)
    {
        await using var watch = new HealthWatch(_stage, Wanted);

        await DieAsync(_stage.UpdateAsync, step, changes);
        if (step == "close" && changes > 0)
        {
            await TakeDeadLockAsync(); // the update was over: only its lock is left, for whoever comes next
        }
        else
        {
            await _stage.UpdateAsync();
        }

        await watch.StopAsync();
        await EndsOnAsync("www-v002", _stage.Image2);
    }

    [TestCaseSource(nameof(UpdateSteps))]
    public async Task Update_KilledThenRolledBack_EndsOnTheOldGroup(string step, int changes)
    {
        await using var watch = new HealthWatch(_stage, Wanted);

        await DieAsync(_stage.UpdateAsync, step, changes);
        if (!await CanGoBackAsync())
        {
            Assert.Pass("nothing to go back to: the update had not begun, or the old group is gone");
        }

        await _stage.RollbackAsync();

        await watch.StopAsync();
        await EndsOnAsync("www-v001", _stage.Image1);
    }

    [TestCaseSource(nameof(RollbackSteps))]
    public async Task Rollback_KilledThenContinued_EndsOnTheOldGroup(string step, int changes)
    {
        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.Zero, TimeSpan.FromHours(1), []), whileWarm: false);
        await using var watch = new HealthWatch(_stage, Wanted);

        await DieAsync((context, onStep, stop) => _stage.RollbackAsync(context, onStep: onStep, stop: stop), step, changes);
        if (await new JournalStore(_stage.Context()).ReadAsync(FleetStage.Group, CancellationToken.None) is not null)
        {
            await _stage.RollbackAsync();
        }
        else
        {
            await TakeDeadLockAsync();
        }

        await watch.StopAsync();
        await EndsOnAsync("www-v001", _stage.Image1);
    }

    private static IEnumerable<TestCaseData> Cases(FleetAction action)
    {
        var journal = new FleetJournal
        {
            Group = GroupName.Parse("www"),
            Run = "r",
            Action = action,
            Owner = "o",
            Old = "www-v001",
            New = "www-v002",
            Capacity = new Capacity(Wanted, 4, Wanted),
            Services = [FleetStage.Service],
        };
        foreach (var step in FleetPlan.Steps(journal))
        {
            yield return new TestCaseData(step.Key, 0);
            yield return new TestCaseData(step.Key, 1);
        }
    }

    private Task DieAsync(Func<UpdateOptions?, FleetTarget?, FleetContext?, bool, bool, Action<FleetStep>?, CancellationToken, Task<FleetJournal>> update, string step, int changes) =>
        DieAsync((context, onStep, stop) => update(null, null, context, false, true, onStep, stop), step, changes);

    private async Task DieAsync(Func<FleetContext, Action<FleetStep>, CancellationToken, Task> work, string step, int changes)
    {
        using var cut = new CutHandler(_stage.Handler);
        using var clients = _stage.ClientsThrough(cut);
        var context = _stage.Context(clients: clients) with { Operator = FleetStage.DeadOperator };
        try
        {
            await work(
                context,
                each =>
                {
                    if (each.Key == step)
                    {
                        cut.Arm(changes);
                    }
                },
                cut.Dead);
        }
        catch (Exception) when (cut.Dead.IsCancellationRequested)
        {
            return;
        }

        Assert.That(step, Is.EqualTo("close"), "the run outlived its kill");
    }

    private async Task TakeDeadLockAsync()
    {
        var held = await FleetLock.TakeAsync(_stage.Context(), FleetStage.Group, "next", "autoscale:scale", false, false, CancellationToken.None);
        await held.ReleaseAsync(CancellationToken.None);
        await held.DisposeAsync();
    }

    private async Task<bool> CanGoBackAsync() =>
        await new JournalStore(_stage.Context()).ReadAsync(FleetStage.Group, CancellationToken.None) is not null
        && await new FleetReader(_stage.Context()).FindAsync("www-v001", CancellationToken.None) is not null;

    private async Task EndsOnAsync(string name, string image)
    {
        var group = await _stage.OneAsync();
        Assert.That(group.AutoScalingGroupName, Is.EqualTo(name));
        Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((Wanted, 4, Wanted)));
        Assert.That(group.SuspendedProcesses ?? [], Is.Empty);
        Assert.That(await _stage.RunningAsync(), Is.EqualTo(new[] { image, image }));
        Assert.That(await _stage.LeftAsync(), Is.Empty);

        await Wait.UntilAsync(
            async () => (await _stage.AnnouncedAsync()).Order().SequenceEqual(group.Instances.Select(instance => $"{instance.InstanceId} serving").Order()),
            "the catalogue to have the nodes that serve and no others");
    }
}
