using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Cloud.Tests.Fleets;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Instances;

/// <summary>Deploys on the nodes of a fleet stage, and what they left there.</summary>
internal static class DeployStage
{
    public static DeployOperation Deploy(this FleetStage stage, DeployOptions options, FleetContext? context = null)
    {
        var input = new BakeInput(FleetStage.Target().Group, [new PayloadFile("a.sh", "true\n"u8.ToArray())], []);
        var (run, used) = (stage.NewRun(), context ?? stage.Context());
        return new DeployOperation(used, FleetStage.Group, new InstanceDeploy(used, input, run, null, ""), run, options with { Services = [.. stage.Provides.Select(service => service.Name.ToString())] }, breakLock: false, FleetStage.ServicesThrough(used));
    }

    public static async Task<DeployReport> DeployAsync(this FleetStage stage, DeployOptions options, FleetContext? context = null, List<string>? steps = null, Action<DeployStep>? onStep = null, List<string>? done = null, CancellationToken stop = default)
    {
        var operation = stage.Deploy(options, context);
        var watcher = new StepWatcher(
            step =>
            {
                steps?.Add(step.Text);
                onStep?.Invoke((DeployStep)step);
            },
            step => done?.Add(step.Key));
        (await new ChangeEngine(watcher, TimeProvider.System).RunAsync(operation, stop)).ThrowIfFailed();
        return operation.Report();
    }

    /// <summary>The lifecycle states of the fleet's instances.</summary>
    public static async Task<string[]> StatesAsync(this FleetStage stage) => [.. (await stage.OneAsync()).Instances.Select(instance => instance.LifecycleState.Value).Order()];

    /// <summary>What should not be there when no deploy is under way: marks, held groups, the lock.</summary>
    public static async Task<List<string>> MarksAsync(this FleetStage stage)
    {
        var left = (await stage.LeftAsync()).ToList();
        var group = await stage.OneAsync();
        left.AddRange((group.Tags ?? []).Where(tag => tag.Key == FleetTags.Minimum).Select(tag => $"{tag.Key}={tag.Value}"));
        left.AddRange((group.SuspendedProcesses ?? []).Select(process => process.ProcessName));
        var marked = await stage.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new Amazon.EC2.Model.Filter { Name = "tag-key", Values = [FleetTags.Draining, FleetTags.Targets] }] });
        left.AddRange((marked.Reservations ?? []).SelectMany(reservation => reservation.Instances).Select(instance => instance.InstanceId));
        return left;
    }

    /// <summary>Everything serves, and nothing tells of a deploy any more.</summary>
    public static async Task AssertRestedAsync(this FleetStage stage, int nodes, int minimum)
    {
        var group = await stage.OneAsync();
        Assert.Multiple(() =>
        {
            Assert.That(group.Instances.Select(instance => instance.LifecycleState.Value), Is.EqualTo(Enumerable.Repeat("InService", nodes)));
            Assert.That((group.MinSize, group.DesiredCapacity), Is.EqualTo((minimum, nodes)));
        });
        Assert.That(await stage.HealthyAsync(), Is.EqualTo(nodes));
        Assert.That(await stage.MarksAsync(), Is.Empty);
    }
}
