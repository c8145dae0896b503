using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Catalog;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Tests.Catalog;

/// <summary>The catalogue and the removal against moto, a cloud nobody here wrote.</summary>
internal sealed class MotoCatalogTests
{
    private CloudSession _session = null!;

    private CloudClients Cloud => _session.Region("us-east-1").Clients;

    [SetUp]
    public async Task OpenAsync() => _session = await MotoAccount.OpenAsync();

    [TearDown]
    public async Task CloseAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }

    [Test]
    public async Task Read_ImagesByEitherTag_GivesThoseOfTheGroups()
    {
        var ours = await MotoImages.BakeAsync(Cloud, "www", 1);
        var packers = await MotoImages.BakeAsync(Cloud, "www", 2, BakerTags.UserGroup);
        await MotoImages.BakeAsync(Cloud, "bee", 1);

        var region = await MotoImages.CatalogAsync(_session, "www");

        Assert.That(region.Images.Select(image => image.Id), Is.EquivalentTo(new[] { ours, packers }));
        Assert.That(region.Images.SelectMany(image => image.SnapshotIds), Has.Exactly(2).Items);
        Assert.That(region.Orphans, Is.Empty);
    }

    [Test]
    public async Task Read_ManyGroups_TakesTheSameCalls()
    {
        foreach (var group in new[] { "a", "b", "c", "d" })
        {
            await MotoImages.BakeAsync(Cloud, group, 1);
        }

        await MotoImages.CatalogAsync(_session, "a", "b", "c", "d");

        Assert.That(_session.Pacer.Calls.Values.Sum(), Is.LessThanOrEqualTo(9));
    }

    [Test]
    public async Task Users_InstanceInAnyStateButTerminated_Count()
    {
        var image = await MotoImages.BakeAsync(Cloud, "www", 1);
        var running = await MotoImages.LaunchAsync(Cloud, image);
        var stopped = await MotoImages.LaunchAsync(Cloud, image);
        var gone = await MotoImages.LaunchAsync(Cloud, image);
        await Cloud.EC2.StopInstancesAsync(new StopInstancesRequest { InstanceIds = [stopped] });
        await Cloud.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [gone] });

        var region = await MotoImages.CatalogAsync(_session, "www");

        Assert.That(region.Users.Of(image).Select(user => user.Name), Is.EquivalentTo(new[] { running, stopped }));
    }

    [Test]
    public async Task Users_OldVersionOfALaunchTemplate_Counts()
    {
        var images = new List<string>();
        for (var number = 1; number <= 3; number++)
        {
            images.Add(await MotoImages.BakeAsync(Cloud, "www", number));
        }

        var template = await Cloud.EC2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest { LaunchTemplateName = "fleet", LaunchTemplateData = Launch(images[0]) });
        foreach (var image in images.Skip(1))
        {
            await Cloud.EC2.CreateLaunchTemplateVersionAsync(new CreateLaunchTemplateVersionRequest { LaunchTemplateId = template.LaunchTemplate.LaunchTemplateId, LaunchTemplateData = Launch(image) });
        }

        var region = await MotoImages.CatalogAsync(_session, "www");

        Assert.That(images.Select(image => region.Users.Of(image).Single().ToString()), Is.EqualTo(new[]
        {
            "launch template fleet (version 1)", "launch template fleet (version 2)", "launch template fleet (version 3)",
        }));
    }

    [Test]
    public async Task Users_GroupOnATemplateAndAConfiguration_AreNamed()
    {
        var byTemplate = await MotoImages.BakeAsync(Cloud, "www", 1);
        var byConfiguration = await MotoImages.BakeAsync(Cloud, "www", 2);
        await Cloud.EC2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest { LaunchTemplateName = "fleet", LaunchTemplateData = Launch(byTemplate) });
        await Cloud.AutoScaling.CreateAutoScalingGroupAsync(new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = "new-style",
            LaunchTemplate = new Amazon.AutoScaling.Model.LaunchTemplateSpecification { LaunchTemplateName = "fleet", Version = "$Default" },
            MinSize = 0,
            MaxSize = 0,
            AvailabilityZones = ["us-east-1a"],
        });
        await Cloud.AutoScaling.CreateLaunchConfigurationAsync(new CreateLaunchConfigurationRequest { LaunchConfigurationName = "old", ImageId = byConfiguration, InstanceType = "t3.micro" });
        await Cloud.AutoScaling.CreateAutoScalingGroupAsync(new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = "old-style",
            LaunchConfigurationName = "old",
            MinSize = 0,
            MaxSize = 0,
            AvailabilityZones = ["us-east-1a"],
        });

        var region = await MotoImages.CatalogAsync(_session, "www");

        Assert.That(region.Users.Of(byTemplate).Select(user => user.ToString()), Is.EquivalentTo(new[] { "launch template fleet (version 1)", "Auto Scaling group new-style" }));
        Assert.That(region.Users.Of(byConfiguration).Select(user => user.ToString()), Is.EquivalentTo(new[] { "launch configuration old", "Auto Scaling group old-style" }));
    }

    [Test]
    public async Task Users_TemplateThatNamesAParameter_AreFoundThroughIt()
    {
        var image = await MotoImages.BakeAsync(Cloud, "www", 1);
        await Cloud.SSM.PutParameterAsync(new Amazon.SimpleSystemsManagement.Model.PutParameterRequest { Name = "/images/www", Value = image, Type = "String" });
        await Cloud.EC2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest { LaunchTemplateName = "fleet", LaunchTemplateData = Launch("resolve:ssm:/images/www") });

        var region = await MotoImages.CatalogAsync(_session, "www");

        Assert.That(region.Users.Of(image).Single().Name, Is.EqualTo("fleet"));
    }

    [Test]
    public async Task Apply_CleanPlan_LeavesTheNewestAndNoOtherSnapshot()
    {
        for (var number = 1; number <= 3; number++)
        {
            await MotoImages.BakeAsync(Cloud, "www", number);
        }

        var before = await MotoImages.CatalogAsync(_session, "www");
        var plan = CleanPlanner.Plan([before], _ => new Retention(1), TimeProvider.System.GetUtcNow());
        var done = new List<RemovalStep>();
        var remaining = await RemoveAsync(plan, step => done.Add(step));

        var after = await MotoImages.CatalogAsync(_session, "www");
        var snapshots = await Cloud.EC2.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { Filters = [new Amazon.EC2.Model.Filter { Name = "tag:baker:group", Values = ["www"] }] });
        Assert.That(remaining, Is.Empty);
        Assert.That(done, Is.EquivalentTo(plan.Steps));
        Assert.That(after.Images.Single().Id, Is.EqualTo(before.Images[0].Id));
        Assert.That(snapshots.Snapshots.Select(snapshot => snapshot.SnapshotId), Is.EqualTo(after.Images.Single().SnapshotIds));
    }

    [Test]
    public async Task Read_SnapshotWithoutItsImage_IsAnOrphanAndRemoved()
    {
        var image = await MotoImages.BakeAsync(Cloud, "www", 1);
        await Cloud.EC2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = image });

        var plan = CleanPlanner.Plan([await MotoImages.CatalogAsync(_session, "www")], _ => new Retention(10), TimeProvider.System.GetUtcNow());
        var remaining = await RemoveAsync(plan);

        Assert.That(plan.Steps.Single(), Is.InstanceOf<RemovalStep.RemoveSnapshot>());
        Assert.That(remaining, Is.Empty);
        Assert.That((await MotoImages.CatalogAsync(_session, "www")).Orphans, Is.Empty);
    }

    [Test]
    public async Task Apply_ImageThatIsGoneAlready_IsDone()
    {
        await MotoImages.BakeAsync(Cloud, "www", 1);
        var plan = CleanPlanner.Plan([await MotoImages.CatalogAsync(_session, "www")], _ => new Retention(0), TimeProvider.System.GetUtcNow());

        await RemoveAsync(plan);
        var again = await RemoveAsync(plan);

        Assert.That(again, Is.Empty);
    }

    private static RequestLaunchTemplateData Launch(string image) => new() { ImageId = image, InstanceType = InstanceType.T3Micro };

    private async Task<ImmutableArray<Remaining>> RemoveAsync(RemovalPlan plan, Action<RemovalStep>? done = null)
    {
        var removal = new RemovalOperation(_session, plan.Steps, region => ContentsStore.Of(region, TestContext.CurrentContext.WorkDirectory, new Settings()));
        (await new ChangeEngine(new StepWatcher(done: step => done?.Invoke((RemovalStep)step)), TimeProvider.System).RunAsync(removal, CancellationToken.None)).ThrowIfFailed();
        return removal.Remaining;
    }
}
