using Amazon.EC2.Model;
using Baker.LocalCloud.Tests.Interop;

namespace Baker.LocalCloud.Tests.Sandboxes;

/// <summary>The sshd of an instance, logged in to with OpenSSH's own client.</summary>
public sealed class SshServerTests
{
    [Test]
    public async Task Instance_LaunchedWithAKeyPair_LetsItsDefaultUserInAndPrintsItsHostKeys()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var key = cloud.Folder["operator"];
        Directory.CreateDirectory(Path.GetDirectoryName(key)!);
        await OfHostAsync(cloud, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key);
        await cloud.EC2.ImportKeyPairAsync(new ImportKeyPairRequest { KeyName = "operator", PublicKeyMaterial = File.ReadAllText(key + ".pub") });
        var launched = await cloud.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = TestCloud.BaseImageId, MinCount = 1, MaxCount = 1, KeyName = "operator" });
        await cloud.EC2.DeleteKeyPairAsync(new DeleteKeyPairRequest { KeyName = "operator" });
        var id = launched.Reservation.Instances[0].InstanceId;

        var server = (await ServerAsync(cloud, id)).Split(':');
        var console = Text(await cloud.EC2.GetConsoleOutputAsync(new GetConsoleOutputRequest { InstanceId = id }));
        var printed = console.Split('\n').SkipWhile(line => !line.Contains("BEGIN SSH HOST KEY KEYS", StringComparison.Ordinal)).ElementAt(1);
        await File.WriteAllTextAsync(cloud.Folder["known"], $"[{server[0]}]:{server[1]} {printed}\n{server[0]} {printed}\n");
        string[] options = ["-i", key, "-p", server[1], "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", $"UserKnownHostsFile={cloud.Folder["known"]}"];

        var said = await OfHostAsync(cloud, "ssh", [.. options, $"ubuntu@{server[0]}", "echo $HOME; hostname -i; cat .ssh/authorized_keys"]);
        var (_, asRoot, _) = await Peer.TryAsync("ssh", cloud, [.. options, "-o", "ConnectTimeout=5", $"root@{server[0]}", "id"]);

        Assert.That(said, Does.StartWith($"/home/ubuntu\n{launched.Reservation.Instances[0].PrivateIpAddress}\nssh-ed25519 ").And.EndsWith(" operator\n"));
        Assert.That(asRoot, Does.StartWith("Please login as the user \"ubuntu\""));
    }

    [Test]
    public async Task Instance_OfAnImage_HasHostKeysOfItsOwn()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var first = (await cloud.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = TestCloud.BaseImageId, MinCount = 1, MaxCount = 1 })).Reservation.Instances[0].InstanceId;
        await ServerAsync(cloud, first);
        var image = (await cloud.EC2.CreateImageAsync(new CreateImageRequest { InstanceId = first, Name = "copy" })).ImageId;
        await Wait.UntilAsync(async () => (await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [image] })).Images[0].State == "available", "the image");
        var second = (await cloud.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = image, MinCount = 1, MaxCount = 1 })).Reservation.Instances[0].InstanceId;
        await ServerAsync(cloud, second);

        var keys = new List<string>();
        foreach (var id in new[] { first, second })
        {
            var console = Text(await cloud.EC2.GetConsoleOutputAsync(new GetConsoleOutputRequest { InstanceId = id }));
            keys.Add(console.Split('\n').Last(line => line.StartsWith("ssh-ed25519 ", StringComparison.Ordinal)).Split(' ')[1]);
        }

        Assert.That(keys, Is.Unique);
    }

    private static string Text(GetConsoleOutputResponse answer) => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(answer.Output));

    private static async Task<string> ServerAsync(TestCloud cloud, string instance)
    {
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        var said = "";
        await Wait.UntilAsync(
            async () =>
            {
                using var reply = await client.GetAsync(new Uri($"http://local.invalid/_baker/ssh/{instance}"));
                said = (await reply.Content.ReadAsStringAsync()).Trim();
                return reply.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable;
            },
            "sshd");
        if (!said.Contains(':', StringComparison.Ordinal) || said.Contains(' ', StringComparison.Ordinal))
        {
            Peers.Missing(said);
        }

        return said;
    }

    private static Task<string> OfHostAsync(TestCloud cloud, string program, params string[] arguments) =>
        Peer.RunAsync(program, cloud, arguments);
}
