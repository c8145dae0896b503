using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Core.Tests.Planning;

internal sealed class DeployPlanTests
{
    private const string Web = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1";
    private static readonly DeployOptions s_drain = new(1, Drains: true);

    [Test]
    public void Steps_NotDrained_IsOneCommandToAll() =>
        Assert.That(Texts(Facts(2, 2), new DeployOptions(10)), Is.EqualTo(new[] { "converge the nodes of www, 10 at a time" }));

    [Test]
    public void Steps_DrainedAtTheMinimum_LowersItAndGivesItBack() => Assert.That(Texts(Facts(2, 2), s_drain), Is.EqualTo(new[]
    {
        "take the lock of www",
        "hold www-v001 until the end: its minimum at 1 instead of 2, no rebalancing of its zones",
        "take i-1 out of web and wait out the drain",
        "converge i-1",
        "put i-1 back and wait until it is healthy",
        "take i-2 out of web and wait out the drain",
        "converge i-2",
        "put i-2 back and wait until it is healthy",
        "let www-v001 go again, with its minimum of 2",
    }));

    [Test]
    public void Steps_DrainedAboveTheMinimum_LeavesIt() =>
        Assert.That(Texts(Facts(3, 1), s_drain)[1], Is.EqualTo("hold www-v001 until the end: no rebalancing of its zones"));

    [TestCase("www-v001", 9, "Add one before: autoscale:scale www 2, or say --force if that is meant.")]
    [TestCase("www-v001", 1, "Add one before: autoscale:scale www 2 --max 2, or say --force if that is meant.")]
    [TestCase(null, 9, "Add one before, or say --force if that is meant.")]
    public void Steps_LastHealthyInstance_IsRefused(string? fleet, int max, string remedy)
    {
        var facts = Facts(1, 1);
        facts = facts with
        {
            Nodes = [facts.Nodes[0] with { Fleet = fleet }],
            Fleets = [facts.Fleets[0] with { Capacity = new Capacity(1, max, 1) }],
        };

        var error = Assert.Throws<BakerException>(() => DeployPlan.Steps(facts, s_drain));

        Assert.That(error!.Message, Does.Contain("i-1 is the last healthy instance in the target group web"));
        Assert.That(error.Remedy, Is.EqualTo(remedy));
        Assert.That(error.Code, Is.EqualTo(ExitCode.BadInput));
    }

    [Test]
    public void Steps_LastHealthyInstanceForced_TakesItOut() =>
        Assert.That(Texts(Facts(1, 1), s_drain with { Force = true }), Does.Contain("take i-1 out of web and wait out the drain"));

    [TestCase("initial")]
    [TestCase(null, Description = "not registered again yet")]
    public void Steps_InstancePutBackByADeadRunAndNotHealthyYet_IsWaitedForFirst(string? state)
    {
        var facts = Facts(2, 1);
        facts = facts with
        {
            Nodes = facts.Nodes.SetItem(0, facts.Nodes[0] with { IsMarked = true, Targets = state is null ? [] : [new TargetView(Web, state, null, null)] }),
            Healthy = facts.Healthy.SetItem(Web, 1),
        };

        Assert.That(Texts(facts, s_drain).Skip(2).Take(2), Is.EqualTo(new[] { "put i-1 back and wait until it is healthy", "take i-1 out of web and wait out the drain" }));
    }

    [Test]
    public void Steps_OnlySickInstance_IsNotRefused()
    {
        var facts = Facts(1, 1);
        facts = facts with
        {
            Nodes = [facts.Nodes[0] with { Targets = [new TargetView(Web, "unhealthy", null, null)] }],
            Healthy = ImmutableDictionary<string, int>.Empty,
        };

        Assert.That(Texts(facts, s_drain), Does.Contain("converge i-1"));
    }

    [TestCase(6, 4, 4, Description = "six, four at a time: two stay")]
    [TestCase(5, 4, 3)]
    [TestCase(3, 4, 1)]
    [TestCase(2, 4, 1, Description = "two cannot stay, so one at a time")]
    [TestCase(6, 2, 2)]
    public void Steps_SeveralAtATime_LeaveTwoHealthyWherePossible(int nodes, int atOnce, int together)
    {
        var taken = DeployPlan.Steps(Facts(nodes, 0), new DeployOptions(atOnce, Drains: true)).OfType<DeployStep.TakeOut>().ToList();

        Assert.That(taken.Max(step => step.Nodes.Length), Is.EqualTo(together));
        Assert.That(taken.SelectMany(step => step.Nodes), Is.EquivalentTo(Facts(nodes, 0).Nodes.Select(node => node.Id)));
    }

    [Test]
    public void Steps_NodeLeftInStandby_ComesFirstAndIsNotTakenOut()
    {
        var facts = Facts(3, 2);
        facts = facts with
        {
            Nodes = facts.Nodes.SetItem(2, facts.Nodes[2] with { Lifecycle = "Standby", IsMarked = true, Targets = [] }),
            Fleets = [facts.Fleets[0] with { Capacity = new Capacity(1, 4, 2), Held = new FleetHold(3, true) }],
            Healthy = ImmutableDictionary<string, int>.Empty.Add(Web, 2),
        };

        var texts = Texts(facts, s_drain);

        Assert.That(texts[2..4], Is.EqualTo(new[] { "converge i-3", "put i-3 back and wait until it is healthy" }));
        Assert.That(texts, Does.Not.Contain("take i-3 out of web and wait out the drain"));
        Assert.That(texts[^1], Is.EqualTo("let www-v001 go again, with its minimum of 3"));
    }

