using Amazon.EC2;
using Amazon.EC2.Model;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Launch templates and what their versions mean.</summary>
internal sealed class LaunchTemplateTests
{
    [Test]
    public async Task Version_WithoutASource_InheritsNothing()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var id = await cloud.TemplateAsync();

        await cloud.EC2.CreateLaunchTemplateVersionAsync(new() { LaunchTemplateId = id, LaunchTemplateData = new() { InstanceType = "t3.micro" } });
        await cloud.EC2.CreateLaunchTemplateVersionAsync(new() { LaunchTemplateId = id, SourceVersion = "1", LaunchTemplateData = new() { InstanceType = "t3.micro" } });

        var versions = (await cloud.EC2.DescribeLaunchTemplateVersionsAsync(new() { LaunchTemplateId = id })).LaunchTemplateVersions;
        Assert.That(versions.Select(each => (each.VersionNumber, each.LaunchTemplateData.ImageId, each.DefaultVersion)), Is.EqualTo(new[]
        {
            ((long?)3, TestCloud.BaseImageId, (bool?)false), (2, null!, false), (1, TestCloud.BaseImageId, true),
        }));
    }

    [Test]
    public async Task Version_LeftOut_IsTheDefaultOne()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var id = await cloud.TemplateAsync();
        await cloud.EC2.CreateLaunchTemplateVersionAsync(new() { LaunchTemplateId = id, SourceVersion = "1", LaunchTemplateData = new() { InstanceType = "t3.micro" } });

        async Task<string> TypeAsync(string? version) => (await cloud.EC2.RunInstancesAsync(new RunInstancesRequest
        {
            LaunchTemplate = new() { LaunchTemplateId = id, Version = version },
            MinCount = 1,
            MaxCount = 1,
        })).Reservation.Instances[0].InstanceType.Value;

        Assert.That((await TypeAsync(null), await TypeAsync("$Latest"), await TypeAsync("2")), Is.EqualTo(("m1.large", "t3.micro", "t3.micro")));
        await cloud.EC2.ModifyLaunchTemplateAsync(new() { LaunchTemplateId = id, DefaultVersion = "2" });
        Assert.That(await TypeAsync(null), Is.EqualTo("t3.micro"));
    }

    [Test]
    public async Task DryRun_ChangesNothing()
    {
        await using var cloud = await FleetCloud.OpenAsync();

        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => cloud.EC2.CreateLaunchTemplateAsync(new() { LaunchTemplateName = "web", LaunchTemplateData = FleetCloud.Data(), DryRun = true }));

        Assert.That(error!.ErrorCode, Is.EqualTo("DryRunOperation"));
        Assert.That((await cloud.EC2.DescribeLaunchTemplatesAsync(new())).LaunchTemplates, Is.Null.Or.Empty);
    }

    [TestCase("nothing", "InvalidLaunchTemplateName.NotFoundException")]
    public async Task Name_ThatIsUnknown_IsNotFound(string name, string code)
    {
        await using var cloud = await FleetCloud.OpenAsync();

        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => cloud.EC2.DescribeLaunchTemplateVersionsAsync(new() { LaunchTemplateName = name }));

        Assert.That(error!.ErrorCode, Is.EqualTo(code));
    }

    [Test]
    public async Task Name_Twice_IsRefused_UnlessTheTokenIsTheSame()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var request = new CreateLaunchTemplateRequest { LaunchTemplateName = "web", LaunchTemplateData = FleetCloud.Data(), ClientToken = "once" };

        var first = await cloud.EC2.CreateLaunchTemplateAsync(request);
        var again = await cloud.EC2.CreateLaunchTemplateAsync(request);
        request.ClientToken = "twice";
        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => cloud.EC2.CreateLaunchTemplateAsync(request));

        Assert.That(again.LaunchTemplate.LaunchTemplateId, Is.EqualTo(first.LaunchTemplate.LaunchTemplateId));
        Assert.That(error!.ErrorCode, Is.EqualTo("InvalidLaunchTemplateName.AlreadyExistsException"));
    }

    [Test]
    public async Task DefaultVersion_IsNotDeleted()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var id = await cloud.TemplateAsync();

        var answer = await cloud.EC2.DeleteLaunchTemplateVersionsAsync(new() { LaunchTemplateId = id, Versions = ["1", "7"] });

        Assert.That(answer.UnsuccessfullyDeletedLaunchTemplateVersions.Select(each => each.ResponseError.Code.Value), Is.EqualTo(new[] { "operationNotPermitted", "launchTemplateVersionDoesNotExist" }));
    }
}
