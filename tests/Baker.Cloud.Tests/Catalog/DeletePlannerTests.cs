using Baker.Cloud.Images.Catalog;
using static Baker.Cloud.Tests.Catalog.Regions;

namespace Baker.Cloud.Tests.Catalog;

internal sealed class DeletePlannerTests
{
    private static readonly RemovalStep.RemoveFile s_file = new("/project/packer/www.json", "packer/www.json");

    [Test]
    public void Plan_NothingInUse_RemovesImagesThenFiles()
    {
        var plan = DeletePlanner.Plan([Region(Image(1), Image(2, "pending"))], [s_file], Now);

        Assert.That(plan.Steps.Select(step => step.GetType().Name), Is.EqualTo(new[] { "RemoveImage", "RemoveImage", "RemoveFile" }));
    }

    [Test]
    public void Plan_OneImageInUse_RemovesNothing()
    {
        var region = Region(Image(1), Image(2)).UsedBy("ami-www2", new ImageUser("instance", "i-1", "stopped"));

        var plan = DeletePlanner.Plan([region], [s_file], Now);

        Assert.That(plan.Steps, Is.Empty);
        Assert.That(plan.Kept.Single().ToString(), Is.EqualTo("keep ami-www2 \"www 2\" in us-east-1 (used by instance i-1 (stopped))"));
    }
}
