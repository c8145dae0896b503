using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>Size and processes while somebody else's run holds the group's lock.</summary>
internal sealed class LockedControlsTests
{
    private FleetStage _stage = null!;

    private static IEnumerable<Func<FleetControls, Task>> Changes =>
    [
        controls => controls.PlanScaleAsync(FleetStage.Group, _ => (null, null), 3, false, CancellationToken.None),
        controls => controls.PlanSuspendAsync(FleetStage.Group, [], CancellationToken.None),
        controls => controls.PlanResumeAsync(FleetStage.Group, [], CancellationToken.None),
    ];

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [TestCaseSource(nameof(Changes))]
    public async Task Plan_LockIsHeld_IsRefusedAndToldWhoAndSinceWhen(Func<FleetControls, Task> plan)
    {
        var held = await FleetLock.TakeAsync(_stage.Context("bob@couch"), FleetStage.Group, "run-x", "autoscale:update", false, false, CancellationToken.None);
        await using var releasing = held;

        var error = await Assert.ThrowsAsync<BakerException>(() => plan(new FleetControls(_stage.Context())));

        Assert.That(error!.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(error.Message, Does.Contain("bob@couch has it since 20").And.Contain("autoscale:update"));
    }

    [TestCaseSource(nameof(Changes))]
    public async Task Plan_HolderIsDead_GoesOn(Func<FleetControls, Task> plan)
    {
        var dead = await FleetLock.TakeAsync(_stage.Context() with { Operator = FleetStage.DeadOperator }, FleetStage.Group, "run-x", "autoscale:update", false, false, CancellationToken.None);
        await using var forgotten = dead;

        await plan(new FleetControls(_stage.Context()));
    }
}
