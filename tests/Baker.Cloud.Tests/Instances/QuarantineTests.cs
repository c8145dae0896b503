using Baker.Cloud.Changes;
using Baker.Cloud.Discovery;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Cloud.Tests.Fleets;
using Baker.Core.Discovery;

namespace Baker.Cloud.Tests.Instances;

/// <summary>A node in quarantine, and what the catalogue of services has of it.</summary>
internal sealed class QuarantineTests
{
    private FleetStage _stage = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        await _stage.AnnounceAsync();
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Quarantine_OfANodeThatHasAnnouncedItsServicesAgain_WithdrawsThemAgain()
    {
        var sick = (await _stage.OneAsync()).Instances[0].InstanceId;
        var first = await RunAsync(sick);
        var entry = await EntryAsync(sick);
        var second = await RunAsync(sick);
        await new SsmCatalog(_stage.Context()).AnnounceAsync(entry with { State = ServiceState.Serving }, CancellationToken.None);

        var third = await RunAsync(sick);

        Assert.That(first, Is.EqualTo(new[] { "mark", "withdraw", "detach", "leave" }));
        Assert.That(entry.State, Is.EqualTo(ServiceState.Leaving));
        Assert.That(second, Is.Empty);
        Assert.That(third, Is.EqualTo(new[] { "withdraw" }));
        Assert.That((await EntryAsync(sick)).State, Is.EqualTo(ServiceState.Leaving));
    }

    private async Task<ServiceEntry> EntryAsync(string node) =>
        (await new SsmCatalog(_stage.Context()).ReadAsync(FleetStage.Service, CancellationToken.None)).Single(entry => entry.Instance == node);

    /// <summary>The steps that were done.</summary>
    private async Task<List<string>> RunAsync(string node)
    {
        var context = _stage.Context();
        var nodes = await new InstanceReader(context).ReadWithKeptAsync([FleetStage.Group.ToString()], CancellationToken.None);
        var group = FleetStage.Target().Group with { Provides = _stage.Provides };
        var steps = new List<string>();
        (await new ChangeEngine(new StepWatcher(step => steps.Add(step.Key)), context.Time).RunAsync(
            new QuarantineOperation(context, nodes.Single(each => each.Id == node), group, FleetStage.ServicesThrough(context), _stage.NewRun(), "a look"),
            CancellationToken.None)).ThrowIfFailed();
        return steps;
    }
}
