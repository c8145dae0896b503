using System.Collections.Concurrent;
using System.Collections.Immutable;
using Baker.Cloud.Changes;
using Baker.Cloud.Environments;
using Baker.Cloud.Tests.Fleets;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Resources;

namespace Baker.Cloud.Tests.Environments;

/// <summary>The fleets of an environment that wait for the same others are run side by side.</summary>
public sealed class WaveTests
{
    private static readonly ImmutableArray<WantedFleet> s_wanted =
    [
        new(GroupName.Parse("www"), "us-east-1") { After = ["db", "queue"] },
        new(GroupName.Parse("db"), "us-east-1"),
        new(GroupName.Parse("queue"), "us-east-1"),
    ];

    private FleetStage _stage = null!;

    [SetUp]
    public async Task OpenAsync() => _stage = await LocalStage.OpenAsync();

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Create_FleetsOfAWave_AreRunSideBySideAndTheNextWaveAfterAllOfThem()
    {
        var fleets = new Fleets(failing: null);

        var end = await RunAsync(fleets);

        Assert.That(end.Failure, Is.Null);
        Assert.That(fleets.Log.Take(2), Is.EquivalentTo(new[] { "db begins", "queue begins" }));
        Assert.That(fleets.Log.Skip(4), Is.EqualTo(new[] { "www begins", "www ends" }));
    }

    [Test]
    public async Task Create_OneFleetOfAWaveFails_TheOthersEndWellAndTheNextWaveDoesNotBegin()
    {
        var fleets = new Fleets(failing: "db");

        var end = await RunAsync(fleets);

        Assert.That(end.Failure, Is.InstanceOf<BakerException>().With.Message.EqualTo("db fails"));
        Assert.That(fleets.Log, Is.EquivalentTo(new[] { "db begins", "queue begins", "queue ends" }));
    }

    private async Task<ChangeEnd> RunAsync(Fleets fleets)
    {
        var desired = new DesiredEnvironment { Groups = [.. s_wanted.Select(each => new NodeGroup { Name = each.Group, Attributes = [] })] };
        var operation = new EnvironmentOperation(_ => _stage.Context(), desired, EnvironmentAction.Create, "run-1", breakLock: false, fleets);
        return await new ChangeEngine(new StepWatcher(), TimeProvider.System).RunAsync(operation, CancellationToken.None);
    }

    /// <summary>Fleets of the first wave that end, well or not, only when both have begun.</summary>
    private sealed class Fleets(string? failing) : IEnvironmentFleets
    {
        private readonly TaskCompletionSource _both = new();
        private int _begun;

        public ConcurrentQueue<string> Log { get; } = [];

        public Task<ImmutableArray<WantedFleet>> WantedAsync(IReadOnlySet<string> running, bool updates, CancellationToken stop) => Task.FromResult(s_wanted);

        public async Task RunAsync(GroupName group, CancellationToken stop)
        {
            Log.Enqueue($"{group} begins");
            if (group != "www")
            {
                if (Interlocked.Increment(ref _begun) == 2)
                {
                    _both.SetResult();
                }

                await _both.Task.WaitAsync(stop);
            }

            if (group == failing)
            {
                throw new BakerException(ExitCode.CloudFailed, $"{group} fails");
            }

            stop.ThrowIfCancellationRequested();
            Log.Enqueue($"{group} ends");
        }

        public Task BakeAsync(ImmutableArray<GroupName> groups, CancellationToken stop) => throw new NotSupportedException();

        public Task UpdateAsync(GroupName group, CancellationToken stop) => throw new NotSupportedException();

        public Task DeleteAsync(GroupName group, string region, CancellationToken stop) => throw new NotSupportedException();
    }
}
