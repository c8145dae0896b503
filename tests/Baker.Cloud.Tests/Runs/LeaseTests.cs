using System.Diagnostics;
using System.Globalization;
using Baker.Cloud.Fleets;
using Baker.Cloud.Host;
using Baker.Cloud.Runs;

namespace Baker.Cloud.Tests.Runs;

internal sealed class LeaseTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void Parse_WhatWasWritten_IsTheSame()
    {
        var lease = new Lease(s_now, RunOwner.OfThisProcess());

        Assert.That(Lease.Parse(lease.ToString()), Is.EqualTo(lease));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("tomorrow")]
    public void Parse_NoLease_IsNull(string? text) => Assert.That(Lease.Parse(text), Is.Null);

    [Test]
    public void IsOver_OwnerLivesHere_IsNotWhateverTheTime() =>
        Assert.That(new Lease(s_now, RunOwner.OfThisProcess()).IsOver(s_now + TimeSpan.FromDays(1)), Is.False);

    [Test]
    public void IsOver_OwnerDiedHere_IsAtOnce()
    {
        var here = RunOwner.OfThisProcess();
        using var child = Process.Start("true");
        child.WaitForExit();

        Assert.That(new Lease(s_now + TimeSpan.FromHours(1), here with { ProcessId = child.Id }).IsOver(s_now), Is.True);
    }

    /// <summary>What was killed stays in the list of processes where who started it does not ask after it: in a script, in a container.</summary>
    [Test]
    [Platform("Linux")]
    public void IsOver_OwnerDiedAndNobodyAskedAfterIt_IsAtOnce()
    {
        using var parent = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "sleep 600 & echo $!; exec sleep 600"]) { RedirectStandardOutput = true })!;
        using var child = Process.GetProcessById(int.Parse(parent.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
        try
        {
            var owner = RunOwner.OfThisProcess() with { ProcessId = child.Id, StartedAt = new DateTimeOffset(child.StartTime).ToUnixTimeSeconds() };
            var self = Operator.OfThisProcess().Process!.Split('/');
            var started = File.ReadAllText($"/proc/{child.Id}/stat").Split(") ")[1].Split(' ')[19];
            var mark = string.Join('/', [.. self[..^2], $"{child.Id}", started]);
            var alive = (owner.IsDead(), Operator.IsGone(mark));

            child.Kill();
            Assert.That(() => ProcessState.IsZombie(child.Id), Is.True.After(30_000, 10));

            Assert.That((alive, owner.IsDead(), Operator.IsGone(mark)), Is.EqualTo(((false, false), true, true)));
        }
        finally
        {
            parent.Kill();
        }
    }

    [Test]
    public void IsOver_ProcessIdUsedAgain_Is() =>
        Assert.That(new Lease(s_now, RunOwner.OfThisProcess() with { StartedAt = 1 }).IsOver(s_now), Is.True);

    [Test]
    public void IsOver_OwnerElsewhere_WhenItsTimeIsUp()
    {
        var lease = new Lease(s_now, RunOwner.OfThisProcess() with { Machine = "elsewhere" });

        Assert.That(lease.IsOver(s_now.AddSeconds(-1)), Is.False);
        Assert.That(lease.IsOver(s_now.AddSeconds(1)), Is.True);
    }

    [TestCase("a/1")]
    [TestCase("a/b/c")]
    [TestCase("")]
    public void OwnerParse_NoOwner_IsNull(string text) => Assert.That(RunOwner.Parse(text), Is.Null);
}
