using Amazon.AutoScaling.Model;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>Updates and rollbacks on the local cloud.</summary>
internal sealed class UpdateTests
{
    private FleetStage _stage = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Update_LiveCapacityDiffers_KeepsItAndNeverLosesHealth()
    {
        await _stage.Clients.AutoScaling.UpdateAutoScalingGroupAsync(new() { AutoScalingGroupName = "www-v001", MinSize = 1, MaxSize = 6, DesiredCapacity = 3 });
        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == 3);
        await using var watch = new HealthWatch(_stage, 3);

        await _stage.UpdateAsync();

        await watch.StopAsync();
        var group = await _stage.OneAsync();
        Assert.That(group.AutoScalingGroupName, Is.EqualTo("www-v002"));
        Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((1, 6, 3)));
        Assert.That(await _stage.RunningAsync(), Is.EqualTo(new[] { _stage.Image2, _stage.Image2, _stage.Image2 }));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Update_GroupHasHooksPoliciesSchedulesAndTags_CarriesThemOver()
    {
        var scaling = _stage.Clients.AutoScaling;
        await scaling.PutLifecycleHookAsync(new PutLifecycleHookRequest { AutoScalingGroupName = "www-v001", LifecycleHookName = "bye", LifecycleTransition = "autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout = 30, DefaultResult = "CONTINUE" });
        var policy = await scaling.PutScalingPolicyAsync(new PutScalingPolicyRequest { AutoScalingGroupName = "www-v001", PolicyName = "up", PolicyType = "SimpleScaling", AdjustmentType = "ChangeInCapacity", ScalingAdjustment = 1 });
        await _stage.Clients.CloudWatch.PutMetricAlarmAsync(new PutMetricAlarmRequest
        {
            AlarmName = "busy",
            Namespace = "AWS/EC2",
            MetricName = "CPUUtilization",
            Statistic = Statistic.Average,
            Period = 60,
            EvaluationPeriods = 1,
            Threshold = 80,
            ComparisonOperator = ComparisonOperator.GreaterThanThreshold,
            AlarmActions = [policy.PolicyARN],
            Dimensions = [new Dimension { Name = "AutoScalingGroupName", Value = "www-v001" }],
        });
        await scaling.PutScheduledUpdateGroupActionAsync(new PutScheduledUpdateGroupActionRequest { AutoScalingGroupName = "www-v001", ScheduledActionName = "night", Recurrence = "0 3 * * *", MinSize = 1 });
        await scaling.CreateOrUpdateTagsAsync(new CreateOrUpdateTagsRequest { Tags = [new Amazon.AutoScaling.Model.Tag { ResourceType = "auto-scaling-group", ResourceId = "www-v001", Key = "cost", Value = "web", PropagateAtLaunch = true }] });
        await scaling.SuspendProcessesAsync(new SuspendProcessesRequest { AutoScalingGroupName = "www-v001", ScalingProcesses = ["AZRebalance"] });

        await _stage.UpdateAsync();

        var group = await _stage.OneAsync();
        var hooks = await scaling.DescribeLifecycleHooksAsync(new DescribeLifecycleHooksRequest { AutoScalingGroupName = "www-v002" });
        var policies = await scaling.DescribePoliciesAsync(new DescribePoliciesRequest { AutoScalingGroupName = "www-v002" });
        var schedules = await scaling.DescribeScheduledActionsAsync(new DescribeScheduledActionsRequest { AutoScalingGroupName = "www-v002" });
        var alarms = await _stage.Clients.CloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest { AlarmNamePrefix = "baker/" });
        Assert.Multiple(() =>
        {
            Assert.That(hooks.LifecycleHooks.Select(hook => hook.LifecycleHookName), Is.EqualTo(new[] { "bye" }));
            Assert.That(policies.ScalingPolicies.Select(each => each.PolicyName), Is.EqualTo(new[] { "up" }));
            Assert.That(schedules.ScheduledUpdateGroupActions.Select(each => each.ScheduledActionName), Is.EqualTo(new[] { "night" }));
            Assert.That(alarms.MetricAlarms.Single().AlarmActions, Is.EqualTo(new[] { policies.ScalingPolicies[0].PolicyARN }));
            Assert.That(alarms.MetricAlarms.Single().Dimensions.Single().Value, Is.EqualTo("www-v002"));
            Assert.That(group.Tags.Single(tag => tag.Key == "cost").Value, Is.EqualTo("web"));
            Assert.That(group.SuspendedProcesses ?? [], Is.Empty);
        });
    }

    [Test]
    public async Task Update_DesiredCapacityGrowsMeanwhile_NewGroupHasIt()
    {
        await using var watch = new HealthWatch(_stage, 2);

        await _stage.UpdateAsync(onStep: step =>
        {
            if (step is FleetStep.CopyScaling)
            {
                _stage.Clients.AutoScaling.SetDesiredCapacityAsync(new SetDesiredCapacityRequest { AutoScalingGroupName = "www-v001", DesiredCapacity = 4 }).Wait();
            }
        });

        await watch.StopAsync();
        var group = await _stage.OneAsync();
        Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((2, 4, 4)));
    }

    [Test]
    public async Task Update_NoCapacityForTheNewGroup_StopsEarlyAndTakesItBack()
    {
        await using var watch = new HealthWatch(_stage, 2);

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(
            context: _stage.Context() with { HealthLimit = TimeSpan.FromMinutes(5) },
            onStep: step =>
            {
                if (step is FleetStep.Launch)
                {
                    _stage.Fault("capacity=*");
                }
            }));

        await watch.StopAsync();
        Assert.That(error!.Code, Is.EqualTo(ExitCode.TimedOut));
        Assert.That(error.Message, Does.Contain("in a row failed the same way").And.Contain("capacity").IgnoreCase);
        await OldServesUntouchedAsync();
    }

    /// <summary>The group that was taken back had the name that the next one gets, and AWS tells the activities of both.</summary>
    [Test]
    public async Task Update_AfterOneThatWasTakenBack_IsJudgedByItsOwnLaunches()
    {
        var patient = _stage.Context() with { HealthLimit = TimeSpan.FromMinutes(5) };
        await Assert.ThatAsync(
            () => _stage.UpdateAsync(context: patient, onStep: step =>
            {
                if (step is FleetStep.Launch)
                {
                    _stage.Fault("capacity=*");
                }
            }),
            Throws.TypeOf<BakerException>());
        _stage.Fault("capacity=none");

        var journal = await _stage.UpdateAsync(context: patient);

        Assert.That(journal.New, Is.EqualTo("www-v002"));
    }

    [Test]
    public async Task Update_NewInstancesDoNotStayUp_TakesThemBackWithReasons()
    {
        await using var watch = new HealthWatch(_stage, 2);

        using var over = new CancellationTokenSource();
        var dying = _stage.KeepStoppingInstancesOfAsync("www-v002", over.Token);

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(context: _stage.Context() with { HealthLimit = TimeSpan.FromMinutes(5) }));
        await over.CancelAsync();
        await dying;

        await watch.StopAsync();
        Assert.That(error!.Code, Is.EqualTo(ExitCode.TimedOut));
        Assert.That(error.Message, Does.Contain("www-v002").And.Contain("last activity").And.Contain("Client.UserInitiatedShutdown"));
        await OldServesUntouchedAsync();
    }

    [Test]
    public async Task Update_NewInstanceDiesDuringSoak_TakesTheNewGroupBack()
    {
        await using var watch = new HealthWatch(_stage, 2);

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(
            new UpdateOptions(false, TimeSpan.FromMinutes(10), null, []),
            onStep: step =>
            {
                if (step is FleetStep.Soak)
                {
                    _stage.TerminateInstancesOfAsync("www-v002").Wait();
                }
            }));

        await watch.StopAsync();
        Assert.That(error!.Code, Is.EqualTo(ExitCode.TimedOut));
        Assert.That(error.Message, Does.Contain("still healthy"));
        await OldServesUntouchedAsync();
    }

    [Test]
    public async Task Update_AlarmGoesOffDuringSoak_TakesTheNewGroupBack()
    {
        await _stage.Clients.CloudWatch.PutMetricAlarmAsync(new PutMetricAlarmRequest { AlarmName = "errors", Namespace = "App", MetricName = "5xx", Statistic = Statistic.Sum, Period = 60, EvaluationPeriods = 1, Threshold = 1, ComparisonOperator = ComparisonOperator.GreaterThanThreshold });

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(
            new UpdateOptions(false, TimeSpan.FromMinutes(10), null, ["errors"]),
            onStep: step =>
            {
                if (step is FleetStep.Soak)
                {
                    _stage.Clients.CloudWatch.SetAlarmStateAsync(new SetAlarmStateRequest { AlarmName = "errors", StateValue = StateValue.ALARM, StateReason = "too many" }).Wait();
                }
            }));

        Assert.That(error!.Code, Is.EqualTo(ExitCode.TimedOut));
        Assert.That(error.Message, Does.Contain("errors").And.Contain("too many"));
        await OldServesUntouchedAsync();
    }

    [Test]
    public async Task Update_AlarmThatThereIsNot_IsNamedBeforeAnyChange([Values] bool rolls)
    {
        await _stage.Clients.CloudWatch.PutMetricAlarmAsync(new PutMetricAlarmRequest { AlarmName = "errors", Namespace = "test", MetricName = "errors", Statistic = Statistic.Sum, Period = 60, EvaluationPeriods = 1, Threshold = 1, ComparisonOperator = ComparisonOperator.GreaterThanThreshold });
        _stage.Steps.Clear();

        var error = (await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(new UpdateOptions(rolls, TimeSpan.Zero, null, ["errors", "erors"]))))!;

        Assert.That(error.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(error.Message, Does.Contain("There is no alarm erors in us-east-1, so that it would never go off.").And.Not.Contain("alarm errors"));
        Assert.That(_stage.Steps, Is.Empty);
        Assert.That(await _stage.LeftAsync(), Is.Empty);
        await _stage.UpdateAsync(new UpdateOptions(rolls, TimeSpan.Zero, null, ["errors"]));
    }

    /// <summary>The second target groups are in no rule once the requests are back: their targets are healthy or not by what was seen before.</summary>
    [Test]
    public async Task Canary_TakenBackWithItsSickNodesToBeKept_KeepsThoseAlone([Values] bool isSick)
    {
        var rules = await ListenersAsync();
        var options = new UpdateOptions(false, TimeSpan.Zero, null, [])
        {
            Canary = CanarySettings.Of(JObject.Parse($$"""{"steps": ["5% 1h", "100%"], "checks": [{"metric": "healthy_hosts", "min": {{(isSick ? 1 : 9)}}}]}""")),
            KeepsSick = true,
        };
        var sick = "";
        var update = _stage.UpdateAsync(options, onStep: step =>
        {
            if (isSick && step is FleetStep.Watch)
            {
                sick = LeaveMirrorAsync().Result;
            }
        });

        var error = (await Assert.ThrowsAsync<BakerException>(() => update))!;

        var nodes = (await _stage.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new Amazon.EC2.Model.Filter { Name = "tag-key", Values = ["baker:quarantine"] }] })).Reservations ?? [];
        Assert.That(error.Code, Is.EqualTo(ExitCode.TimedOut), error.Message);
        Assert.That(nodes.SelectMany(each => each.Instances).Select(node => node.InstanceId), Is.EqualTo(isSick ? new[] { sick } : []));
        Assert.That(_stage.Said.Contains("  no node of www-v002 is sick: there is none to keep"), Is.EqualTo(!isSick));
        Assert.That(await ListenersAsync(), Is.EqualTo(rules));
        Assert.That((await _stage.OneAsync()).AutoScalingGroupName, Is.EqualTo("www-v001"));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Canary_GoesOnAfterItWasEnded_IsWatchedForItsWholeTimeAgain()
    {
        var time = TimeSpan.FromSeconds(3);
        var options = new UpdateOptions(false, TimeSpan.Zero, null, [])
        {
            Canary = CanarySettings.Of(JObject.Parse("""{"steps": ["5% 3s", "100%"], "checks": [{"metric": "healthy_hosts", "min": 1}]}""")),
        };
        using var interrupt = new CancellationTokenSource();
        Assert.That(
            async () => await _stage.UpdateAsync(options, onStep: step => Do(step is FleetStep.Watch, interrupt.Cancel), stop: interrupt.Token),
            Throws.InstanceOf<OperationCanceledException>());
        await Task.Delay(time, TimeProvider.System, CancellationToken.None);
        var (began, took) = (0L, TimeSpan.Zero);

        await _stage.UpdateAsync(options, onStep: step =>
        {
            Do(began > 0 && took == TimeSpan.Zero, () => took = TimeProvider.System.GetElapsedTime(began));
            Do(step is FleetStep.Watch, () => began = TimeProvider.System.GetTimestamp());
        });

        Assert.That(took, Is.GreaterThan(time / 2), "half is for clocks that count seconds");
        Assert.That(_stage.Said, Has.One.EqualTo("  nobody judged it meanwhile: it is watched for its whole time again"));

        static void Do(bool isIt, System.Action action)
        {
            if (isIt)
            {
                action();
            }
        }
    }

    [Test]
    public async Task Update_Rolling_ReplacesInstancesInTheSameGroup()
    {
        await using var watch = new HealthWatch(_stage, 2);

        await _stage.UpdateAsync(new UpdateOptions(true, TimeSpan.Zero, null, []));

        await watch.StopAsync();
        var group = await _stage.OneAsync();
        Assert.That(group.AutoScalingGroupName, Is.EqualTo("www-v001"));
        Assert.That(group.LaunchTemplate.Version, Is.EqualTo("2"));
        Assert.That(group.Tags.Single(tag => tag.Key == FleetTags.Image).Value, Is.EqualTo(_stage.Image2));
        await Wait.UntilAsync(async () => (await _stage.RunningAsync()).All(image => image == _stage.Image2));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Update_DryRunThenRun_DoesThePrintedSteps()
    {
        var target = FleetStage.Target();
        var plan = await new FleetService(_stage.Context()).PlanUpdateAsync(target, "dry", new FleetImage(_stage.Image2, "two"), new UpdateOptions(false, TimeSpan.FromSeconds(1), null, []), CancellationToken.None);
        _stage.Steps.Clear();

        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.FromSeconds(1), null, []));

        Assert.That(_stage.Steps, Is.EqualTo(plan.Steps.Select(step => step.Text)));
    }

    [Test]
    public async Task Update_ProcessesSuspended_IsRefusedBeforeAnyChange()
    {
        await _stage.Clients.AutoScaling.SuspendProcessesAsync(new SuspendProcessesRequest { AutoScalingGroupName = "www-v001", ScalingProcesses = ["Launch"] });

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync());

        Assert.That(error!.Message, Does.Contain("Launch"));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Change_InstanceInStandby_IsRefusedBeforeAnyChange([Values] bool deletes)
    {
        var id = (await _stage.OneAsync()).Instances[0].InstanceId;
        await _stage.Clients.AutoScaling.UpdateAutoScalingGroupAsync(new UpdateAutoScalingGroupRequest { AutoScalingGroupName = "www-v001", MinSize = 1 });
        await _stage.Clients.AutoScaling.EnterStandbyAsync(new EnterStandbyRequest { AutoScalingGroupName = "www-v001", InstanceIds = [id], ShouldDecrementDesiredCapacity = true });

        var error = await Assert.ThrowsAsync<BakerException>(() => deletes ? _stage.DeleteAsync() : _stage.UpdateAsync());

        Assert.That(error!.Message, Does.Contain($"in standby: {id}"));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
        Assert.That((await _stage.OneAsync()).TargetGroupARNs, Is.Not.Empty);
    }

    [Test]
    public async Task Update_SizeIsAsked_NewGroupHasItAndARollbackGivesTheOldOneItsOwn()
    {
        var options = new UpdateOptions(false, TimeSpan.Zero, TimeSpan.FromHours(1), []) { Size = (3, 8, 4) };

        await _stage.UpdateAsync(options, whileWarm: false);
        var fresh = (await _stage.GroupsAsync()).Single(group => group.AutoScalingGroupName == "www-v002");
        await _stage.RollbackAsync();

        Assert.That((fresh.MinSize, fresh.MaxSize, fresh.DesiredCapacity), Is.EqualTo((3, 8, 4)));
        var back = await _stage.OneAsync();
        Assert.That((back.AutoScalingGroupName, back.MinSize), Is.EqualTo(("www-v001", 2)));
        Assert.That(back.DesiredCapacity, Is.EqualTo(4), "the new one served alone: the old one gets as many");
    }

    [Test]
    public async Task Scale_WhileBothServe_SizesTheNewGroupWhichHasItWhenItServesAlone()
    {
        ControlStep.Resize? resize = null;
        Amazon.AutoScaling.Model.AutoScalingGroup? during = null;

        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.FromSeconds(1), null, []), onStep: step =>
        {
            if (step is FleetStep.Soak)
            {
                var controls = new FleetControls(_stage.Context("bob@couch"));
                resize = controls.PlanScaleAsync(FleetStage.Group, _ => (3, 9), 5, force: false, CancellationToken.None).Result.Step;
                controls.ScaleAsync(resize, CancellationToken.None).Wait();
                during = _stage.GroupsAsync().Result.Single(group => group.AutoScalingGroupName == "www-v002");
            }
        });

        var group = await _stage.OneAsync();
        Assert.That((resize!.Name, resize.Before, resize.After, resize.BothServe), Is.EqualTo(("www-v002", new Capacity(2, 4, 2), new Capacity(3, 9, 5), true)));
        Assert.That((during!.MinSize, during.MaxSize, during.DesiredCapacity), Is.EqualTo((5, 9, 5)));
        Assert.That((group.AutoScalingGroupName, group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo(("www-v002", 3, 9, 5)));
        Assert.That(group.Tags.Select(tag => tag.Key), Has.None.EqualTo(FleetTags.Size));
        Assert.That(await _stage.HealthyAsync(), Is.EqualTo(5));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Update_SizeBelowTwoHealthyInATargetGroup_IsRefusedUntilItIsMeant(int desired)
    {
        var options = new UpdateOptions(false, TimeSpan.Zero, null, []) { Size = (0, null, desired) };

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync(options));
        var left = await _stage.LeftAsync();
        await _stage.UpdateAsync(options with { LeavesFew = true });
        var forced = await _stage.OneAsync();
        await _stage.UpdateAsync(options);

        Assert.That(error!.Message, Is.EqualTo($"www-v002 at {desired} would leave {desired} healthy in www, fewer than 2."));
        Assert.That((error.Code, error.Remedy), Is.EqualTo((ExitCode.BadInput, "Say --force if that is meant.")));
        Assert.That(left, Is.Empty);
        Assert.That((forced.AutoScalingGroupName, forced.DesiredCapacity), Is.EqualTo(("www-v002", desired)));
        Assert.That((await _stage.OneAsync()).DesiredCapacity, Is.EqualTo(desired), "a fleet that is as small already is updated as it is");
    }

    [Test]
    public async Task Scale_BelowTwoHealthyWhileBothServe_IsRefusedForTheOldGroupGoes()
    {
        BakerException? error = null;

        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.FromSeconds(1), null, []), onStep: step =>
        {
            if (step is FleetStep.Soak)
            {
                var controls = new FleetControls(_stage.Context("bob@couch"));
                error = Assert.Throws<BakerException>(() =>
                    controls.PlanScaleAsync(FleetStage.Group, _ => (0, null), 0, force: false, CancellationToken.None).GetAwaiter().GetResult());
            }
        });

        Assert.That(error!.Message, Is.EqualTo("www-v002 at 0 would leave 0 healthy in www, fewer than 2."));
    }

    [Test]
    public async Task Update_FleetIsCurrent_DoesNothingUntilSomethingDiffers()
    {
        var options = new UpdateOptions(false, TimeSpan.Zero, null, []) { SparesCurrent = true };
        await _stage.UpdateAsync(options);
        _stage.Steps.Clear();

        await _stage.UpdateAsync(options);
        var steps = _stage.Steps.Count;
        var larger = FleetStage.Target();
        await _stage.UpdateAsync(options, larger with { Group = larger.Group with { InstanceTypes = ["m5.xlarge"], Attributes = new JObject { ["instance_type"] = "m5.xlarge" } } });

        Assert.That(steps, Is.Zero);
        Assert.That((await _stage.OneAsync()).AutoScalingGroupName, Is.EqualTo("www-v003"), "another type is another fleet");
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Update_AlarmsOfTheUsersOwn_AreNamedAndMovedWhereAsked([Values] bool moves)
    {
        await OwnAlarmsAsync();

        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.Zero, null, []) { MovesAlarms = moves });

        var policy = (await _stage.Clients.AutoScaling.DescribePoliciesAsync(new DescribePoliciesRequest { AutoScalingGroupName = "www-v002" })).ScalingPolicies.Single();
        var alarms = (await _stage.Clients.CloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest())).MetricAlarms.ToDictionary(alarm => alarm.AlarmName);
        Assert.That(alarms["watches"].Dimensions.Single().Value, Is.EqualTo(moves ? "www-v002" : "www-v001"));
        Assert.That(alarms["rings"].AlarmActions.Single() == policy.PolicyARN, Is.EqualTo(moves));
        Assert.That(alarms["rings"].Threshold, Is.EqualTo(80));
        Assert.That(alarms["another"].Dimensions.Single().Value, Is.EqualTo("www-v0010"));
        Assert.That(alarms.ContainsKey("baker/www-v002/rings"), Is.EqualTo(!moves), "one alarm rings a policy, not two");
        Assert.That(_stage.Said.Contains("WARNING www-v001 goes, and alarms that Baker did not make point at it: rings, watches (--move-alarms points them at the new group)"), Is.EqualTo(!moves));
    }

    [Test]
    public async Task Rollback_AlarmsWereMoved_PointsThemBack()
    {
        await OwnAlarmsAsync();
        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.Zero, TimeSpan.FromHours(1), []) { MovesAlarms = true }, whileWarm: false);

        await _stage.RollbackAsync();

        var alarms = (await _stage.Clients.CloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest())).MetricAlarms.ToDictionary(alarm => alarm.AlarmName);
        Assert.That(alarms["watches"].Dimensions.Single().Value, Is.EqualTo("www-v001"));
        Assert.That(alarms["rings"].AlarmActions.Single(), Does.Contain("autoScalingGroupName/www-v001:"));
        Assert.That((await _stage.OneAsync()).Tags.Single(tag => tag.Key == FleetTags.RolledBack).Value, Does.StartWith(_stage.Image2 + " "));
    }

    [TestCase(typeof(FleetStep.AwaitDrained))]
    [TestCase(typeof(FleetStep.ScaleToZero), Description = "the step has begun, and the group has its size still")]
    public async Task Delete_InterruptedBeforeItIsEmptied_CanBeTakenBack(Type at)
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAsync<OperationCanceledException>(() => _stage.DeleteAsync(
            onStep: step =>
            {
                if (step.GetType() == at)
                {
                    stop.Cancel();
                }
            },
            stop: stop.Token));
        Assert.That((await _stage.OneAsync()).TargetGroupARNs ?? [], Is.Empty);

        await _stage.RollbackAsync();

        var group = await _stage.OneAsync();
        Assert.That((group.AutoScalingGroupName, group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo(("www-v001", 2, 4, 2)));
        Assert.That(await _stage.HealthyAsync(), Is.EqualTo(2));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Delete_InterruptedOnceItIsEmptied_CannotBeTakenBackAndSaysSo()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAsync<OperationCanceledException>(() => _stage.DeleteAsync(
            onStep: step =>
            {
                if (step is FleetStep.DeleteGroup)
                {
                    stop.Cancel();
                }
            },
            stop: stop.Token));

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.RollbackAsync());
        await _stage.DeleteAsync();

        Assert.That(error!.Message, Is.EqualTo("www is being deleted, and has been emptied."));
        Assert.That(await _stage.GroupsAsync(), Is.Empty);
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    /// <summary>Takes a node of the new group out of the target group that it is judged by; its id.</summary>
    private async Task<string> LeaveMirrorAsync()
    {
        var fresh = (await _stage.GroupsAsync()).Single(group => group.AutoScalingGroupName == "www-v002");
        var node = fresh.Instances[0].InstanceId;
        await _stage.Clients.ELBv2.DeregisterTargetsAsync(new DeregisterTargetsRequest { TargetGroupArn = fresh.TargetGroupARNs.Single(), Targets = [new TargetDescription { Id = node }] });
        return node;
    }

    private async Task<string> ListenersAsync()
    {
        var balancer = (await _stage.Clients.ELBv2.DescribeLoadBalancersAsync(new Amazon.ElasticLoadBalancingV2.Model.DescribeLoadBalancersRequest())).LoadBalancers[0];
        var listeners = await _stage.Clients.ELBv2.DescribeListenersAsync(new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn });
        var groups = await _stage.Clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest());
        return JsonConvert.SerializeObject(listeners.Listeners) + string.Join(' ', groups.TargetGroups.Select(group => group.TargetGroupName));
    }

    /// <summary>One that watches the group, one that rings its policy, and one of a group whose name begins the same.</summary>
    private async Task OwnAlarmsAsync()
    {
        var policy = await _stage.Clients.AutoScaling.PutScalingPolicyAsync(new PutScalingPolicyRequest { AutoScalingGroupName = "www-v001", PolicyName = "up", PolicyType = "SimpleScaling", AdjustmentType = "ChangeInCapacity", ScalingAdjustment = 1 });
        foreach (var (name, dimension, action) in new[] { ("watches", "www-v001", ""), ("rings", "", policy.PolicyARN), ("another", "www-v0010", "") })
        {
            await _stage.Clients.CloudWatch.PutMetricAlarmAsync(new PutMetricAlarmRequest
            {
                AlarmName = name,
                Namespace = "AWS/EC2",
                MetricName = "CPUUtilization",
                Statistic = Statistic.Average,
                Period = 60,
                EvaluationPeriods = 1,
                Threshold = 80,
                ComparisonOperator = ComparisonOperator.GreaterThanThreshold,
                AlarmActions = action.Length == 0 ? null : [action],
                Dimensions = dimension.Length == 0 ? null : [new Dimension { Name = "AutoScalingGroupName", Value = dimension }],
            });
        }
    }

    private async Task OldServesUntouchedAsync()
    {
        var group = await _stage.OneAsync();
        Assert.That(group.AutoScalingGroupName, Is.EqualTo("www-v001"));
        Assert.That((group.MinSize, group.MaxSize, group.DesiredCapacity), Is.EqualTo((2, 4, 2)));
        Assert.That(group.SuspendedProcesses ?? [], Is.Empty);
        Assert.That(await _stage.RunningAsync(), Is.EqualTo(new[] { _stage.Image1, _stage.Image1 }));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }
}
