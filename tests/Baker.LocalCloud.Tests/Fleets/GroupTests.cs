using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Groups: sizes, zones, health, hooks, protection, deletion.</summary>
internal sealed class GroupTests
{
    [Test]
    public async Task Group_OfFour_SpreadsOverItsZones_AndTagsWhatItLaunches()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 4, group => group.Tags =
            [new() { Key = "Name", Value = "group", PropagateAtLaunch = true }, new() { Key = "private", Value = "x", PropagateAtLaunch = false }]);

        await cloud.UntilInServiceAsync("web", 4);

        var group = await cloud.GroupAsync("web");
        var tags = (await cloud.Inner.FindAsync(group.Instances[0].InstanceId)).Tags.ToDictionary(each => each.Key, each => each.Value);
        Assert.Multiple(() =>
        {
            Assert.That(group.Instances.GroupBy(each => each.AvailabilityZone).Select(zone => zone.Count()), Is.EqualTo(new[] { 2, 2 }));
            Assert.That(group.Instances.Select(each => each.LaunchTemplate.Version), Is.All.EqualTo("1"));
            Assert.That(tags["Name"], Is.EqualTo("group"), "the group's tag beats the template's");
            Assert.That(tags["from"], Is.EqualTo("template"));
            Assert.That(tags["aws:autoscaling:groupName"], Is.EqualTo("web"));
            Assert.That(tags, Does.Not.ContainKey("private"));
        });
    }

    [Test]
    public async Task Minimum_Raised_AndMaximumLowered_MoveTheDesiredCapacity()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 1);

        await cloud.Groups.UpdateAutoScalingGroupAsync(new() { AutoScalingGroupName = "web", MinSize = 3 });
        Assert.That((await cloud.GroupAsync("web")).DesiredCapacity, Is.EqualTo(3));
        await cloud.Groups.UpdateAutoScalingGroupAsync(new() { AutoScalingGroupName = "web", MinSize = 0, MaxSize = 2 });
        Assert.That((await cloud.GroupAsync("web")).DesiredCapacity, Is.EqualTo(2));

        await cloud.UntilInServiceAsync("web", 2);
        var error = await Assert.ThrowsAsync<AmazonAutoScalingException>(() => cloud.Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = "web", DesiredCapacity = 5 }));
        Assert.That(error!.ErrorCode, Is.EqualTo("ValidationError"));
    }

    [Test]
    public async Task Name_Twice_IsRefused()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var template = await cloud.TemplateAsync();
        await cloud.CreateAsync("web", template, 0);

        await Assert.ThrowsAsync<AlreadyExistsException>(() => cloud.CreateAsync("web", template, 0));
    }

    [Test]
    public async Task Instance_ThatDies_IsReplaced()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 2);
        await cloud.UntilInServiceAsync("web", 2);
        var victim = (await cloud.GroupAsync("web")).Instances[0].InstanceId;

        await cloud.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [victim] });

        await cloud.UntilAsync("web", group => group.Instances.TrueForAll(each => each.InstanceId != victim), "the dead one to leave");
        await cloud.UntilInServiceAsync("web", 2);
        var activities = (await cloud.Groups.DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = "web" })).Activities;
        Assert.That(activities.Exists(each => each.Description == $"Terminating EC2 instance: {victim}" && each.Cause.Contains("health check", StringComparison.Ordinal)), Is.True);
    }

    [Test]
    public async Task ProtectedInstance_SurvivesAScaleIn()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 2);
        await cloud.UntilInServiceAsync("web", 2);
        var kept = (await cloud.GroupAsync("web")).Instances[0].InstanceId;
        await cloud.Groups.SetInstanceProtectionAsync(new() { AutoScalingGroupName = "web", InstanceIds = [kept], ProtectedFromScaleIn = true });

        await cloud.Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = "web", DesiredCapacity = 0 });

        await cloud.UntilInServiceAsync("web", 1);
        Assert.That((await cloud.GroupAsync("web")).Instances.Single().InstanceId, Is.EqualTo(kept));
    }

    [Test]
    public async Task LaunchSuspended_LaunchesNothing_UntilResumed()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 0);
        await cloud.Groups.SuspendProcessesAsync(new() { AutoScalingGroupName = "web", ScalingProcesses = ["Launch"] });
        await cloud.Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = "web", DesiredCapacity = 1 });

        var suspended = await cloud.GroupAsync("web");
        await cloud.Groups.ResumeProcessesAsync(new() { AutoScalingGroupName = "web" });

        Assert.That((suspended.Instances?.Count ?? 0, suspended.SuspendedProcesses.Single().ProcessName), Is.EqualTo((0, "Launch")));
        await cloud.UntilInServiceAsync("web", 1);
    }

    [Test]
    public async Task LaunchHook_HoldsTheInstance_UntilItIsCompleted()
    {
        await using var cloud = await FleetCloud.OpenAsync(scale: 0.05);
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 1, group => group.LifecycleHookSpecificationList =
            [new() { LifecycleHookName = "ready", LifecycleTransition = "autoscaling:EC2_INSTANCE_LAUNCHING", HeartbeatTimeout = 7200 }]);
        await cloud.UntilAsync("web", group => group.Instances?.FirstOrDefault()?.LifecycleState == LifecycleState.PendingWait, "the hook to hold it");
        var id = (await cloud.GroupAsync("web")).Instances[0].InstanceId;

        await cloud.Groups.CompleteLifecycleActionAsync(new() { AutoScalingGroupName = "web", LifecycleHookName = "ready", InstanceId = id, LifecycleActionResult = "CONTINUE" });

        await cloud.UntilInServiceAsync("web", 1);
    }

    [Test]
    public async Task LaunchHook_Abandoned_EndsTheInstance_AndAnotherComes()
    {
        await using var cloud = await FleetCloud.OpenAsync(scale: 0.05);
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 1, group => group.LifecycleHookSpecificationList =
            [new() { LifecycleHookName = "ready", LifecycleTransition = "autoscaling:EC2_INSTANCE_LAUNCHING", HeartbeatTimeout = 7200 }]);
        await cloud.UntilAsync("web", group => group.Instances?.FirstOrDefault()?.LifecycleState == LifecycleState.PendingWait, "the hook to hold it");
        var id = (await cloud.GroupAsync("web")).Instances[0].InstanceId;

        await cloud.Groups.CompleteLifecycleActionAsync(new() { AutoScalingGroupName = "web", LifecycleHookName = "ready", InstanceId = id, LifecycleActionResult = "ABANDON" });

        await cloud.UntilAsync("web", group => group.Instances.Count == 1 && group.Instances[0].InstanceId != id, "another instance");
        var activity = (await cloud.Groups.DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = "web" })).Activities.Find(each => each.Description.EndsWith(id, StringComparison.Ordinal) && each.Description.StartsWith("Launching", StringComparison.Ordinal));
        Assert.That(activity!.StatusCode, Is.EqualTo(ScalingActivityStatusCode.Cancelled));
    }

    [Test]
    public async Task Standby_LeavesService_AndComesBack()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 2);
        await cloud.UntilInServiceAsync("web", 2);
        var id = (await cloud.GroupAsync("web")).Instances[0].InstanceId;

        await cloud.Groups.EnterStandbyAsync(new() { AutoScalingGroupName = "web", InstanceIds = [id], ShouldDecrementDesiredCapacity = true });
        await cloud.UntilAsync("web", group => group.Instances.Find(each => each.InstanceId == id)!.LifecycleState == LifecycleState.Standby, "standby");
        Assert.That((await cloud.GroupAsync("web")).DesiredCapacity, Is.EqualTo(1));
        await cloud.Groups.ExitStandbyAsync(new() { AutoScalingGroupName = "web", InstanceIds = [id] });

        await cloud.UntilInServiceAsync("web", 2);
    }

    [Test]
    public async Task Detached_KeepsRunning_OutsideTheGroup()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 1);
        await cloud.UntilInServiceAsync("web", 1);
        var id = (await cloud.GroupAsync("web")).Instances[0].InstanceId;

        await cloud.Groups.DetachInstancesAsync(new() { AutoScalingGroupName = "web", InstanceIds = [id], ShouldDecrementDesiredCapacity = true });

        await cloud.UntilAsync("web", group => group.Instances is null or { Count: 0 }, "an empty group");
        Assert.That((await cloud.Inner.FindAsync(id)).State.Name.Value, Is.EqualTo("running"));
    }

    [Test]
    public async Task Deletion_WithInstances_IsRefused_UnlessForced()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 1);
        await cloud.UntilInServiceAsync("web", 1);

        await Assert.ThrowsAsync<ResourceInUseException>(() => cloud.Groups.DeleteAutoScalingGroupAsync(new() { AutoScalingGroupName = "web" }));
        await cloud.Groups.DeleteAutoScalingGroupAsync(new() { AutoScalingGroupName = "web", ForceDelete = true });

        await Wait.UntilAsync(async () => (await cloud.Groups.DescribeAutoScalingGroupsAsync(new())).AutoScalingGroups is null or { Count: 0 }, "the group to go");
    }

    [Test]
    public async Task NoCapacity_IsAFailedActivity_WithTheReason()
    {
        await using var cloud = await FleetCloud.OpenAsync(faults: "capacity=us-east-1a/m1.large,capacity=us-east-1b/m1.large");
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 1);

        var activity = (await cloud.Groups.DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = "web" })).Activities.Single();

        Assert.That((activity.StatusCode.Value, activity.StatusMessage), Is.EqualTo(("Failed", activity.StatusMessage)));
        Assert.That(activity.StatusMessage, Does.Contain("do not have sufficient m1.large capacity"));
    }

    [Test]
    public async Task LaunchConfiguration_CannotBeMade() =>
        Assert.That(
            await CodeAsync(cloud => cloud.Groups.CreateLaunchConfigurationAsync(new() { LaunchConfigurationName = "old", ImageId = "ami-1", InstanceType = "m1.large" })),
            Is.EqualTo("UnsupportedOperation"));

    [Test]
    public async Task ScheduledAction_Due_ResizesTheGroup_AndIsGone()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 0);

        await cloud.Groups.PutScheduledUpdateGroupActionAsync(new() { AutoScalingGroupName = "web", ScheduledActionName = "up", StartTime = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1), DesiredCapacity = 1 });

        await cloud.UntilInServiceAsync("web", 1);
        Assert.That((await cloud.Groups.DescribeScheduledActionsAsync(new() { AutoScalingGroupName = "web" })).ScheduledUpdateGroupActions, Is.Null.Or.Empty);
    }

    [Test]
    public async Task MixedGroup_TriesItsTypesInOrder()
    {
        await using var cloud = await FleetCloud.OpenAsync(faults: "capacity=us-east-1a/m5.large,capacity=us-east-1b/m5.large");
        var template = await cloud.TemplateAsync();
        await cloud.CreateAsync("web", template, 2, group =>
        {
            group.LaunchTemplate = null;
            group.MixedInstancesPolicy = new()
            {
                LaunchTemplate = new() { LaunchTemplateSpecification = new() { LaunchTemplateId = template, Version = "1" }, Overrides = [new() { InstanceType = "m5.large" }, new() { InstanceType = "m4.large" }] },
                InstancesDistribution = new() { OnDemandBaseCapacity = 1, OnDemandPercentageAboveBaseCapacity = 0 },
            };
        });

        await cloud.UntilInServiceAsync("web", 2);

        var instances = (await cloud.GroupAsync("web")).Instances;
        Assert.That(instances.Select(each => each.InstanceType), Is.All.EqualTo("m4.large"));
        var lifecycles = new List<string?>();
        foreach (var instance in instances)
        {
            lifecycles.Add((await cloud.Inner.FindAsync(instance.InstanceId)).InstanceLifecycle?.Value);
        }

        Assert.That(lifecycles, Is.EquivalentTo(new string?[] { null, "spot" }));
    }

    private static async Task<string> CodeAsync(Func<FleetCloud, Task> call)
    {
        await using var cloud = await FleetCloud.OpenAsync();
        return (await Assert.ThrowsAsync<AmazonAutoScalingException>(() => call(cloud)))!.ErrorCode;
    }
}
