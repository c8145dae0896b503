using Baker.Cloud.Fleets.Operations;
using Baker.Core;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>Fleets on a cloud that nobody here wrote.</summary>
internal sealed class MotoFleetTests
{
    private FleetStage _stage = null!;

    [SetUp]
    public async Task OpenAsync() => _stage = await MotoStage.OpenAsync();

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Run_NothingThere_MakesATaggedGroupInService()
    {
        await _stage.RunAsync();

        var group = await _stage.OneAsync();
        Assert.Multiple(() =>
        {
            Assert.That(group.AutoScalingGroupName, Is.EqualTo("www-v001"));
            Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((2, 4, 2)));
            Assert.That(group.LaunchTemplate.Version, Is.EqualTo("1"));
            Assert.That(group.Tags.Single(tag => tag.Key == "group").Value, Is.EqualTo("www"));
            Assert.That(group.TargetGroupARNs, Is.EqualTo(new[] { _stage.TargetGroup }));
        });
        Assert.That(await _stage.LeftAsync(), Is.Empty);
        Assert.That(await _stage.HealthyAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Run_GroupRuns_IsRefused()
    {
        await _stage.RunAsync();

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.RunAsync());

        Assert.That(error!.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(error.Message, Does.Contain("www-v001"));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Update_LiveCapacityDiffers_KeepsItAndReplacesTheGroup()
    {
        await _stage.RunAsync();
        await _stage.Clients.AutoScaling.UpdateAutoScalingGroupAsync(new() { AutoScalingGroupName = "www-v001", MinSize = 1, MaxSize = 6, DesiredCapacity = 3 });

        await _stage.UpdateAsync();

        var group = await _stage.OneAsync();
        Assert.That(group.AutoScalingGroupName, Is.EqualTo("www-v002"));
        Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((1, 6, 3)));
        Assert.That(await _stage.RunningAsync(), Is.EqualTo(new[] { _stage.Image2, _stage.Image2, _stage.Image2 }));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Rollback_OldIsKeptWarm_ServesAgain()
    {
        await _stage.RunAsync();
        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.Zero, TimeSpan.FromHours(1), []), whileWarm: false);
        Assert.That((await _stage.GroupsAsync()).Count, Is.EqualTo(2));

        await _stage.RollbackAsync();

        var group = await _stage.OneAsync();
        Assert.That(group.AutoScalingGroupName, Is.EqualTo("www-v001"));
        Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((2, 4, 2)));
        Assert.That(group.SuspendedProcesses ?? [], Is.Empty);
        Assert.That(group.TargetGroupARNs, Is.EqualTo(new[] { _stage.TargetGroup }));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Delete_GroupRuns_LeavesNothing()
    {
        await _stage.RunAsync();

        await _stage.DeleteAsync();

        Assert.That(await _stage.GroupsAsync(), Is.Empty);
        Assert.That(await _stage.RunningAsync(), Is.Empty);
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }
}
