using Baker.Cloud.Changes;
using Baker.Core;

namespace Baker.Cloud.Tests.Changes;

/// <summary>What the engine owes to every kind of change.</summary>
internal sealed class ChangeEngineTests
{
    private readonly ScriptedChange _change = new();

    [Test]
    public async Task Run_Steps_AreHeldWrittenAndDoneInTheirOrder()
    {
        _change.Plan("a", "b");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.Null);
        Assert.That(_change.Log, Is.EqualTo(new[] { "take", "plan", "hold", "write a", "do a", "hold", "write b", "do b", "clean b", "clean a", "close", "farewell" }));
    }

    [Test]
    public async Task Run_StepFindsNothingLeftToDo_EndsThere()
    {
        _change.Plan("a", "over", "b");

        await RunAsync();

        Assert.That(_change.Done, Is.EqualTo(new[] { "a", "over" }));
    }

    [Test]
    public async Task Run_StepDoesNotApply_IsNeitherWrittenNorDone()
    {
        _change.Plan("a", "idle", "b");

        await RunAsync();

        Assert.That(_change.Log, Has.None.Contains("idle"));
        Assert.That(_change.Done, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Run_StepFails_TheOthersAreNotBegunAndWhatWasMadeIsCleanedUp()
    {
        _change.Plan("a", "fail", "b");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.TypeOf<InvalidOperationException>());
        Assert.That(_change.Log, Is.EqualTo(new[] { "take", "plan", "hold", "write a", "do a", "hold", "write fail", "do fail", "hold", "keep", "clean fail", "clean a", "close", "farewell" }));
    }

    [Test]
    public async Task Run_StepFailsAndIsPassedOver_TheOthersAreDone()
    {
        _change.GoesOn = true;
        _change.Plan("a", "fail", "b");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.Null);
        Assert.That(_change.Done, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Run_FailureCallsForIt_WhatWasDoneIsTakenBackUnderTheSameHold()
    {
        _change.Back = ["back 1", "back 2"];
        _change.Plan("a", "fail", "b");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.TypeOf<InvalidOperationException>(), "it failed all the same");
        Assert.That(_change.Done, Is.EqualTo(new[] { "a", "back 1", "back 2" }));
        Assert.That(_change.Log[^1], Is.EqualTo("farewell"));
    }

    [Test]
    public async Task Run_SomebodyTakesTheHold_NothingMoreIsChangedAndTheEndSaysWhy()
    {
        _change.Back = ["back"];
        _change.Plan("a", "lose", "b");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.SameAs(_change.GoneBecause));
        Assert.That(_change.Done, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public async Task Run_HoldIsRefused_NothingIsPlannedCleanedUpOrClosed()
    {
        _change.Refusal = new BakerException(ExitCode.CloudFailed, "somebody else has it");
        _change.Plan("a");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.SameAs(_change.Refusal));
        Assert.That(_change.Log, Is.EqualTo(new[] { "take" }));
    }

    [Test]
    public async Task Run_Interrupted_CleansUpWithATokenOfItsOwn()
    {
        using var stop = new CancellationTokenSource();
        _change.OnStep = key =>
        {
            if (key == "b")
            {
                stop.Cancel();
            }
        };
        _change.Plan("a", "b", "c");

        var end = await RunAsync(stop.Token);

        Assert.That(end.Failure, Is.InstanceOf<OperationCanceledException>());
        Assert.That(_change.Done, Is.EqualTo(new[] { "a", "b" }), "what is under way comes to its end");
        Assert.That(_change.Log[^4..], Is.EqualTo(new[] { "clean b", "clean a", "close", "farewell" }));
        Assert.That(_change.CleanUpWasCancelled, Is.False);
    }

    [Test]
    public async Task Run_CleanUpFails_IsNamedAndTheOthersAreCleanedUp()
    {
        _change.Plan("a", "sticky", "b");

        var end = await RunAsync();

        Assert.That(end.Leftovers.Select(left => left.What), Is.EqualTo(new[] { "what sticky made" }));
        Assert.That(_change.Log, Does.Contain("clean a"));
    }

    [TestCase(typeof(System.Xml.XmlException), false)]
    [TestCase(typeof(NullReferenceException), true)]
    public async Task Run_CleanUpFailsInWhateverWay_TheOthersAreCleanedUpAndOnlyAMistakeIsTheEnd(Type kind, bool isMistake)
    {
        _change.CleanUpFailure = (Exception)Activator.CreateInstance(kind)!;
        _change.Plan("a", "sticky", "b");

        var end = await RunAsync();

        Assert.That(end.Leftovers.Select(left => left.What), Is.EqualTo(new[] { "what sticky made" }));
        Assert.That(_change.Log, Does.Contain("clean a").And.Contain("farewell"));
        Assert.That(end.Failure, isMistake ? Is.SameAs(_change.CleanUpFailure) : Is.Null);
    }

    [Test]
    public async Task Run_TheLastWorkFails_LetsGoAllTheSame()
    {
        _change.CloseFailure = new IOException("it cannot be closed");
        _change.Plan("a");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.SameAs(_change.CloseFailure));
        Assert.That(_change.Log[^1], Is.EqualTo("farewell"));
    }

    [Test]
    public async Task Run_StepsOfOneStage_AreDoneAtTheSameTimeAndSettledOnce()
    {
        _change.Together = 3;
        _change.Plan("meet 1", "meet 2", "meet 3");

        var end = await RunAsync();

        Assert.That(end.Failure, Is.Null, "each waited for the other two");
        Assert.That(_change.Settled, Is.EqualTo(new[] { 3 }));
    }

    private Task<ChangeEnd> RunAsync(CancellationToken stop = default) => new ChangeEngine(new StepWatcher(), TimeProvider.System).RunAsync(_change, stop);
}
