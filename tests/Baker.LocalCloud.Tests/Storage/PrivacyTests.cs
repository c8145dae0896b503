using System.Runtime.Versioning;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;

namespace Baker.LocalCloud.Tests.Storage;

/// <summary>The state lies there in clear: only its owner may read it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PrivacyTests
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    [Test]
    [Platform(Exclude = "Win")]
    public async Task Folder_ThatWasOpenToAll_IsClosedWithItsFiles()
    {
        await using var folder = new TemporaryFolder();
        var state = folder["project/.package"];
        Directory.CreateDirectory(state);
        File.WriteAllText(Path.Combine(state, "state.jsonl"), "");
        await using (var cloud = await TestCloud.OpenAsync(folder: folder))
        {
            await cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "secret", Value = "s3cret", Type = ParameterType.SecureString });
            await cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "open", Value = "0pen", Type = ParameterType.String });
        }

        Assert.That(File.ReadAllText(Path.Combine(state, "state.jsonl")), Does.Contain("0pen").And.Not.Contain("s3cret"), "or there would be nothing to protect");
        Assert.That(OpenToOthers(state), Is.Empty);
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task Scripts_OfAnInstance_AreForTheOwnerAlone()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var request = new RunInstancesRequest { ImageId = TestCloud.BaseImageId, InstanceType = Amazon.EC2.InstanceType.M1Large, MinCount = 1, MaxCount = 1, UserData = Convert.ToBase64String("#!/bin/sh\n"u8) };
        var id = (await cloud.EC2.RunInstancesAsync(request)).Reservation.Instances[0].InstanceId;
        await cloud.UntilOnlineAsync(id);
        await cloud.RunAsync(id, "true");
        var instance = Path.Combine(cloud.Folder["project/.package"], "instances", id);
        var script = Directory.GetFiles(Path.Combine(instance, "commands"), "script", SearchOption.AllDirectories).Single();
        Assert.That(new[] { script, Path.Combine(instance, "user-data") }.Where(path => (File.GetUnixFileMode(path) & Others) != 0), Is.Empty);
    }

    private static IEnumerable<string> OpenToOthers(string folder) =>
        Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder).Where(path => (File.GetUnixFileMode(path) & Others) != 0);
}
