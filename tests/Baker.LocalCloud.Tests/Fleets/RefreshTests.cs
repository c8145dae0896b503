using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Instance refreshes: forward, with checkpoints, cancelled, rolled back.</summary>
internal sealed class RefreshTests
{
    [Test]
    public async Task Refresh_ReplacesEveryInstance_NeverBelowTheMinimum_AndMovesTheGroup()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await ThreeAsync(cloud);
        var fewest = 3;

        await StartAsync(cloud, new() { MinHealthyPercentage = 100, MaxHealthyPercentage = 134 });
        await Wait.UntilAsync(
            async () =>
            {
                fewest = Math.Min(fewest, (await cloud.GroupAsync("web")).Instances.Count(each => each.LifecycleState == LifecycleState.InService));
                return await StatusAsync(cloud) == InstanceRefreshStatus.Successful;
            },
            "the refresh");

        var group = await cloud.GroupAsync("web");
        Assert.That(group.Instances.Where(each => each.LifecycleState == LifecycleState.InService).Select(each => each.LaunchTemplate.Version), Is.All.EqualTo("2"));
        Assert.That((fewest, group.LaunchTemplate.Version), Is.EqualTo((3, "2")));
    }

    [Test]
    public async Task Refresh_ThatSkipsMatching_ReplacesNothingOfTheSameVersion()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await ThreeAsync(cloud);
        var before = (await cloud.GroupAsync("web")).Instances.Select(each => each.InstanceId);

        await StartAsync(cloud, new() { SkipMatching = true }, version: "1");
        await UntilAsync(cloud, InstanceRefreshStatus.Successful);

        Assert.That((await cloud.GroupAsync("web")).Instances.Select(each => each.InstanceId), Is.EquivalentTo(before));
    }

    [Test]
    public async Task Rollback_GoesBackToTheOldVersion_AndLeavesTheGroupAsItWas()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await ThreeAsync(cloud);
        await StartAsync(cloud, new() { MinHealthyPercentage = 100, MaxHealthyPercentage = 134, CheckpointPercentages = [34, 100], CheckpointDelay = 3600 });
        await cloud.UntilAsync("web", group => group.Instances.Exists(each => each.LaunchTemplate.Version == "2" && each.LifecycleState == LifecycleState.InService), "a first new one");

        await cloud.Groups.RollbackInstanceRefreshAsync(new() { AutoScalingGroupName = "web" });
        await UntilAsync(cloud, InstanceRefreshStatus.RollbackSuccessful);

        var group = await cloud.GroupAsync("web");
        Assert.That(group.Instances.Where(each => each.LifecycleState == LifecycleState.InService).Select(each => each.LaunchTemplate.Version), Is.All.EqualTo("1"));
        Assert.That(group.LaunchTemplate.Version, Is.EqualTo("1"));
    }

    [Test]
    public async Task Alarm_ThatGoesOff_RollsBack()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await ThreeAsync(cloud);
        await cloud.Alarms.PutMetricAlarmAsync(new()
        {
            AlarmName = "errors",
            Namespace = "web",
            MetricName = "errors",
            Statistic = "Sum",
            Period = 60,
            EvaluationPeriods = 1,
            Threshold = 1,
            ComparisonOperator = "GreaterThanThreshold",
        });
        await StartAsync(cloud, new()
        {
            MinHealthyPercentage = 100,
            MaxHealthyPercentage = 134,
            AutoRollback = true,
            AlarmSpecification = new() { Alarms = ["errors"] },
            CheckpointPercentages = [34, 100],
            CheckpointDelay = 3600,
        });
        await cloud.UntilAsync("web", group => group.Instances.Exists(each => each.LaunchTemplate.Version == "2"), "a first new one");

        await cloud.Alarms.PutMetricDataAsync(new() { Namespace = "web", MetricData = [new() { MetricName = "errors", Value = 7 }] });
        await UntilAsync(cloud, InstanceRefreshStatus.RollbackSuccessful);

        var refresh = (await cloud.Groups.DescribeInstanceRefreshesAsync(new() { AutoScalingGroupName = "web" })).InstanceRefreshes[0];
        Assert.That(refresh.RollbackDetails.RollbackReason, Does.Contain("errors"));
    }

    [Test]
    public async Task Rollback_WithoutADesiredConfiguration_IsRefused()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await ThreeAsync(cloud);
        await cloud.Groups.StartInstanceRefreshAsync(new() { AutoScalingGroupName = "web" });

        await Assert.ThrowsAsync<IrreversibleInstanceRefreshException>(() => cloud.Groups.RollbackInstanceRefreshAsync(new() { AutoScalingGroupName = "web" }));
        await Assert.ThrowsAsync<InstanceRefreshInProgressException>(() => cloud.Groups.StartInstanceRefreshAsync(new() { AutoScalingGroupName = "web" }));
        await cloud.Groups.CancelInstanceRefreshAsync(new() { AutoScalingGroupName = "web" });
        await UntilAsync(cloud, InstanceRefreshStatus.Cancelled);
        await Assert.ThrowsAsync<ActiveInstanceRefreshNotFoundException>(() => cloud.Groups.CancelInstanceRefreshAsync(new() { AutoScalingGroupName = "web" }));
    }

    private static async Task ThreeAsync(FleetCloud cloud)
    {
        var template = await cloud.TemplateAsync();
        await cloud.EC2.CreateLaunchTemplateVersionAsync(new() { LaunchTemplateId = template, SourceVersion = "1", LaunchTemplateData = new() { InstanceType = "t3.micro" } });
        await cloud.CreateAsync("web", template, 3);
        await cloud.UntilInServiceAsync("web", 3);
    }

    private static async Task StartAsync(FleetCloud cloud, RefreshPreferences preferences, string version = "2")
    {
        var template = (await cloud.GroupAsync("web")).LaunchTemplate.LaunchTemplateId;
        await cloud.Groups.StartInstanceRefreshAsync(new()
        {
            AutoScalingGroupName = "web",
            Preferences = preferences,
            DesiredConfiguration = new() { LaunchTemplate = new() { LaunchTemplateId = template, Version = version } },
        });
    }

    private static async Task<InstanceRefreshStatus> StatusAsync(FleetCloud cloud) =>
        (await cloud.Groups.DescribeInstanceRefreshesAsync(new() { AutoScalingGroupName = "web" })).InstanceRefreshes[0].Status;

    private static Task UntilAsync(FleetCloud cloud, InstanceRefreshStatus status) =>
        Wait.UntilAsync(async () => await StatusAsync(cloud) == status, $"the refresh to be {status}");
}
