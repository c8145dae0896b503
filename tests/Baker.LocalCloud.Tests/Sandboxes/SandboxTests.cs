using System.Text;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Tests.Sandboxes;

public sealed class SandboxTests
{
    private static readonly CancellationToken s_stop = CancellationToken.None;

    [Test]
    public async Task Instance_RunningUserDataAndCommands_SeesItsOwnRootAndLeavesTheHostAlone()
    {
        await using var folder = new TemporaryFolder();
        var host = await HostOrSkipAsync(folder.Path);
        var marker = "baker-test-" + Path.GetFileName(folder.Path);
        var spec = Spec("i-0000000000000000a", $"#!/bin/sh\necho from-user-data $(hostname -i)\ntouch /etc/{marker} /usr/bin/{marker} /{marker} /root/{marker} /tmp/{marker}\n(sleep 300 &)\n");
        var process = await host.BootAsync(spec, null, s_stop);
        try
        {
            await Wait.UntilAsync(() => Task.FromResult(host.ConsoleOf(spec.InstanceId)?.Contains("boot finished", StringComparison.Ordinal) == true));
            Assert.That(host.ConsoleOf(spec.InstanceId), Does.Contain("from-user-data 127.77.0.9"));

            var (code, output) = await RunAsync(host, spec, process, "c-1", $"pwd; hostname; ls -d /etc/{marker} /{marker}; ps ax | grep -c 'sleep 300$'; ls {folder.Path} 2>&1; echo 0 > /proc/sys/kernel/printk; env; exit 3", "/srv/app");
            Assert.Multiple(() =>
            {
                Assert.That(code, Is.EqualTo(3));
                Assert.That(output, Does.Contain("/srv/app\nip-127-77-0-9\n").And.Contain($"/{marker}\n/etc/{marker}\n1\n"));
                Assert.That(output, Does.Contain("No such file or directory"), "the state folder is not visible inside");
                Assert.That(output, Does.Not.Contain("DOTNET"));
                Assert.That(
                    output.Split('\n').Where(line => line.StartsWith("AWS_", StringComparison.Ordinal)),
                    Is.EquivalentTo(InstanceEndpoint.Variables(new SandboxFolders(folder.Path).State)));
                Assert.That(new[] { $"/etc/{marker}", $"/usr/bin/{marker}", $"/{marker}", $"/root/{marker}", $"/tmp/{marker}" }.Where(File.Exists), Is.Empty);
            });
        }
        finally
        {
            await SandboxHost.StopAsync(process, force: false, s_stop);
        }

        Assert.That(process.IsAlive, Is.False);
        Assert.That(File.ReadAllText("/proc/self/mounts"), Does.Not.Contain(folder.Path));
    }

    [Test]
    public async Task Instance_FromASnapshot_SeesWhatTheFirstOneWroteAndRemoved()
    {
        await using var folder = new TemporaryFolder();
        var host = await HostOrSkipAsync(folder.Path);
        var first = Spec("i-0000000000000000b", "");
        var process = await host.BootAsync(first, null, s_stop);
        var (code, output) = await RunAsync(host, first, process, "c-1", "set -e; mkdir -p /etc/made /var/www /app; echo hello > /var/www/index; rm /usr/bin/yes; rm -r /etc/skel; chown nobody /app; echo t > /tmp/gone", "");
        await SandboxHost.StopAsync(process, force: false, s_stop);
        Assert.That(code, Is.EqualTo(0), output);
        await host.CaptureAsync(first.InstanceId, "snap-1", s_stop);
        await host.RemoveInstanceAsync(first.InstanceId, s_stop);

        var second = Spec("i-0000000000000000c", "#!/bin/sh\ncat /var/www/index\n") with { Address = "127.77.0.10" };
        process = await host.BootAsync(second, "snap-1", s_stop);
        (code, output) = await RunAsync(host, second, process, "c-1", "cat /var/www/index; ls -d /etc/made /etc/skel /usr/bin/yes /tmp/gone; stat -c %U /app; hostname -i", "");
        await SandboxHost.StopAsync(process, force: true, s_stop);
        Assert.That(output, Does.StartWith("hello\n/etc/made\n").And.Contain("nobody\n127.77.0.10"));
        foreach (var gone in new[] { "/etc/skel", "/usr/bin/yes", "/tmp/gone" })
        {
            Assert.That(output, Does.Match($"cannot access '{gone}'"));
        }

        Assert.That(File.Exists("/usr/bin/yes") && Directory.Exists("/etc/skel"));
    }

    [Test]
    public async Task Sandbox_WhoseStarterIsGone_IsAdopted()
    {
        await using var folder = new TemporaryFolder();
        var host = await HostOrSkipAsync(folder.Path);
        var spec = Spec("i-0000000000000000d", "");
        var process = await host.BootAsync(spec, null, s_stop);
        var other = await HostOrSkipAsync(folder.Path);
        Assert.That(other.Adopt(spec.InstanceId), Is.EqualTo(process));
        Assert.That(await other.BootAsync(spec, null, s_stop), Is.EqualTo(process));
        await SandboxHost.StopAsync(process, force: true, s_stop);
        Assert.That(other.Adopt(spec.InstanceId), Is.Null);
    }

