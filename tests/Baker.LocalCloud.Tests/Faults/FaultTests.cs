using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Faults;

namespace Baker.LocalCloud.Tests.Faults;

/// <summary>Each fault that can be asked for, as a client meets it.</summary>
public sealed class FaultTests
{
    [Test]
    public async Task Throttle_RefusesEveryCallForItsTime()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "throttle=0.4");
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DescribeRegionsAsync(new())), Is.EqualTo("RequestLimitExceeded"));
        Assert.That(await Errors.CodeOfAsync(() => cloud.SSM.ListCommandsAsync(new())), Is.EqualTo("ThrottlingException"));
        await Wait.UntilAsync(async () => await Errors.CodeOfAsync(() => cloud.EC2.DescribeRegionsAsync(new())) == "none", "the throttling to end");
        Assert.That(cloud.Cloud.Status().Calls["ec2:DescribeRegions"].Throttled, Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public async Task Rate_LetsTheBurstThroughAndRefusesTheRest()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "rate=0.001/3");
        var codes = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            codes.Add(await Errors.CodeOfAsync(() => cloud.EC2.DescribeRegionsAsync(new())));
        }

        Assert.That(codes, Is.EqualTo(new[] { "none", "none", "none", "RequestLimitExceeded", "RequestLimitExceeded" }));
    }

    [Test]
    public async Task ParameterQuotas_RefuseWhatIsOverAnAccountsRate()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "parameter-quotas");
        Task Put() => cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "/a", Value = "b", Type = "String", Overwrite = true });

        // Far more at once than come back meanwhile.
        var writes = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => Errors.CodeOfAsync(Put)));
        var reads = await Task.WhenAll(Enumerable.Range(0, 600).Select(each => Errors.CodeOfAsync(() => each % 2 == 0
            ? cloud.SSM.GetParametersAsync(new GetParametersRequest { Names = ["/none"] })
            : cloud.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = "/none" }))));

        Assert.That(writes.Distinct(), Is.EquivalentTo(new[] { "none", "ThrottlingException" }));
        Assert.That(writes.Count(code => code == "none"), Is.GreaterThanOrEqualTo(3));
        Assert.That(reads.Distinct(), Is.EquivalentTo(new[] { "none", "ThrottlingException" }));
        Assert.That(reads.Count(code => code == "none"), Is.GreaterThanOrEqualTo(40));
        Assert.That(await Errors.CodeOfAsync(() => cloud.SSM.DescribeParametersAsync(new DescribeParametersRequest())), Is.EqualTo("none"));
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DescribeRegionsAsync(new())), Is.EqualTo("none"));
    }

    [Test]
    public async Task LostReply_AfterALaunch_IsFoundByItsClientToken()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "lose-reply=RunInstances");
        Assert.That(async () => await cloud.LaunchAsync(token: "one"), Throws.InstanceOf<Exception>());
        var id = await cloud.LaunchAsync(token: "one");
        var all = (await cloud.EC2.DescribeInstancesAsync(new())).Reservations.SelectMany(r => r.Instances).ToList();
        Assert.That(all.Select(i => i.InstanceId), Is.EqualTo(new[] { id }));
        Assert.That(await Errors.CodeOfAsync(() => cloud.LaunchAsync(token: "one", userData: "#!/bin/sh\n")), Is.EqualTo("IdempotentParameterMismatch"));
    }

    [Test]
    public async Task NoCapacity_InAZone_LeavesTheOthers()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "capacity=us-east-1a,capacity=*/m3.large");
        Task Run(string? zone, string type) => cloud.EC2.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = TestCloud.BaseImageId,
            InstanceType = type,
            MinCount = 1,
            MaxCount = 1,
            Placement = zone is null ? null : new Placement { AvailabilityZone = zone },
        });
        Assert.That(await Errors.CodeOfAsync(() => Run("us-east-1a", "m1.large")), Is.EqualTo("InsufficientInstanceCapacity"));
        Assert.That(await Errors.CodeOfAsync(() => Run("us-east-1b", "m3.large")), Is.EqualTo("InsufficientInstanceCapacity"));
        Assert.That(await Errors.CodeOfAsync(() => Run("us-east-1b", "m1.large")), Is.EqualTo("none"));
        Assert.That(await Errors.CodeOfAsync(() => Run(null, "m1.large")), Is.EqualTo("none"));
        Assert.That(await Errors.CodeOfAsync(() => Run("us-east-1f", "m1.large")), Is.EqualTo("Unsupported"));
    }

    [Test]
    public async Task EventualConsistency_HidesWhatIsNew()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "eventual=0.4");
        var id = await cloud.LaunchAsync();
        Assert.That(await Errors.CodeOfAsync(() => cloud.FindAsync(id)), Is.EqualTo("InvalidInstanceID.NotFound"));
        Assert.That((await cloud.EC2.DescribeInstancesAsync(new())).Reservations, Is.Null.Or.Empty);
        await Wait.UntilAsync(async () => await Errors.CodeOfAsync(() => cloud.FindAsync(id)) == "none", "the instance to be found");
    }

    [Test]
    public async Task Image_ThatFails_SaysSo()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "image-fails=1");
        var id = await cloud.LaunchAsync();
        await cloud.UntilStateAsync(id, "running");
        var failed = await cloud.BakeAsync(id, "one");
        Assert.That((failed.State.Value, failed.StateReason.Code), Is.EqualTo(("failed", "Client.InternalError")));
        Assert.That((await cloud.BakeAsync(id, "one")).State.Value, Is.EqualTo("available"), "the name of a failed image is free");
    }

    [Test]
    public async Task Instance_ThatDies_IsTerminated()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "instance-dies=2");
        var id = await cloud.LaunchAsync();
        await cloud.UntilStateAsync(id, "terminated");
        Assert.That((await cloud.FindAsync(id)).StateTransitionReason, Does.Contain("killed by a fault"));
    }

    [Test]
    public async Task Agent_ThatNeverComes_IsNotListed()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "agent-never=1");
        var silent = await cloud.LaunchAsync();
        var other = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(other);
        await cloud.UntilStateAsync(silent, "running");
        Assert.That((await cloud.SSM.DescribeInstanceInformationAsync(new DescribeInstanceInformationRequest())).InstanceInformationList.Select(i => i.InstanceId), Is.EqualTo(new[] { other }));
        Assert.That(await Errors.CodeOfAsync(() => cloud.RunAsync(silent, "true")), Is.EqualTo("InvalidInstanceId"));
    }

    [Test]
    public async Task NoFault_WithManyCallsAtOnce_RefusesNone()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var codes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => Errors.CodeOfAsync(() => cloud.EC2.DescribeRegionsAsync(new())))));
        Assert.That(codes, Is.All.EqualTo("none"));
    }

    [TestCase("throttle=soon", "needs a number")]
    [TestCase("earthquake=1", "is not a fault")]
    public void Text_ThatIsNoFault_IsRefused(string text, string message) =>
        Assert.That(() => FaultPlan.Parse(text), Throws.InstanceOf<FormatException>().With.Message.Contains(message));
}
