using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Cloud.Instances;
using Baker.Cloud.Tests.Fleets;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Instances;

internal sealed class DrainedDeployTests
{
    private static readonly DeployOptions s_drain = new(1, Drains: true);
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
    public async Task Deploy_TwoNodesAtTheMinimum_OneAlwaysServesAndAllIsAsBefore()
    {
        var before = await IdsAsync();
        await using var watch = new HealthWatch(_stage, 1);

        var report = await _stage.DeployAsync(s_drain);

        await watch.StopAsync();
        Assert.That(report.Results.Select(result => result.Status), Is.EqualTo(new[] { "Success", "Success" }));
        Assert.That(await IdsAsync(), Is.EqualTo(before), "no node was replaced");
        await _stage.AssertRestedAsync(2, 2);
    }

    [Test]
    public async Task Deploy_FourNodesThreeAtATime_TwoAlwaysServe()
    {
        await _stage.Clients.AutoScaling.SetDesiredCapacityAsync(new SetDesiredCapacityRequest { AutoScalingGroupName = "www-v001", DesiredCapacity = 4 });
        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == 4);
        await using var watch = new HealthWatch(_stage, 2);
        var steps = new List<string>();

        await _stage.DeployAsync(s_drain with { AtOnce = 3 }, steps: steps);