    [Test]
    public async Task Instance_ToldToStopAsSoonAsItIsThere_Hears()
    {
        await using var folder = new TemporaryFolder();
        var host = await HostOrSkipAsync(folder.Path);
        var spec = Spec("i-0000000000000000e", "");
        await SandboxHost.StopAsync(await host.BootAsync(spec, null, s_stop), force: false, s_stop);
        Assert.That(host.ConsoleOf(spec.InstanceId), Does.Contain($"instance {spec.InstanceId}: stopping"));
    }

    [TestCase("../instances/i-1")]
    [TestCase("i-1/../../x")]
    [TestCase("i-0000000000000000f")]
    public async Task Shell_OfWhatIsNoRunningInstance_IsNone(string id)
    {
        await using var folder = new TemporaryFolder();
        Assert.That(SandboxShell.Command(folder.Path, id, new InstanceLimits(), "dumb", "# "), Is.Null);
    }

    [Test]
    public async Task HostSecrets_InASandboxOfRoot_AreHidden()
    {
        await using var folder = new TemporaryFolder();
        var host = await HostOrSkipAsync(folder.Path);
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("an ordinary user's sandbox cannot read them anyway");
        }

        var spec = Spec("i-0000000000000000e", "");
        var process = await host.BootAsync(spec, null, s_stop);
        var (_, output) = await RunAsync(host, spec, process, "c-1", "ls -A /root /home /var/log; find /etc /var -xdev -type f ! -perm -o=r ! -path '/var/log/*' ! -path '/var/lib/cloud/*'; cat /etc/shadow | grep -v ':[*]:'", "");
        await SandboxHost.StopAsync(process, force: true, s_stop);
        Assert.That(output.Replace("/etc/sudoers", "", StringComparison.Ordinal), Is.EqualTo("/home:\n\n/root:\n\n/var/log:\ncloud-init-output.log\n/etc/shadow\n/etc/gshadow\n").Or.Not.Contain("$"));
    }

    [Test]
    public async Task Instance_ThatTakesTooMuch_IsHeldBack()
    {
        await using var folder = new TemporaryFolder();
        var host = await HostOrSkipAsync(folder.Path, new InstanceLimits { Processes = 64, Memory = 256 });
        var spec = Spec("i-00000000000000010", "");
        var process = await host.BootAsync(spec, null, s_stop);
        var (_, output) = await RunAsync(host, spec, process, "c-1", "i=0; while [ $i -lt 200 ]; do sleep 100 & i=$((i + 1)); done; echo \"all of them\"", "");
        await SandboxHost.StopAsync(process, force: true, s_stop);
        Assert.That(output, Does.Not.Contain("all of them").And.Match("(?i)cannot fork"));

        process = await host.BootAsync(spec, null, s_stop);
        var (code, _) = await RunAsync(host, spec, process, "c-3", "head -c 1000000000 /dev/zero | tail -n 1 > /dev/null", "");
        var (after, _) = await RunAsync(host, spec, process, "c-4", "true", "");
        await SandboxHost.StopAsync(process, force: true, s_stop);
        await host.RemoveInstanceAsync(spec.InstanceId, s_stop);
        Assert.That((code == 0, after), Is.EqualTo((false, 0)));
        Assert.That(Directory.Exists("/sys/fs/cgroup") ? Directory.GetDirectories("/sys/fs/cgroup", spec.InstanceId, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }) : [], Is.Empty);
    }

    private static SandboxSpec Spec(string id, string userData) => new(id, "127.77.0.9", [.. Encoding.UTF8.GetBytes(userData)]);

    private static async Task<SandboxHost> HostOrSkipAsync(string folder, InstanceLimits? limits = null)
    {
        var support = await SandboxSupport.ProbeAsync(folder, s_stop);
        if (support.Mode == SandboxMode.None)
        {
            Peers.Missing(support.Reason!);
        }

        return new SandboxHost(new SandboxFolders(folder), support, limits ?? new InstanceLimits());
    }

    private static async Task<(int Code, string Output)> RunAsync(SandboxHost host, SandboxSpec spec, SandboxProcess process, string id, string script, string work)
    {
        host.StartCommand(spec, process, id, script, work, TimeSpan.FromMinutes(1));
        var folder = host.Folders.Command(spec.InstanceId, id);
        await Wait.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(folder, "exit-code"))));
        return (int.Parse(File.ReadAllText(Path.Combine(folder, "exit-code"))), File.ReadAllText(Path.Combine(folder, "stdout")) + File.ReadAllText(Path.Combine(folder, "stderr")));
    }
}
