using Amazon.EC2.Model;

namespace Baker.LocalCloud.Tests.Compute;

/// <summary>The life of an image, on real sandboxes.</summary>
public sealed class BakeTests
{
    [Test]
    public async Task Image_OfAnInstance_HoldsWhatItsScriptsWrote()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var builder = await cloud.LaunchAsync(userData: "#!/bin/sh\necho hello > /var/greeting\n");
        await cloud.UntilStateAsync(builder, "running");
        await cloud.UntilOnlineAsync(builder);
        await cloud.UntilBootedAsync(builder);
        var result = await cloud.RunAsync(builder, "set -e", "cat /var/greeting", "echo page > /srv/index.html", "useradd --system web", "hostname -i");
        Assert.That(result.Status.Value, Is.EqualTo("Success"), result.StandardErrorContent);
        Assert.That(result.StandardOutputContent, Does.Match(@"^hello\n127\.[0-9.]+\n$"));

        await cloud.EC2.StopInstancesAsync(new StopInstancesRequest { InstanceIds = [builder] });
        await cloud.UntilStateAsync(builder, "stopped");
        var image = await cloud.BakeAsync(builder, "www one");
        Assert.That(image.State.Value, Is.EqualTo("available"));
        await cloud.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [builder] });
        await cloud.UntilStateAsync(builder, "terminated");

        var server = await cloud.LaunchAsync(image.ImageId, "#!/bin/sh\ncat /srv/index.html\nid web\n");
        await cloud.UntilOnlineAsync(server);
        Assert.That((await cloud.RunAsync(server, "cat /srv/index.html && exit 7")) is { ResponseCode: 7, StandardOutputContent: "page\n" });
        Assert.That(await cloud.UntilBootedAsync(server), Does.Contain("page\n").And.Contain("(web)"));
    }

    [Test]
    public async Task CreateImage_OfARunningInstance_RebootsItUnlessTold()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        await cloud.RunAsync(id, "echo a > /root/a; touch /tmp/scratch; sleep 600 > /dev/null 2>&1 &");
        var image = await cloud.BakeAsync(id, "while it runs", noReboot: true);
        Assert.That(image.State.Value, Is.EqualTo("available"));
        Assert.That((await cloud.RunAsync(id, "pgrep -x sleep -a | grep -c 600")).StandardOutputContent, Is.EqualTo("1\n"));

        await cloud.BakeAsync(id, "rebooted");
        await cloud.UntilOnlineAsync(id);
        Assert.That((await cloud.FindAsync(id)).State.Name.Value, Is.EqualTo("running"));
        Assert.That((await cloud.RunAsync(id, "cat /root/a; pgrep -x sleep -a | grep -c 600")).StandardOutputContent, Is.EqualTo("a\n0\n"));
    }

    [Test]
    public async Task Process_ThatClosesTheCloud_LeavesInstancesRunningForTheNext()
    {
        var folder = new TemporaryFolder();
        string id;
        await using (var cloud = await TestCloud.OpenAsync(execute: true, folder: folder))
        {
            id = await cloud.LaunchAsync();
            await cloud.UntilOnlineAsync(id);
            await cloud.RunAsync(id, "echo one > /root/note");
        }

        await using (var cloud = await TestCloud.OpenAsync(execute: true, folder: folder))
        {
            Assert.That((await cloud.RunAsync(id, "cat /root/note")).StandardOutputContent, Is.EqualTo("one\n"));
            await cloud.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [id] });
        }

        Assert.That(Directory.Exists(folder[$"project/.package/instances/{id}"]), Is.False, "a termination is carried out before the process ends");
        await TestCloud.RemoveAsync(folder, TestCloud.Options(folder, true, "", 0));
    }

    [Test]
    public async Task Sandbox_ThatEndsByItself_LeavesAStoppedInstance()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        await cloud.SSM.SendCommandAsync(new() { DocumentName = "AWS-RunShellScript", InstanceIds = [id], Parameters = new() { ["commands"] = ["kill -TERM 1"] } });
        await cloud.UntilStateAsync(id, "stopped");
        Assert.That((await cloud.FindAsync(id)).StateReason.Code, Is.EqualTo("Client.InstanceInitiatedShutdown"));
        await cloud.EC2.StartInstancesAsync(new StartInstancesRequest { InstanceIds = [id] });
        await cloud.UntilOnlineAsync(id);
    }
}