        await watch.StopAsync();
        Assert.That(steps.Count(step => step.StartsWith("take i-", StringComparison.Ordinal)), Is.EqualTo(2));
        await _stage.AssertRestedAsync(4, 2);
    }

    [Test]
    public async Task Deploy_Planned_DoesThatAndNoMore()
    {
        var planned = (await _stage.Deploy(s_drain).PlanAsync(CancellationToken.None)).Select(step => step.Text).ToList();
        var done = new List<string>();

        await _stage.DeployAsync(s_drain, steps: done);

        Assert.That(done, Is.EqualTo(planned));
    }

    [Test]
    public async Task Deploy_LastHealthyNode_IsRefusedAndNothingIsChanged()
    {
        await _stage.Clients.AutoScaling.UpdateAutoScalingGroupAsync(new UpdateAutoScalingGroupRequest { AutoScalingGroupName = "www-v001", MinSize = 1, DesiredCapacity = 1 });
        await Wait.UntilAsync(async () => (await _stage.StatesAsync()) is ["InService"]);

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.DeployAsync(s_drain));

        Assert.That(error!.Message, Does.Contain("last healthy instance in the target group www"));
        await _stage.AssertRestedAsync(1, 1);
    }

    [Test]
    public async Task Deploy_NodeFails_StaysOutIsNamedAndTheOthersAreNotBegun()
    {
        _stage.Fault("refuse=SendCommand:InvalidInstanceId");
        var (steps, done) = (new List<string>(), new List<string>());

        var report = await _stage.DeployAsync(s_drain, steps: steps, done: done);

        Assert.That(steps, Has.Count.EqualTo(4).And.Some.StartsWith("converge i-").And.None.StartsWith("put ").And.None.StartsWith("let "));
        Assert.That(done, Is.EqualTo(new[] { "lock", "hold", "take-out" }), "the converge failed, and nothing came after it");
        Assert.That(report.Results.Select(result => result.Status), Is.EqualTo(new[] { DeployResult.Unreachable, DeployResult.NotBegun }));
        Assert.That(report.StillOut.Select(node => node.Id), Is.EqualTo(new[] { report.Results[0].Instance }));
        Assert.That(await _stage.StatesAsync(), Is.EqualTo(new[] { "InService", "Standby" }));
        Assert.That(_stage.Said, Does.Contain($"OUT OF SERVICE: {report.StillOut[0].Id} of www-v001 (standby)"));
        Assert.That(_stage.Said, Has.Some.Contains("package instance:deploy www --bring-back"));
        Assert.That(await _stage.HealthyAsync(), Is.EqualTo(1));
        Assert.That((await _stage.OneAsync()).Instances, Has.Count.EqualTo(2), "nothing was launched in its place");
    }

    [Test]
    public async Task Deploy_NodeWithoutAnAgent_IsNamedAndTheOthersConverge([Values] bool drains)
    {
        var known = await IdsAsync();
        _stage.Fault("agent-never=1");
        await _stage.Clients.AutoScaling.SetDesiredCapacityAsync(new SetDesiredCapacityRequest { AutoScalingGroupName = "www-v001", DesiredCapacity = 3 });
        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == 3);
        var lost = (await IdsAsync()).Except(known).Single();

        var report = await _stage.DeployAsync(new DeployOptions(2, MaxErrors: 1, Drains: drains));

        var expected = known.Select(id => (id, "Success")).Append((lost, DeployResult.Unreachable));
        Assert.That(report.Results.Select(result => (result.Instance, result.Status)), Is.EquivalentTo(expected));
        Assert.That(report.StillOut.Select(node => node.Id), Is.EqualTo(drains ? new[] { lost } : []));
    }

    [Test]
    public async Task BringBack_NodeStayedOut_PutsItBackWithoutConverging()
    {
        _stage.Fault("refuse=SendCommand:InvalidInstanceId");
        await _stage.DeployAsync(s_drain);
        _stage.Fault("refuse=SendCommand:AccessDeniedException");

        var back = new DeployOptions(10, BringsBackOnly: true);
        var planned = (await _stage.Deploy(back).PlanAsync(CancellationToken.None)).Select(step => step.Text).ToList();
        var done = new List<string>();

        var report = await _stage.DeployAsync(back, steps: done);

        Assert.That(done, Is.Not.Empty.And.EqualTo(planned), "a dry run shows what is done");
        Assert.That(report.StillOut, Is.Empty);
        await _stage.AssertRestedAsync(2, 2);
    }

    [Test]
    public async Task Deploy_OneMayFail_GoesOnWithTheOthersAndTheNextOnePutsItRight()
    {
        await _stage.Clients.AutoScaling.SetDesiredCapacityAsync(new SetDesiredCapacityRequest { AutoScalingGroupName = "www-v001", DesiredCapacity = 3 });
        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == 3);
        _stage.Fault("refuse=SendCommand:InvalidInstanceId");

        var steps = new List<string>();
        var report = await _stage.DeployAsync(s_drain with { MaxErrors = 1 }, steps: steps);
        Assert.That(steps.Count(step => step.StartsWith("put ", StringComparison.Ordinal)), Is.EqualTo(2), "those that converged");
        Assert.That(report.Results.Count(result => result.IsDone), Is.EqualTo(2));
        Assert.That(await _stage.StatesAsync(), Is.EqualTo(new[] { "InService", "InService", "Standby" }));
        report = await _stage.DeployAsync(s_drain);

        Assert.That(report.Results.Count(result => result.IsDone), Is.EqualTo(3));
        await _stage.AssertRestedAsync(3, 2);
    }

    [TestCase("take i-")]
    [TestCase("converge")]
    public async Task Deploy_Interrupted_TheNodeThatIsOutComesBack(string during)
    {
        using var interrupt = new CancellationTokenSource();
        var seen = 0;
        void OnStep(DeployStep step)
        {
            if (step.Text.StartsWith(during, StringComparison.Ordinal) && seen++ == 0)
            {
                _ = Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, CancellationToken.None).ContinueWith(_ => interrupt.Cancel(), TaskScheduler.Default);
            }
        }

        Assert.That(async () => await _stage.DeployAsync(s_drain, onStep: OnStep, stop: interrupt.Token), Throws.InstanceOf<OperationCanceledException>());

        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == 2);
        await _stage.AssertRestedAsync(2, 2);
    }

    [Test]
    public async Task Deploy_InterruptedAsAnEarlierOnesNodeHasConverged_ThatComesBackToo()
    {
        _stage.Fault("refuse=SendCommand:InvalidInstanceId");
        await _stage.DeployAsync(s_drain);
        using var interrupt = new CancellationTokenSource();
        void OnStep(DeployStep step)
        {
            if (step is DeployStep.BringBack)
            {
                interrupt.Cancel();
            }
        }

        Assert.That(async () => await _stage.DeployAsync(s_drain, onStep: OnStep, stop: interrupt.Token), Throws.InstanceOf<OperationCanceledException>());

        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == 2);
        await _stage.AssertRestedAsync(2, 2);
    }

    [Test]
    public async Task Deploy_NodeEndsWhileOut_IsReplaced()
    {
        var ended = "";
        void OnStep(DeployStep step)
        {
            if (step is DeployStep.BringBack back && ended.Length == 0)
            {
                ended = back.Nodes[0];
                _stage.Clients.AutoScaling.TerminateInstanceInAutoScalingGroupAsync(new TerminateInstanceInAutoScalingGroupRequest { InstanceId = ended, ShouldDecrementDesiredCapacity = false }).GetAwaiter().GetResult();
                Wait.UntilAsync(async () => !(await IdsAsync()).Contains(ended)).GetAwaiter().GetResult();
            }
        }

        await _stage.DeployAsync(s_drain, onStep: OnStep);

        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == 2);
        Assert.That(await IdsAsync(), Does.Not.Contain(ended));
        await _stage.AssertRestedAsync(2, 2);
    }

    [Test]
    public async Task Deploy_WhileAnUpdateHoldsTheLock_IsRefusedAndToldWho()
    {
        var held = await FleetLock.TakeAsync(_stage.Context("bob@couch"), FleetStage.Group, "run-x", "autoscale:update", false, false, CancellationToken.None);
        await using var releasing = held;

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.DeployAsync(s_drain));

        Assert.That(error!.Message, Does.Contain("bob@couch has it since 20").And.Contain("autoscale:update"));
        Assert.That(await _stage.StatesAsync(), Is.EqualTo(new[] { "InService", "InService" }));
        await held.ReleaseAsync(CancellationToken.None);
    }

    [Test]
    public async Task Deploy_UpdateKeepsItsOldGroup_IsRefused()
    {
        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.Zero, TimeSpan.FromHours(1), []), whileWarm: false);

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.DeployAsync(s_drain));

        Assert.That(error!.Message, Does.Contain("A change of www is under way, begun by ann@desk"));
    }

    [Test]
    public async Task Update_ADeployWasNotFinished_IsRefusedAndNamesTheCommand()
    {
        _stage.Fault("refuse=SendCommand:InvalidInstanceId");
        await _stage.DeployAsync(s_drain);

        var error = await Assert.ThrowsAsync<BakerException>(() => _stage.UpdateAsync());

        Assert.That(error!.Message, Does.Contain("instance:deploy --drain"));
    }

    [Test]
    public async Task Scale_ADeployWasNotFinished_IsRefusedAndNamesTheCommand()
    {
        _stage.Fault("refuse=SendCommand:InvalidInstanceId");
        await _stage.DeployAsync(s_drain);

        var error = await Assert.ThrowsAsync<BakerException>(() => new FleetControls(_stage.Context()).PlanScaleAsync(FleetStage.Group, _ => (null, null), 3, false, CancellationToken.None));

        Assert.That(error!.Message, Does.Contain("gives back the minimum of 2"));
        Assert.That(error.Remedy, Does.Contain("instance:deploy www --bring-back"));
    }

    [Test]
    public async Task Deploy_NodesOutsideAnyFleet_LeaveTheirTargetGroupsAndComeBackToTheirPorts()
    {
        await _stage.DeleteAsync();
        var ids = await AloneAsync(2);
        await using var watch = new HealthWatch(_stage, 1);

        var report = await _stage.DeployAsync(s_drain);

        await watch.StopAsync();
        Assert.That(report.Results.Select(result => (result.Instance, result.Status)), Is.EquivalentTo(ids.Select(id => (id, "Success"))));
        var targets = await _stage.Clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = _stage.TargetGroup });
        Assert.That(targets.TargetHealthDescriptions.Select(target => (target.Target.Id, target.Target.Port, target.TargetHealth.State.Value)), Is.EquivalentTo(ids.Select(id => (id, (int?)80, "healthy"))));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    private async Task<List<string>> AloneAsync(int count)
    {
        List<Amazon.EC2.Model.Tag> tags = [new() { Key = BakerTags.Group, Value = FleetStage.Group }, new() { Key = BakerTags.Purpose, Value = InstanceReader.Purpose }];
        var launched = await _stage.Clients.EC2.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = _stage.Image1,
            InstanceType = Amazon.EC2.InstanceType.M5Large,
            MinCount = count,
            MaxCount = count,
            TagSpecifications = [new TagSpecification { ResourceType = Amazon.EC2.ResourceType.Instance, Tags = tags }],
        });
        var ids = launched.Reservation.Instances.ConvertAll(instance => instance.InstanceId);
        await Wait.UntilAsync(async () => (await _stage.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = ids })).Reservations.SelectMany(each => each.Instances).All(each => each.State.Name == Amazon.EC2.InstanceStateName.Running));
        await _stage.Clients.ELBv2.RegisterTargetsAsync(new RegisterTargetsRequest { TargetGroupArn = _stage.TargetGroup, Targets = ids.ConvertAll(id => new TargetDescription { Id = id }) });
        await Wait.UntilAsync(async () => await _stage.HealthyAsync() == count);
        return ids;
    }

    private async Task<List<string>> IdsAsync() => [.. (await _stage.OneAsync()).Instances.Select(instance => instance.InstanceId).Order(StringComparer.Ordinal)];
}
