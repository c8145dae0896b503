using Baker.Core.Planning;

namespace Baker.Core.Tests.Planning;

internal sealed class PreflightTests
{
    private static readonly FleetView s_old = new() { Name = "web-1", Capacity = new Capacity(2, 4, 2), Template = "web:3" };
    private static readonly PreflightFacts s_facts = new() { Image = "ami-1", ImageState = "available", ImageArchitecture = "x86_64", Region = "eu-west-1", Old = s_old };

    [TestCase(FleetAction.Update)]
    [TestCase(FleetAction.Roll)]
    public void Check_NothingInTheWay_FindsNothing(FleetAction action) => Assert.That(Preflight.Check(action, s_old.Capacity, s_facts), Is.Empty);

    [Test]
    public void Check_OldGroupInTheWay_SaysWhy() => Assert.Multiple(() =>
    {
        Finds("has suspended processes: Launch", s_facts with { Old = s_old with { Suspended = ["AlarmNotification", "Launch"] } });
        Finds("A deploy of nodes of web-1 was not finished: its minimum is held at 2 instead of 5", s_facts with { Old = s_old with { Held = new FleetHold(5, Rebalances: true) } });
        Finds("An instance refresh of web-1 is under way (InProgress)", s_facts with { Refresh = "InProgress" });
        Finds("in standby: i-1", s_facts with { Old = s_old with { Instances = [new() { Id = "i-1", Lifecycle = "EnteringStandby" }] } });
        Finds("protected from scale-in: i-1", s_facts with { Old = s_old with { Instances = [new() { Id = "i-1", Lifecycle = "InService", IsProtected = true }] } });
        Finds("web-1 is protected from deletion", s_facts with { Old = s_old with { HasDeletionProtection = true } });
        Finds("VPC Lattice", s_facts with { HasLattice = true });
    });

    [Test]
    public void Check_ImageOrTypesInTheWay_SaysWhy() => Assert.Multiple(() =>
    {
        Finds("The image ami-1 is not in eu-west-1", s_facts with { ImageState = null });
        Finds("The image ami-1 is pending", s_facts with { ImageState = "pending" });
        Finds("The image ami-1 is x86_64; t4g.small is arm64", s_facts with { Types = [("t3.small", ["x86_64", "i386"]), ("t4g.small", ["arm64"])] });
        Finds("EC2 would refuse to launch an instance: no such key", s_facts with { LaunchRefusal = "no such key" });
        Finds("There is no target group www in eu-west-1", s_facts with { MissingTargetGroups = ["www"] });
        Finds("No load balancer uses the target group", s_facts with { UnusedTargetGroups = ["arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/www/1"] });
    });

    [Test]
    public void Check_TypeOfUnknownArchitecture_IsNoObstacle() => Assert.That(Preflight.Check(FleetAction.Update, s_old.Capacity, s_facts with { Types = [("x9.new", [])] }), Is.Empty);

    [Test]
    public void Check_NoRoomForTheNewGroup_IsInTheWayOfAnUpdateAlone()
    {
        var capacity = new Capacity(0, 1, 2);
        Assert.That(Preflight.Check(FleetAction.Update, capacity, s_facts).Single().Problem, Does.Contain("maximum size 1 leaves no room for 2"));
        Assert.That(Preflight.Check(FleetAction.Roll, capacity, s_facts), Is.Empty);
    }

    [TestCase("web:$Latest")]
    [TestCase("web:$Default")]
    public void Check_MovingVersion_IsInTheWayOfARollingUpdateAlone(string template)
    {
        var facts = s_facts with { Old = s_old with { Template = template } };
        Assert.That(Preflight.Check(FleetAction.Roll, s_old.Capacity, facts).Single().Problem, Does.Contain("could not roll back"));
        Assert.That(Preflight.Check(FleetAction.Update, s_old.Capacity, facts), Is.Empty);
    }

    [Test]
    public void CheckDelete_WhatNeverBecomesEmpty_SaysWhy()
    {
        var group = s_old with
        {
            Suspended = ["Terminate"],
            HasDeletionProtection = true,
            Instances = [new() { Id = "i-1", Lifecycle = "Standby" }, new() { Id = "i-2", Lifecycle = "InService", IsProtected = true }],
        };
        Assert.That(Preflight.CheckDelete(group), Has.Length.EqualTo(4));
        Assert.That(Preflight.CheckDelete(s_old with { Suspended = ["Launch"] }), Is.Empty);
    }

    private static void Finds(string problem, PreflightFacts facts)
    {
        var finding = Preflight.Check(FleetAction.Update, s_old.Capacity, facts).Single();
        Assert.That(finding.Problem, Does.Contain(problem));
        Assert.That(finding.Remedy, Is.Not.Empty);
    }
}
