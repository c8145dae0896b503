using Baker.Cloud.Tests.Fleets;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Instances;

/// <summary>A drained deploy that dies at any step, before it has done anything or right after one of its first changes, is put right by the next deploy.</summary>
internal sealed class DeployKillTests
{
    private static readonly DeployOptions s_drain = new(1, Drains: true);
    private FleetStage _stage = null!;

    public static IEnumerable<TestCaseData> Kills()
    {
        foreach (var (step, changes) in new[] { ("take the lock", 0), ("hold", 3), ("take i-", 4), ("converge", 1), ("put", 5), ("let", 3) })
        {
            for (var change = 0; change <= changes; change++)
            {
                yield return new TestCaseData(step, change);
            }
        }
    }

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        await _stage.AnnounceAsync();
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [TestCaseSource(nameof(Kills))]
    public async Task Deploy_Killed_TheNextDrainedOneFinishesIt(string step, int changes)
    {
        await using var watch = new HealthWatch(_stage, 1);

        await DieAsync(step, changes);
        var report = await _stage.DeployAsync(s_drain);

        await watch.StopAsync();
        Assert.That(report.Results.Select(result => result.Status), Is.EqualTo(new[] { "Success", "Success" }));
        await _stage.AssertRestedAsync(2, 2);
        Assert.That(await _stage.AnnouncedAsync(), Has.Length.EqualTo(2).And.All.EndsWith(" serving"));
    }

    [TestCase("hold", 3)]
    [TestCase("take i-", 2)]
    [TestCase("converge", 1)]
    [TestCase("take i-", 4)]
    [TestCase("put", 1)]
    [TestCase("put", 3)]
    public async Task Deploy_Killed_AnUndrainedOnePutsItRightToo(string step, int changes)
    {
        await DieAsync(step, changes);

        await _stage.DeployAsync(new DeployOptions(10));

        await _stage.AssertRestedAsync(2, 2);
        Assert.That(await _stage.AnnouncedAsync(), Has.Length.EqualTo(2).And.All.EndsWith(" serving"));
    }

    private async Task DieAsync(string step, int changes)
    {
        using var cut = new CutHandler(_stage.Handler);
        using var clients = _stage.ClientsThrough(cut);
        var context = _stage.Context(clients: clients) with { Operator = FleetStage.DeadOperator };
        var armed = false;
        void OnStep(DeployStep each)
        {
            if (!armed && each.Text.StartsWith(step, StringComparison.Ordinal))
            {
                armed = true;
                cut.Arm(changes);
            }
        }

        Assert.That(async () => await _stage.DeployAsync(s_drain, context, onStep: OnStep, stop: cut.Dead), Throws.Exception, "the run outlived its kill");
    }
}
