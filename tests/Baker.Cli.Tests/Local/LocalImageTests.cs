using Baker.Cli.Tests.Bakes;
using Baker.Core;

namespace Baker.Cli.Tests.Local;

/// <summary><c>local:image</c>: base images with a root file system of their own.</summary>
internal sealed class LocalImageTests
{
    private BakeStage _stage = null!;

    [SetUp]
    public void SetStage() => _stage = new BakeStage(""" "www": {"description": "the web", "provision": ["scripts/www.sh"]} """);

    [TearDown]
    public void Strike() => _stage.Dispose();

    /// <summary>A distribution of one file: busybox, under the names of its tools.</summary>
    [Test]
    public async Task Add_ATarball_ItsInstancesHaveNothingOfTheHost()
    {
        await Sandboxes.RequireAsync();
        await PackAsync();
        _stage.Project.Write("scripts/www.sh", "cat /etc/os-release; ls /usr/share 2>&1; [ ! -e /var/lib/dpkg ] && echo 'no packages of the host'; echo baked > /etc/baked\n");

        var added = await _stage.Project.RunAsync("local:image", "add", "ami-1ebb2077", "root.tar.gz");
        var listed = await _stage.Project.RunAsync("local:image", "list");
        var baked = await _stage.Project.RunAsync("packer:run");
        var image = (await _stage.ImagesAsync()).Single();
        var used = await _stage.Project.RunAsync("local:image", "remove", "ami-1ebb2077");

        Assert.That(added.Code, Is.EqualTo(ExitCode.Done), added.Error);
        Assert.That(listed.Out, Does.Match("ami-1ebb2077 +.*root.tar.gz; source_ami in us-east-1"));
        Assert.That(baked.Code, Is.EqualTo(ExitCode.Done), baked.Error + baked.Out);
        Assert.That(_stage.Project.Read(".package/logs/www.log"), Does.Contain("ID=tiny").And.Contain("no packages of the host"));
        Assert.That(await _stage.RunOnImageAsync(image, "cat /etc/baked /etc/os-release"), Is.EqualTo("baked\nID=tiny\n"));
        Assert.That(used.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(used.Error, Does.Contain("ami-1ebb2077 is in use by snap-"));
    }

    /// <summary>The number of a disk of the host, say, in somebody's tarball: root's instance could read and write all of it.</summary>
    [Test]
    public async Task Add_ATarballWithADevice_NoInstanceOpensIt()
    {
        await Sandboxes.RequireAsync();
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("only root makes devices");
        }

        await PackAsync("mkdir opt && mknod opt/device c 1 5 && ");
        _stage.Project.Write("scripts/www.sh", "ls -l /opt/device; head -c 8 /opt/device | wc -c; head -c 8 /dev/zero | wc -c\n");

        var added = await _stage.Project.RunAsync("local:image", "add", "ami-1ebb2077", "root.tar.gz");
        var baked = await _stage.Project.RunAsync("packer:run");

        Assert.That((added.Code, baked.Code), Is.EqualTo((ExitCode.Done, ExitCode.Done)), added.Error + baked.Error);
        Assert.That(_stage.Project.Read(".package/logs/www.log"), Does.Match("crw.*\n(?s:.*)Permission denied(?s:.*)\n0\n8\n"));
    }

    [Test]
    public async Task Add_WhatIsNoRoot_LeavesNothing()
    {
        _stage.Project.Write("root.tar", "not a tarball");
        foreach (var (words, code, said) in new[]
        {
            (new[] { "ami-1ebb2077", "root.tar" }, ExitCode.CloudFailed, "root.tar: "),
            (["ami-1ebb2077", "other.tar"], ExitCode.BadInput, "There is no file other.tar."),
            (["web", "root.tar"], ExitCode.BadInput, "web is no id of an image."),
            (["ami-1ebb2077"], ExitCode.BadInput, "one of the two"),
        })
        {
            var run = await _stage.Project.RunAsync(["local:image", "add", .. words]);
            Assert.That(run.Error, Does.Contain(said));
            Assert.That(run.Code, Is.EqualTo(code), run.Error);
        }

        Assert.That((await _stage.Project.RunAsync("local:image", "list")).Out, Does.Match("ami-1ebb2077 +this host; source_ami"));
        Assert.That(Directory.Exists(_stage.Project.PathOf(".package/images")) ? Directory.GetFileSystemEntries(_stage.Project.PathOf(".package/images")) : [], Is.Empty);
        Assert.That((await _stage.Project.RunAsync("local:image", "remove", "ami-1ebb2077")).Error, Does.Contain("nothing to remove"));
    }

    private async Task PackAsync(string more = "")
    {
        Peers.Require("busybox");
        var pack = $$"""
            mkdir -p root/bin root/etc && cp "$(command -v busybox)" root/bin/ && cd root &&
            for tool in $(./bin/busybox --list); do ln -s busybox "bin/$tool"; done &&
            echo ID=tiny > etc/os-release && echo root:x:0:0::/root:/bin/sh > etc/passwd && echo root:x:0: > etc/group &&
            {{more}}tar -czf ../root.tar.gz .
            """;
        var packed = await ProcessRun.RunAsync(new("sh", ["-c", pack]) { WorkingDirectory = _stage.Project.Folder });
        Assert.That(packed.Code, Is.EqualTo(0), packed.Error);
    }
}
