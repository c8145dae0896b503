using System.Security.Cryptography;
using Baker.Cloud.Instances;
using Baker.Cloud.Tests.Fleets;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Tests.Instances;

/// <summary>Single instances and deploys on a cloud that nobody here wrote, as far as it goes: its commands run nothing and always succeed.</summary>
internal sealed class MotoInstanceTests
{
    private FleetStage _stage = null!;

    [SetUp]
    public async Task OpenAsync() => _stage = await MotoStage.OpenAsync();

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Create_KeyIsNew_ImportsItAndLaunchesATaggedInstance()
    {
        using var rsa = RSA.Create(2048);
        var key = SshKey.Read(rsa.ExportRSAPrivateKeyPem(), "ops.pem");
        var keys = new KeyPairs(_stage.Clients, _stage.Pacer);
        Assert.That(await keys.IsMissingAsync("ops", key, CancellationToken.None), Is.True);

        await keys.ImportAsync("ops", key, CancellationToken.None);
        var id = await new InstanceFactory(_stage.Context()).LaunchAsync(FleetStage.Target().Group, _stage.Image1, "debug", "ops", "us-east-1a", "run-1", [], CancellationToken.None);

        Assert.That(await keys.IsMissingAsync("ops", key, CancellationToken.None), Is.False);
        var node = (await new InstanceReader(_stage.Context()).ReadAsync([FleetStage.Group], CancellationToken.None)).Single();
        Assert.That((node.Id, node.Group, node.Name, node.Zone, node.Image, node.Key, node.Fleet), Is.EqualTo((id, "www", "debug", "us-east-1a", _stage.Image1, "ops", (string?)null)));
    }

    [Test]
    public async Task Create_PairOfAnotherKey_IsRefused()
    {
        using var one = RSA.Create(2048);
        using var two = RSA.Create(2048);
        var keys = new KeyPairs(_stage.Clients, _stage.Pacer);
        await keys.ImportAsync("ops", SshKey.Read(one.ExportRSAPrivateKeyPem(), "ops.pem"), CancellationToken.None);

        var error = await Assert.ThrowsAsync<BakerException>(() => keys.IsMissingAsync("ops", SshKey.Read(two.ExportRSAPrivateKeyPem(), "ops.pem"), CancellationToken.None));

        Assert.That(error!.Message, Does.Contain("made from another key"));
    }

    [Test]
    public async Task Deploy_Drained_EndsAsItBegan()
    {
        await _stage.RunAsync();

        var ids = (await _stage.OneAsync()).Instances.ConvertAll(instance => instance.InstanceId);
        var report = await _stage.DeployAsync(new DeployOptions(1, Drains: true));

        // moto sends a command for some ids to every instance that it has.
        var results = report.Results.Where(result => ids.Contains(result.Instance)).Select(result => (result.Instance, result.Status));
        Assert.That(results, Is.EquivalentTo(ids.Select(id => (id, "Success"))));
        Assert.That(report.StillOut, Is.Empty);
        await _stage.AssertRestedAsync(2, 2);
    }

    [Test]
    public async Task Deploy_NotDrained_ReachesTheNodesByTheirTags()
    {
        await _stage.RunAsync();

        var report = await _stage.DeployAsync(new DeployOptions(10));

        var ids = (await _stage.OneAsync()).Instances.Select(instance => instance.InstanceId);
        Assert.That(report.Results.Select(result => (result.Instance, result.Status)), Is.EquivalentTo(ids.Select(id => (id, "Success"))));
    }
}
