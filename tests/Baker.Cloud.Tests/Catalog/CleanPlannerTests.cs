using Baker.Cloud.Images.Catalog;
using Baker.Cloud.Runs;
using Baker.Core.Merging;
using static Baker.Cloud.Tests.Catalog.Regions;

namespace Baker.Cloud.Tests.Catalog;

internal sealed class CleanPlannerTests
{
    [Test]
    public void Plan_MoreThanKept_RemovesTheOldest()
    {
        var plan = CleanPlanner.Plan([Region(Image(3), Image(1), Image(2), Image(4))], _ => new Retention(2), Now);

        Assert.That(plan.Removed(), Is.EqualTo(new[] { "ami-www3", "ami-www4" }));
        Assert.That(plan.Kept.Select(kept => kept.Why), Is.EqualTo(new[] { "number 1 of the newest 2", "number 2 of the newest 2" }));
    }

    [Test]
    public void Plan_TwoGroups_CountsEachForItself()
    {
        var plan = CleanPlanner.Plan([Region(Image(1), Image(2), Image(5, group: "bee"))], _ => new Retention(1), Now);

        Assert.That(plan.Removed(), Is.EqualTo(new[] { "ami-www2" }));
    }

    [Test]
    public void Plan_OldImageInUse_KeepsItAndSaysWho()
    {
        var region = Region(Image(1), Image(2)).UsedBy("ami-www2", new ImageUser("launch template", "fleet", "version 3"));

        var plan = CleanPlanner.Plan([region], _ => new Retention(1), Now);

        Assert.That(plan.Steps, Is.Empty);
        Assert.That(plan.Kept[1].Why, Is.EqualTo("used by launch template fleet (version 3)"));
    }

    [Test]
    public void Plan_FailedImages_GoAndDoNotCount()
    {
        var plan = CleanPlanner.Plan([Region(Image(1, "failed"), Image(2), Image(3, "invalid"))], _ => new Retention(1), Now);

        Assert.That(plan.Removed(), Is.EqualTo(new[] { "ami-www1", "ami-www3" }));
    }

    [Test]
    public void Plan_LeaseOfALiveRun_KeepsEvenAFailedImage()
    {
        var alive = new Lease(Now.AddMinutes(5), null);

        var plan = CleanPlanner.Plan([Region(Image(1, "failed", alive), Image(2, "available", alive))], _ => new Retention(0), Now);

        Assert.That(plan.Steps, Is.Empty);
        Assert.That(plan.Kept.Select(kept => kept.IsGuarded), Is.All.True);
    }

    [Test]
    public void Plan_LeaseThatIsOver_GuardsNothing()
    {
        var plan = CleanPlanner.Plan([Region(Image(1, "failed", new Lease(Now.AddMinutes(-1), null)))], _ => new Retention(3), Now);

        Assert.That(plan.Removed(), Is.EqualTo(new[] { "ami-www1" }));
    }

    [Test]
    public void Plan_PendingOrDisabledImage_IsKept()
    {
        var plan = CleanPlanner.Plan([Region(Image(1, "pending"), Image(2, "disabled"))], _ => new Retention(0), Now);

        Assert.That(plan.Kept.Select(kept => kept.Why), Is.EqualTo(new[] { "it is pending", "it is disabled" }));
    }

    [Test]
    public void Plan_KeepNone_RemovesTheNewestToo()
    {
        var plan = CleanPlanner.Plan([Region(Image(1), Image(2))], _ => new Retention(0), Now);

        Assert.That(plan.Removed(), Has.Length.EqualTo(2));
    }

    [Test]
    public void Plan_SnapshotOfAnImageThatStays_IsSparedWithItsReason()
    {
        var region = Region(Image(1), Image(2));
        region.SnapshotUsers.Add("snap-www2", "ami-www2", "www 2");
        region.SnapshotUsers.Add("snap-www2", "ami-other", "their own");

        var plan = CleanPlanner.Plan([region], _ => new Retention(1), Now);

        Assert.That(plan.Steps.Single().ToString(), Is.EqualTo("deregister ami-www2 \"www 2\" in us-east-1 (not the newest)"));
        Assert.That(plan.KeptSnapshots.Single().ToString(), Is.EqualTo("keep snap-www2 of www in us-east-1 (image ami-other \"their own\" has it too)"));
    }

    [Test]
    public void Plan_SnapshotOfTwoImagesThatBothGo_Goes()
    {
        var region = Region(Image(1), Image(2), Image(3) with { SnapshotIds = ["snap-www2"] });
        region.SnapshotUsers.Add("snap-www2", "ami-www2", "www 2");
        region.SnapshotUsers.Add("snap-www2", "ami-www3", "www 3");

        var plan = CleanPlanner.Plan([region], _ => new Retention(1), Now);

        Assert.That(plan.KeptSnapshots, Is.Empty);
        Assert.That(plan.Steps.OfType<RemovalStep.RemoveImage>().SelectMany(step => step.Snapshots), Is.All.EqualTo("snap-www2"));
    }

    [Test]
    public void Plan_LeftOverSnapshotThatAnImageHas_StaysListed()
    {
        var orphan = new CatalogSnapshot("snap-1", "us-east-1", "www", "completed", null, []);
        var region = Region() with { Orphans = [orphan] };
        region.SnapshotUsers.Add("snap-1", "ami-other", "their own");

        var shared = CleanPlanner.Plan([region], _ => new Retention(1), Now);
        var free = CleanPlanner.Plan([region with { SnapshotUsers = new SnapshotUsers() }], _ => new Retention(1), Now);

        Assert.That(shared.Steps, Is.Empty);
        Assert.That(shared.KeptSnapshots.Single().Id, Is.EqualTo("snap-1"));
        Assert.That(free.Steps.Single(), Is.EqualTo(new RemovalStep.RemoveSnapshot(orphan)));
    }

    [Test]
    public void Step_OfAnImage_NamesItsSnapshotsAndTheReason()
    {
        var plan = CleanPlanner.Plan([Region(Image(1), Image(2))], _ => new Retention(1), Now);

        Assert.That(plan.Steps[0].ToString(), Is.EqualTo("deregister ami-www2 \"www 2\" in us-east-1 and delete snap-www2 (not the newest)"));
    }
}
