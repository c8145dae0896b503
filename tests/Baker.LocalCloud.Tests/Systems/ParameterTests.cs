using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;

namespace Baker.LocalCloud.Tests.Systems;

public sealed class ParameterTests
{
    [Test]
    public async Task Parameter_IsCreatedOnce_AndOverwrittenInVersions()
    {
        await using var cloud = await TestCloud.OpenAsync();
        Task<PutParameterResponse> Put(string value, bool overwrite) => cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "/baker/lock", Value = value, Type = ParameterType.String, Overwrite = overwrite });
        Assert.That((await Put("a", false)).Version, Is.EqualTo(1));
        Assert.That(await Errors.CodeOfAsync(() => Put("b", false)), Is.EqualTo("ParameterAlreadyExists"));
        Assert.That((await Put("c", true)).Version, Is.EqualTo(2));
        Assert.That((await cloud.SSM.GetParameterAsync(new GetParameterRequest { Name = "/baker/lock" })).Parameter.Value, Is.EqualTo("c"));
        Assert.That((await cloud.SSM.GetParameterAsync(new GetParameterRequest { Name = "/baker/lock:1" })).Parameter.Value, Is.EqualTo("a"));
        await cloud.SSM.DeleteParameterAsync(new DeleteParameterRequest { Name = "/baker/lock" });
        Assert.That(await Errors.CodeOfAsync(() => cloud.SSM.GetParameterAsync(new GetParameterRequest { Name = "/baker/lock" })), Is.EqualTo("ParameterNotFound"));
    }

    [Test]
    public async Task Secret_IsToldOnlyWhenDecrypted()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "secret", Value = "s3cret", Type = ParameterType.SecureString });
        Assert.That((await cloud.SSM.GetParameterAsync(new GetParameterRequest { Name = "secret" })).Parameter.Value, Does.Not.Contain("s3cret"));
        Assert.That((await cloud.SSM.GetParameterAsync(new GetParameterRequest { Name = "secret", WithDecryption = true })).Parameter.Value, Is.EqualTo("s3cret"));
    }

    [Test]
    public async Task Values_LargerThanTheirTier_AreRefused()
    {
        await using var cloud = await TestCloud.OpenAsync();
        Task Put(int size, ParameterTier? tier) => cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "big", Value = new string('x', size), Type = ParameterType.String, Tier = tier, Overwrite = true });
        Assert.That(await Errors.CodeOfAsync(() => Put(4097, null)), Is.EqualTo("ValidationException"));
        Assert.That(await Errors.CodeOfAsync(() => Put(8192, ParameterTier.Advanced)), Is.EqualTo("none"));
        Assert.That(await Errors.CodeOfAsync(() => Put(10, ParameterTier.Standard)), Is.EqualTo("ValidationException"));
    }
}
