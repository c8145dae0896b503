using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>Several people, or machines with wrong clocks, at one fleet.</summary>
internal sealed class OperatorTests
{
    private FleetStage _stage = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        _stage.Steps.Clear(); // its steps are worded like an update's, and the tests wait for an update's
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Update_WhileAnotherWorks_IsRefusedAndToldWho()
    {
        using var gate = new ManualResetEventSlim();
        var first = Task.Run(() => _stage.UpdateAsync(onStep: step => Pause(step, gate)));
        await Wait.UntilAsync(() => Task.FromResult(_stage.Steps.Exists(step => step.StartsWith("wait until every", StringComparison.Ordinal))));

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(context: _stage.Context("bob@couch")));
        gate.Set();
        await first;

        Assert.That(error!.Message, Does.Contain("ann@desk has it since 20"));
        Assert.That((await _stage.OneAsync()).AutoScalingGroupName, Is.EqualTo("www-v002"));
    }

    [TestCase(2)]
    [TestCase(-2)]
    public async Task Update_FromAMachineWhoseClockIsWrong_IsRefusedAllTheSame(int days)
    {
        using var gate = new ManualResetEventSlim();
        var first = Task.Run(() => _stage.UpdateAsync(onStep: step => Pause(step, gate)));
        await Wait.UntilAsync(() => Task.FromResult(_stage.Steps.Exists(step => step.StartsWith("wait until every", StringComparison.Ordinal))));
        var context = _stage.Context("bob@couch", new WrongClock(TimeSpan.FromDays(days)));

        await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(context: context));
        gate.Set();

        await first;
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [TestCase(2)]
    [TestCase(-2)]
    public async Task Update_ByAMachineWhoseClockIsWrong_SoaksAndKeepsAsLongAsSaid(int days)
    {
        var context = _stage.Context("bob@couch", new WrongClock(TimeSpan.FromDays(days)));
        var began = TimeProvider.System.GetTimestamp();

        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), []), context: context);

        Assert.That(TimeProvider.System.GetElapsedTime(began), Is.GreaterThan(TimeSpan.FromSeconds(2)).And.LessThan(TimeSpan.FromSeconds(60)));
    }

    [Test]
    public async Task BreakLock_HolderLives_HolderStopsAndTheOtherFinishes()
    {
        using var gate = new ManualResetEventSlim();
        var first = Task.Run(() => _stage.UpdateAsync(onStep: step => Pause(step, gate)));
        await Wait.UntilAsync(() => Task.FromResult(_stage.Steps.Exists(step => step.StartsWith("wait until every", StringComparison.Ordinal))));

        await _stage.UpdateAsync(context: _stage.Context("bob@couch"), breakLock: true);
        gate.Set();

        var error = await Assert.ThrowsAsync<BakerException>(() => first);
        Assert.That(error!.Message, Does.Contain("taken over"));
        Assert.That((await _stage.OneAsync()).AutoScalingGroupName, Is.EqualTo("www-v002"));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Rollback_WhileAnUpdateKeepsTheOldGroup_InterruptsIt()
    {
        // A short lease: with each renewal the update learns who has the lock.
        var context = _stage.Context() with { Lease = TimeSpan.FromSeconds(3) };
        var update = Task.Run(() => _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.Zero, TimeSpan.FromHours(1), []), context: context));
        await Wait.UntilAsync(() => Task.FromResult(_stage.Steps.Exists(step => step.StartsWith("keep www-v001", StringComparison.Ordinal))));

        await _stage.RollbackAsync(_stage.Context("bob@couch"));

        await Assert.ThrowsAsync<BakerException>(() => update);
        Assert.That((await _stage.OneAsync()).AutoScalingGroupName, Is.EqualTo("www-v001"));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Rollback_WhileAnUpdateSoaks_EndsItAndSaysWho()
    {
        var update = Task.Run(() => _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.FromHours(1), null, [])));
        await Wait.UntilAsync(() => Task.FromResult(_stage.Steps.Exists(step => step.StartsWith("let both groups serve", StringComparison.Ordinal))));
        var bob = _stage.Context("bob@couch") with { Say = _ => { } };

        // The rollback does not go on before the update has seen that its new group is not what it was.
        await _stage.RollbackAsync(bob, onStep: step => AwaitEnd(step, update));
        var error = await Assert.ThrowsAsync<BakerException>(() => update);

        Assert.That(error!.Message, Does.Match("^This autoscale:update of www was ended by a rollback, which bob@couch began at 20[^ ]+ \\(run run-[0-9]+\\)\\.$"));
        Assert.That(error.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(_stage.Said, Has.None.StartsWith("unhealthy"));
        Assert.That((await _stage.OneAsync()).AutoScalingGroupName, Is.EqualTo("www-v001"));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Lock_ManyTakeADeadOnesAtOnce_OneGetsIt()
    {
        var context = _stage.Context();
        var dead = await FleetLock.TakeAsync(context with { Operator = FleetStage.DeadOperator }, GroupName.Parse("www"), "dead", "autoscale:update", false, false, CancellationToken.None);
        await using var forgotten = dead;

        var tries = await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            try
            {
                return await FleetLock.TakeAsync(_stage.Context($"op{number}@desk"), GroupName.Parse("www"), $"run-{number}", "autoscale:update", false, false, CancellationToken.None);
            }
            catch (BakerException)
            {
                return null;
            }
        }));

        var winner = tries.OfType<FleetLock>().Single();
        await winner.HoldAsync(false, CancellationToken.None);
        await winner.ReleaseAsync(CancellationToken.None);
        await winner.DisposeAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Read_LockOfADeadRun_IsNone(bool isDead)
    {
        var context = _stage.Context("bob@couch");
        var held = await FleetLock.TakeAsync(isDead ? context with { Operator = FleetStage.DeadOperator } : context, FleetStage.Group, "run-x", "autoscale:update", false, false, CancellationToken.None);
        await using var releasing = held;

        var locks = (await new JournalStore(_stage.Context()).ReadAsync([FleetStage.Group], CancellationToken.None)).Locks;

        Assert.That(locks.Keys, Is.EqualTo(isDead ? [] : new[] { "www" }));
    }

    private static void AwaitEnd(FleetStep step, Task update)
    {
        if (step is FleetStep.DeleteGroup)
        {
            ((IAsyncResult)update).AsyncWaitHandle.WaitOne(TimeSpan.FromMinutes(2));
        }
    }

    private static void Pause(FleetStep step, ManualResetEventSlim gate)
    {
        if (step is FleetStep.AwaitHealthy)
        {
            gate.Wait(TimeSpan.FromMinutes(2));
        }
    }

    private sealed class WrongClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