    [Test]
    public void Steps_NotDrainedWithANodeLeftInStandby_BringsItBackFirst()
    {
        var facts = Facts(1, 1);
        facts = facts with
        {
            Nodes = [facts.Nodes[0] with { Lifecycle = "Standby", IsMarked = true, Targets = [] }],
            Fleets = [facts.Fleets[0] with { Held = new FleetHold(2, true) }],
        };

        Assert.That(Texts(facts, new DeployOptions(10)), Is.EqualTo(new[]
        {
            "take the lock of www",
            "converge i-1",
            "put i-1 back and wait until it is healthy",
            "let www-v001 go again, with its minimum of 2",
            "converge the nodes of www, 10 at a time",
        }));
    }

    [Test]
    public void Steps_BringBackOnly_ConvergesNothing()
    {
        var facts = Facts(2, 1);
        facts = facts with
        {
            Nodes = [facts.Nodes[0] with { Lifecycle = "Standby", IsMarked = true, Targets = [] }],
            Fleets = [facts.Fleets[0] with { Held = new FleetHold(2, false) }],
        };

        Assert.That(Texts(facts, new DeployOptions(10, BringsBackOnly: true)), Is.EqualTo(new[]
        {
            "take the lock of www",
            "put i-1 back and wait until it is healthy",
            "let www-v001 go again, with its minimum of 2",
        }));
    }

    [Test]
    public void Steps_NodeOfAPersonInStandby_ConvergesThere()
    {
        var facts = Facts(3, 1);
        facts = facts with { Nodes = facts.Nodes.SetItem(0, facts.Nodes[0] with { Lifecycle = "Standby", Targets = [] }) };

        var texts = Texts(facts, s_drain);

        Assert.That(texts, Does.Contain("converge i-1, not behind a load balancer, 1 at a time"));
        Assert.That(texts, Has.None.Contains("put i-1 back"));
    }

    [Test]
    public void Steps_NodeOutsideAnyFleet_LeavesItsTargetGroupWithoutHold()
    {
        var facts = Facts(2, 1) with { Fleets = [] };
        facts = facts with { Nodes = [.. facts.Nodes.Select(node => node with { Fleet = null, Lifecycle = "" })] };

        Assert.That(Texts(facts, s_drain)[..3], Is.EqualTo(new[]
        {
            "take the lock of www",
            "take i-1 out of web and wait out the drain",
            "converge i-1",
        }));
    }

    [Test]
    public void Steps_DrainedWithoutANode_AreNone() => Assert.That(Texts(Facts(0, 0), s_drain), Is.Empty);

    [TestCase("Launch")]
    [TestCase("AddToLoadBalancer")]
    public void Steps_NodesCouldNotComeBack_IsRefused(string process)
    {
        var facts = Facts(3, 1);
        facts = facts with { Fleets = [facts.Fleets[0] with { Suspended = [process] }] };

        var error = Assert.Throws<BakerException>(() => DeployPlan.Steps(facts, s_drain));

        Assert.That(error!.Message, Does.Contain($"www-v001 has {process} suspended"));
        Assert.That(error.Remedy, Does.Contain($"autoscale:resume www {process}"));
    }

    [Test]
    public void Skipped_NodeStillComesUp_IsNamedWithItsState()
    {
        var facts = Facts(2, 1);
        facts = facts with { Nodes = facts.Nodes.SetItem(0, facts.Nodes[0] with { Lifecycle = "Pending:Wait" }) };

        Assert.That(DeployPlan.Skipped(facts), Is.EqualTo(new[] { ("i-1", "it is Pending:Wait") }));
    }

    [TestCase("2 AZRebalance", 2, true)]
    [TestCase("0", 0, false)]
    public void FleetHold_TextOfOne_IsReadBack(string text, int minimum, bool rebalances)
    {
        var hold = FleetHold.TryParse(text);

        Assert.That(hold, Is.EqualTo(new FleetHold(minimum, rebalances)));
        Assert.That(hold!.ToText(), Is.EqualTo(text));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("many")]
    public void FleetHold_OtherText_IsNone(string? text) => Assert.That(FleetHold.TryParse(text), Is.Null);

    private static string[] Texts(DeployFacts facts, DeployOptions options) => [.. DeployPlan.Steps(facts, options).Select(step => step.Text)];

    private static DeployFacts Facts(int nodes, int minimum) => new()
    {
        Group = GroupName.Parse("www"),
        Fleets = [new FleetView { Name = "www-v001", Capacity = new Capacity(minimum, 9, nodes), TargetGroups = [Web] }],
        Nodes =
        [
            .. Enumerable.Range(1, nodes).Select(number => new DeployNode
            {
                Id = $"i-{number}",
                Fleet = "www-v001",
                Lifecycle = "InService",
                TargetGroups = [Web],
                Targets = [new TargetView(Web, "healthy", null, null)],
            }),
        ],
        Healthy = ImmutableDictionary<string, int>.Empty.Add(Web, nodes),
    };
}
