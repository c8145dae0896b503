using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Cloud.Tests.Fleets;
using Baker.Cloud.Tests.Instances;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Discovery;

/// <summary>Services are withdrawn before their nodes leave, and announced when they are back, as the calls show.</summary>
internal sealed class NodeOrderTests
{
    private FleetStage _stage = null!;
    private CallsSeen _calls = null!;
    private CloudClients _clients = null!;
    private readonly CancellationTokenSource _end = new();

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        _calls = new CallsSeen(_stage.Handler);
        _clients = _stage.ClientsThrough(_calls);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        _end.Dispose();
        _clients.Dispose();
        _calls.Dispose();
        await _stage.DisposeAsync();
    }

    [Test]
    public async Task Update_OfAProvider_WithdrawsBeforeItDetaches()
    {
        await _stage.AnnounceAsync();
        var announcing = _stage.KeepAnnouncingAsync(_end.Token);

        await _stage.UpdateAsync(context: Context());

        await EndAsync(announcing);
        Assert.That(LastEntry(IsLeaving), Is.LessThan(_calls.First("DetachLoadBalancerTargetGroups")));
        Assert.That(_calls.First("DeleteParameter", "/baker/services/front/"), Is.GreaterThan(_calls.First("DeleteAutoScalingGroup")));
        Assert.That(await _stage.AnnouncedAsync(), Is.EquivalentTo((await _stage.OneAsync()).Instances.Select(instance => $"{instance.InstanceId} serving")));
    }

    [Test]
    public async Task Update_WhoseOldNodesAnnounceAgainWhileTheyAreKept_WithdrawsThemBeforeTheyEnd()
    {
        await _stage.AnnounceAsync();
        var announcing = _stage.KeepAnnouncingAsync(_end.Token);

        await _stage.UpdateAsync(context: Context(), onStep: step =>
        {
            if (step is FleetStep.ScaleToZero)
            {
                _end.Cancel();
                announcing.GetAwaiter().GetResult();
                _stage.AnnounceAsync().GetAwaiter().GetResult();
            }
        });

        Assert.That(LastEntry(IsLeaving), Is.GreaterThan(_calls.First("DetachLoadBalancerTargetGroups")).And.LessThan(_calls.First("UpdateAutoScalingGroup", "DesiredCapacity=0")));
        Assert.That(await _stage.AnnouncedAsync(), Is.EquivalentTo((await _stage.OneAsync()).Instances.Select(instance => $"{instance.InstanceId} serving")));
    }

    [Test]
    public async Task Update_WhoseNodesDoNotAnnounce_IsTakenBack()
    {
        await _stage.AnnounceAsync();

        Assert.That(
            () => _stage.UpdateAsync(context: Context() with { HealthLimit = TimeSpan.FromSeconds(10) }),
            Throws.TypeOf<BakerException>().With.Message.Contains("nodes of www-v002 have not announced front, which www-v001 serves"));

        Assert.That((await _stage.OneAsync()).AutoScalingGroupName, Is.EqualTo("www-v001"));
        Assert.That(await _stage.AnnouncedAsync(), Has.Length.EqualTo(2).And.All.EndsWith(" serving"));
    }

    [Test]
    public async Task Rollback_OfAProvider_AnnouncesTheOldAgain()
    {
        await _stage.AnnounceAsync();
        var announcing = _stage.KeepAnnouncingAsync(_end.Token);
        await _stage.UpdateAsync(new UpdateOptions(false, TimeSpan.Zero, TimeSpan.FromHours(1), []), whileWarm: false);
        await EndAsync(announcing);
        Assert.That(await _stage.AnnouncedAsync(), Has.Length.EqualTo(4).And.Exactly(2).EndsWith(" leaving"));

        await _stage.RollbackAsync(Context());

        Assert.That(LastEntry(body => !IsLeaving(body)), Is.GreaterThan(_calls.First("AttachLoadBalancerTargetGroups")).And.LessThan(_calls.First("DetachLoadBalancerTargetGroups")));
        Assert.That(await _stage.AnnouncedAsync(), Has.Length.EqualTo(2).And.All.EndsWith(" serving"));
    }

    [Test]
    public async Task Roll_OfAProvider_RemovesWhatIsGone()
    {
        await _stage.AnnounceAsync();

        await _stage.UpdateAsync(new UpdateOptions(true, TimeSpan.Zero, null, []), context: Context());

        Assert.That(await _stage.AnnouncedAsync(), Is.Empty);
    }

    [Test]
    public async Task Delete_OfAProvider_WithdrawsFirstAndRemovesLast()
    {
        await _stage.AnnounceAsync();

        await _stage.DeleteAsync(Context());

        Assert.That(LastEntry(IsLeaving), Is.LessThan(_calls.First("DetachLoadBalancerTargetGroups")));
        Assert.That(_calls.First("DeleteParameter", "/baker/services/front/"), Is.GreaterThan(_calls.First("DeleteAutoScalingGroup")));
        Assert.That(await _stage.AnnouncedAsync(), Is.Empty);
    }

    [TestCaseSource(nameof(DeleteSteps))]
    public async Task Delete_KilledThenContinued_LeavesNothing(string step, int changes)
    {
        await _stage.AnnounceAsync();
        using var cut = new CutHandler(_stage.Handler);
        using var clients = _stage.ClientsThrough(cut);
        try
        {
            await _stage.DeleteAsync(
                _stage.Context(clients: clients) with { Operator = FleetStage.DeadOperator },
                each =>
                {
                    if (each.Key == step)
                    {
                        cut.Arm(changes);
                    }
                },
                cut.Dead);
        }
        catch (Exception) when (cut.Dead.IsCancellationRequested)
        {
        }

        if (step != "close" || changes == 0)
        {
            await _stage.DeleteAsync();
        }

        Assert.That(await _stage.GroupsAsync(), Is.Empty);
        Assert.That(await _stage.AnnouncedAsync(), Is.Empty);
    }

    [Test]
    public async Task Deploy_Drained_WithdrawsBeforeStandbyAndAnnouncesAfter()
    {
        await _stage.AnnounceAsync();
        var steps = new List<string>();

        await _stage.DeployAsync(new DeployOptions(1, Drains: true), Context(), steps);

        Assert.That(FirstEntry(IsLeaving), Is.LessThan(_calls.First("EnterStandby")));
        Assert.That(LastEntry(body => !IsLeaving(body)), Is.GreaterThan(_calls.Last("ExitStandby")));
        Assert.That(steps, Has.Some.Contains("out of the catalogue of services, then out of www").And.Some.Contains("healthy, and announce what was withdrawn"));
        Assert.That(await _stage.AnnouncedAsync(), Has.Length.EqualTo(2).And.All.EndsWith(" serving"));
        await _stage.AssertRestedAsync(2, 2);
    }

    [Test]
    public async Task Changes_OfAGroupThatProvidesNothing_DoNotAskTheCatalogue()
    {
        await _stage.UpdateAsync(context: Context());
        await _stage.DeployAsync(new DeployOptions(1, Drains: true), Context());
        await _stage.DeleteAsync(Context());

        Assert.That(_calls.All.Where(call => call.Body.Contains("/baker/services", StringComparison.Ordinal)), Is.Empty);
    }

    public static IEnumerable<TestCaseData> DeleteSteps() =>
        FleetPlan.Steps(new FleetJournal
        {
            Group = FleetStage.Group,
            Run = "r",
            Action = FleetAction.Delete,
            Owner = "o",
            Old = "www-v001",
            Capacity = new Capacity(2, 4, 2),
            Services = [FleetStage.Service],
        }).SelectMany(step => new[] { new TestCaseData(step.Key, 0), new TestCaseData(step.Key, 1) });

    private async Task EndAsync(Task announcing)
    {
        await _end.CancelAsync();
        await announcing;
    }

    private FleetContext Context() => _stage.Context(clients: _clients);

    private static bool IsLeaving(string body) => body.Contains("leaving", StringComparison.Ordinal);

    private int FirstEntry(Func<string, bool> isMeant) => Entries(isMeant)[0];

    private int LastEntry(Func<string, bool> isMeant) => Entries(isMeant)[^1];

    private int[] Entries(Func<string, bool> isMeant)
    {
        int[] found = [.. _calls.All.Index().Where(call => call.Item.Action == "PutParameter" && call.Item.Body.Contains("/baker/services/front/", StringComparison.Ordinal) && isMeant(call.Item.Body)).Select(call => call.Index)];
        Assert.That(found, Is.Not.Empty);
        return found;
    }
}
