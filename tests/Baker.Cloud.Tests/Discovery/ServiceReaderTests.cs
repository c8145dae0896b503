using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Baker.Cloud.Discovery;
using Baker.Cloud.Tests.Fleets;
using Baker.Core.Discovery;
using Baker.Core.Manifest;

namespace Baker.Cloud.Tests.Discovery;

/// <summary>What nodes have announced, and what becomes of them, on a local cloud on which nothing executes.</summary>
internal sealed class ServiceReaderTests
{
    private static readonly ServiceName s_www = ServiceName.Parse("www");
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
    public async Task Read_NodesThatLiveAndDie_TellsWhichDo()
    {
        var group = await _stage.OneAsync();
        var (first, second) = (group.Instances[0].InstanceId, group.Instances[1].InstanceId);
        var catalog = new SsmCatalog(_stage.Context());
        await AnnounceAsync(catalog, first);
        await AnnounceAsync(catalog, second);
        await catalog.AnnounceAsync(Entry("i-0123456789abcdef0", "10.9.9.9"), default);

        Assert.That(await StatesAsync(catalog), Is.EquivalentTo(new[] { $"{first} serving", $"{second} serving", "i-0123456789abcdef0 dead: there is no such instance" }));

        await _stage.Clients.AutoScaling.SuspendProcessesAsync(new SuspendProcessesRequest { AutoScalingGroupName = group.AutoScalingGroupName });
        await _stage.Clients.AutoScaling.SetInstanceHealthAsync(new SetInstanceHealthRequest { InstanceId = first, HealthStatus = "Unhealthy", ShouldRespectGracePeriod = false });
        await catalog.WithdrawAsync(s_www, second, default);
        Assert.That(await StatesAsync(catalog), Does.Contain($"{first} unwell: marked unhealthy by Auto Scaling").And.Contain($"{second} leaving"));

        await _stage.Clients.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [second] });
        Assert.That(await StatesAsync(catalog), Does.Contain($"{second} dead: there is no such instance"));
    }

    [Test]
    public async Task Read_EntryThatIsNotItsInstances_IsDead()
    {
        var instance = (await _stage.OneAsync()).Instances[0].InstanceId;
        var catalog = new SsmCatalog(_stage.Context());
        await catalog.AnnounceAsync(Entry(instance, "10.6.6.6"), default);
        Assert.That(await StatesAsync(catalog), Is.EqualTo(new[] { $"{instance} dead: the instance has the address {await AddressAsync(instance)}" }));

        await catalog.AnnounceAsync(Entry(instance, "10.6.6.6") with { Group = GroupName.Parse("other") }, default);
        Assert.That(await StatesAsync(catalog), Is.EqualTo(new[] { $"{instance} dead: the instance is one of www" }));
    }

    private async Task<List<string>> StatesAsync(SsmCatalog catalog) =>
        [.. (await new ServiceReader(_stage.Context(), catalog).ReadAsync(null, default)).Select(each => $"{each.Entry.Instance} {each.Health.Text}")];

    private async Task AnnounceAsync(SsmCatalog catalog, string instance) =>
        await catalog.AnnounceAsync(Entry(instance, await AddressAsync(instance)), default);

    private async Task<string> AddressAsync(string instance) =>
        (await _stage.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [instance] })).Reservations[0].Instances[0].PrivateIpAddress;

    private static ServiceEntry Entry(string instance, string address) => new()
    {
        Service = s_www,
        Group = FleetStage.Group,
        Instance = instance,
        Address = address,
        Port = 80,
        Since = new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero),
    };
}
