using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.CloudWatch;
using Baker.LocalCloud.Tests.LoadBalancing;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Fleets that really grow and shrink by their policies, schedules and warm pools.</summary>
internal sealed class ScalingTests
{
    // A load that uses all of a processor until the file is gone.
    private const string Burn = "#!/bin/sh\ntouch /tmp/burn\n(while [ -e /tmp/burn ]; do :; done) >/dev/null 2>&1 &\n";

    [Test]
    public async Task Load_ThatRaisesTheProcessorTime_GrowsTheFleet_AndTheTopicsMessageArrives()
    {
        await using var cloud = await FleetCloud.OpenAsync(execute: true, scale: 0.05);
        await using var endpoint = new TopicTests.Endpoint();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;
        await TopicTests.SubscribeAsync(cloud, endpoint, topic);
        await cloud.CreateAsync("web", await cloud.TemplateAsync(userData: Burn), 1, group => group.MaxSize = 2);
        var policy = await cloud.Groups.PutScalingPolicyAsync(new()
        {
            AutoScalingGroupName = "web",
            PolicyName = "grow",
            PolicyType = "StepScaling",
            AdjustmentType = "ChangeInCapacity",
            StepAdjustments = [new() { MetricIntervalLowerBound = 0, ScalingAdjustment = 1 }],
            EstimatedInstanceWarmup = 60,
        });
        await cloud.Alarms.PutMetricAlarmAsync(new()
        {
            AlarmName = "busy",
            Namespace = "AWS/EC2",
            MetricName = "CPUUtilization",
            Dimensions = [new() { Name = "AutoScalingGroupName", Value = "web" }],
            Statistic = Statistic.Average,
            Period = 60,
            EvaluationPeriods = 1,
            Threshold = 1,
            ComparisonOperator = ComparisonOperator.GreaterThanThreshold,
            AlarmActions = [policy.PolicyARN, topic],
        });

        var told = await endpoint.NextAsync("Notification");
        await cloud.UntilInServiceAsync("web", 2);

        Assert.That(told.GetProperty("Subject").GetString(), Is.EqualTo("ALARM: \"busy\" in US East (N. Virginia)"));
        var cause = (await cloud.Groups.DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = "web" })).Activities[0].Cause;
        Assert.That(cause, Does.Match("^At [-0-9T:]+Z a monitor alarm busy in state ALARM triggered policy grow changing the desired capacity from 1 to 2.  At [-0-9T:]+Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 2.$"));
        var shown = (await cloud.Groups.DescribePoliciesAsync(new() { AutoScalingGroupName = "web" })).ScalingPolicies.Single();
        Assert.That(shown.Alarms.Single().AlarmName, Is.EqualTo("busy"));
    }

    [Test]
    public async Task TargetTracking_MakesItsAlarms_FollowsItsMetric_AndTakesThemAway()
    {
        await using var cloud = await FleetCloud.OpenAsync(scale: 0.02);
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 2, group => (group.MinSize, group.MaxSize, group.DefaultInstanceWarmup) = (1, 8, 0));
        await cloud.UntilInServiceAsync("web", 2);
        var made = await cloud.Groups.PutScalingPolicyAsync(new()
        {
            AutoScalingGroupName = "web",
            PolicyName = "follow",
            PolicyType = "TargetTrackingScaling",
            EstimatedInstanceWarmup = 0,
            TargetTrackingConfiguration = new()
            {
                TargetValue = 10,
                CustomizedMetricSpecification = new() { Namespace = "web", MetricName = "depth", Statistic = MetricStatistic.Average },
            },
        });
        var alarms = (await cloud.Alarms.DescribeAlarmsAsync(new())).MetricAlarms;
        using var stop = new CancellationTokenSource();
        var depth = 25.0;
        var speaking = SayAsync(cloud, () => Volatile.Read(ref depth), stop.Token);

        await cloud.UntilAsync("web", group => group.DesiredCapacity >= 5, "the fleet to grow");
        Volatile.Write(ref depth, 1);
        await cloud.UntilAsync("web", group => group.DesiredCapacity == 1, "the fleet to shrink");
        await stop.CancelAsync();
        await speaking;
        await cloud.Groups.DeletePolicyAsync(new() { AutoScalingGroupName = "web", PolicyName = "follow" });

        Assert.That(made.Alarms.ConvertAll(each => each.AlarmName), Is.EquivalentTo(alarms.ConvertAll(each => each.AlarmName)));
        Assert.That(alarms.ConvertAll(each => (each.AlarmName.Split('-')[2], each.EvaluationPeriods, each.Threshold)), Is.EquivalentTo(new (string, int?, double?)[] { ("AlarmHigh", 3, 10), ("AlarmLow", 15, 9) }));
        Assert.That((await cloud.Alarms.DescribeAlarmsAsync(new())).MetricAlarms ?? [], Is.Empty);
    }

    [Test]
    public async Task Requests_ThatReallyCome_AreTheBalancersMetrics()
    {
        await using var front = await Front.OpenAsync();
        var group = await front.GroupAsync("web", context =>
        {
            context.Response.StatusCode = context.Request.Path == "/bad" ? 500 : 200;
            return Task.CompletedTask;
        });
        var (_, address) = await front.ListenAsync(8080, "HTTP", Front.To((group, 1)));
        using var client = new HttpClient();
        for (var i = 0; i < 10; i++)
        {
            using var answer = await client.GetAsync(new Uri(address + (i < 3 ? "bad" : "")));
        }

        async Task<double> SumAsync(string metric, bool ofGroup, string statistic = "Sum") => (await front.Cloud.Alarms.GetMetricStatisticsAsync(new()
        {
            Namespace = "AWS/ApplicationELB",
            MetricName = metric,
            Dimensions =
            [
                new() { Name = "LoadBalancer", Value = front.Balancer.LoadBalancerArn.Split(":loadbalancer/")[1] },
                .. ofGroup ? [new() { Name = "TargetGroup", Value = group.Split(':')[^1] }] : Array.Empty<Amazon.CloudWatch.Model.Dimension>(),
            ],
            StartTime = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-30),
            EndTime = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(30),
            Period = 3600,
            Statistics = [statistic],
        })).Datapoints is [var point] ? (statistic == "Sum" ? point.Sum : statistic == "Maximum" ? point.Maximum : point.SampleCount) ?? -1 : 0;

        await Wait.UntilAsync(async () => await SumAsync("RequestCount", ofGroup: true) >= 10, "ten requests");
        Assert.That(await SumAsync("HTTPCode_Target_5XX_Count", ofGroup: false), Is.EqualTo(3));
        Assert.That(await SumAsync("HTTPCode_Target_2XX_Count", ofGroup: true), Is.EqualTo(7));
        Assert.That(await SumAsync("TargetResponseTime", ofGroup: true, "SampleCount"), Is.EqualTo(10));
        Assert.That(await SumAsync("HealthyHostCount", ofGroup: true, "Maximum"), Is.EqualTo(1));
        Assert.That(await SumAsync("NewConnectionCount", ofGroup: false), Is.GreaterThanOrEqualTo(1));
        Assert.That(await SumAsync("ActiveConnectionCount", ofGroup: false, "Maximum"), Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public async Task WarmPool_KeepsInstancesStopped_GivesThemFirst_AndTakesThemBack()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 1, group => group.MaxSize = 3);
        await cloud.UntilInServiceAsync("web", 1);
        await cloud.Groups.PutWarmPoolAsync(new() { AutoScalingGroupName = "web", MinSize = 1, PoolState = WarmPoolState.Stopped, InstanceReusePolicy = new() { ReuseOnScaleIn = true } });
        var warm = await UntilWarmAsync(cloud, 2);

        await cloud.Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = "web", DesiredCapacity = 2 });
        await cloud.UntilInServiceAsync("web", 2);
        var taken = (await cloud.GroupAsync("web")).Instances.ConvertAll(each => each.InstanceId).Intersect(warm).ToList();
        await cloud.Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = "web", DesiredCapacity = 1 });
        await cloud.UntilInServiceAsync("web", 1);
        var back = await UntilWarmAsync(cloud, 2);
        await cloud.Groups.DeleteWarmPoolAsync(new() { AutoScalingGroupName = "web", ForceDelete = true });
        await Wait.UntilAsync(async () => (await cloud.Groups.DescribeWarmPoolAsync(new() { AutoScalingGroupName = "web" })).WarmPoolConfiguration is null, "the pool to be gone");

        Assert.That(taken, Has.Count.EqualTo(1));
        Assert.That(back, Has.Count.EqualTo(2));
        Assert.That((await cloud.GroupAsync("web")).Instances, Has.Count.EqualTo(1));
        var launched = (await cloud.Groups.DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = "web" })).Activities.ConvertAll(each => each.Description);
        Assert.That(launched, Has.Some.EqualTo($"Launching a new EC2 instance from warm pool: {taken[0]}"));
    }

    private static async Task<List<string>> UntilWarmAsync(FleetCloud cloud, int count)
    {
        List<Instance> instances = [];
        await Wait.UntilAsync(
            async () =>
            {
                instances = (await cloud.Groups.DescribeWarmPoolAsync(new() { AutoScalingGroupName = "web" })).Instances ?? [];
                return instances.Count == count && instances.TrueForAll(each => each.LifecycleState == LifecycleState.WarmedStopped);
            },
            () => $"{count} warm instances, but {string.Join(' ', instances.ConvertAll(each => each.LifecycleState.Value))}");
        return instances.ConvertAll(each => each.InstanceId);
    }

    private static async Task SayAsync(FleetCloud cloud, Func<double> value, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await cloud.Alarms.PutMetricDataAsync(new() { Namespace = "web", MetricData = [new() { MetricName = "depth", Value = value() }] }, CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }
}
