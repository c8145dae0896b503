using System.Diagnostics;
using Baker.Cli.Tests.Programs;

namespace Baker.Cli.Tests.Bakes;

/// <summary>
/// Scripts that want out of their sandbox, baked by root and by an ordinary user: not a byte of the host is read or written
/// but what every instance sees. The project, and its owner's home, are where an instance sees the folders above them.
/// </summary>
[TestFixture("root")]
[TestFixture("an ordinary user")]
internal sealed class EscapeTests(string who)
{
    private const string User = "61234";

    private readonly string _secret = "secret" + Guid.NewGuid().ToString("N");
    private readonly string _home = Path.Combine(Environment.IsPrivilegedProcess ? "/var/lib" : Path.GetTempPath(), "baker-escape-" + Guid.NewGuid().ToString("N")[..8]);
    private readonly List<string> _planted = [];

    private string Project => Path.Combine(_home, "project");

    [SetUp]
    public async Task Plant()
    {
        await Sandboxes.RequireAsync();
        if (who == "root" && !Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("these tests do not run as root");
        }

        Write(Path.Combine(_home, ".aws/credentials"));
        Write(Path.Combine(_home, ".ssh/id_ed25519"));
        Write(Path.Combine(Project, "private"));
        if (Environment.IsPrivilegedProcess)
        {
            var name = Path.GetFileName(_home);
            foreach (var file in new[] { $"/opt/{name}/conf/k", $"/var/lib/{name}-x/.aws/credentials", $"/etc/{name}/b/c/d/k", $"/usr/local/share/{name}/k", $"/etc/default/{name}", $"/usr/{name}/k" })
            {
                Write(file);
            }
        }
    }

    [TearDown]
    public async Task Remove()
    {
        await PackageAsync("local:reset", "--yes");
        foreach (var folder in _planted.Select(file => Path.GetFileName(Path.GetDirectoryName(file)) == "default" ? file : Root(file)).Append(_home).Distinct())
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            File.Delete(folder);
        }
    }

    [Test]
    public async Task Script_ThatWantsOut_GetsNothingOfTheHost()
    {
        Manifest("""
            "first": {"provision": ["watch.sh", "attempts.sh", "replace.sh", "watched.sh"]},
            "second": {"source_ami": "ami-00000000", "provision": ["attempts.sh", "watched.sh"]}
            """);
        File.WriteAllText(Path.Combine(Project, "watch.sh"), "nohup sh -c '" + Watch() + "' > /var/watch 2>&1 &\n");
        File.WriteAllText(Path.Combine(Project, "attempts.sh"), Attempts());
        File.WriteAllText(Path.Combine(Project, "replace.sh"), Replace());
        File.WriteAllText(Path.Combine(Project, "watched.sh"), "cat /var/watch /var/wrapped 2> /dev/null; echo THE END\n");

        var first = await PackageAsync("packer:run", "first");
        Assert.That(first.Code, Is.EqualTo(0), first.Error + first.Out);
        var log = Log("first");
        var image = first.Out.Split(' ', '\n').First(word => word.StartsWith("ami-", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(Project, "nodes.json"), File.ReadAllText(Path.Combine(Project, "nodes.json")).Replace("ami-00000000", image, StringComparison.Ordinal));
        var second = await PackageAsync("packer:run", "second");
        Assert.That(second.Code, Is.EqualTo(0), second.Error + second.Out + log);
        log += Log("second");

        Assert.That(log.Split("THE END"), Has.Length.EqualTo(3), log);
        Assert.That(log.Split('\n').Where(line => line.Contains("ESCAPED", StringComparison.Ordinal)), Is.Empty);
        Assert.That(log, Does.Not.Contain(_secret));
        Assert.That(log, Does.Contain("attempts over"));
        Assert.That(Directory.EnumerateFiles(_home, "escaped*", SearchOption.AllDirectories).Where(file => !file.Contains("/.package/", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Descriptors_OfTheStarter_StayOutside()
    {
        Manifest(""" "first": {"provision": ["look.sh"]} """);
        File.WriteAllText(Path.Combine(Project, "look.sh"), "for f in /proc/self/fd/[3-9]; do [ ! -e \"$f\" ] || echo \"OPEN $f $(readlink \"$f\")\"; done; echo looked; exit 1\n");

        var run = await ShellAsync($"exec 9< {_home}/.aws/credentials 7< / 8> {Project}/lock; flock 8; {Shell()} packer:run first --on-error keep");
        var locked = await ShellAsync($"flock -n {Project}/lock true");

        Assert.That(Log("first"), Does.Contain("looked").And.Not.Contain("OPEN"), run.Error + run.Out);
        Assert.That(run.Out, Does.Contain("instance:shell"), "the instance is still there");
        Assert.That(locked.Code, Is.EqualTo(0), "no process of the instance holds the lock");
    }

    /// <summary>Whatever appears among the instance's processes while commands enter it, the host's tree is not behind it.</summary>
    private string Watch() => $$"""
        while :; do for p in /proc/[0-9]*; do
            [ ! -e "$p/root{{Project}}/nodes.json" ] || { echo ESCAPED through "$p/root"; echo x > "$p/root{{Project}}/escaped-root"; }
            [ ! -e "$p/cwd/nodes.json" ] || echo ESCAPED through "$p/cwd"
            for f in "$p"/fd/*; do [ ! -d "$f/etc" ] || [ ! -e "$f{{Project}}" ] || echo ESCAPED through "$f"; done
            case $(readlink "$p/exe") in *package*|*dotnet*) ( : >> "$p/exe" ) 2> /dev/null && echo ESCAPED: the program can be written to;; esac
        done; done
        """.Replace("\n", " ", StringComparison.Ordinal).Replace("'", "'\\''", StringComparison.Ordinal);

    private string Attempts() => $$"""
        PATH=$PATH:/usr/sbin:/sbin
        must_fail() { name=$1; shift; if timeout 10 "$@" > /dev/null 2>&1 < /dev/null; then echo "ESCAPED by $name"; fi; }
        half={{_secret[..9]}}; rest={{_secret[9..]}}
        found=$(grep -rlsF "$half$rest" /etc /opt /usr/local /usr/share /usr/baker* /var/lib /var/cache /srv /mnt /media /home /run /dev/shm 2> /dev/null)
        [ -z "$found" ] || echo "ESCAPED: it reads $found"
        [ ! -e {{Project}} ] || echo "ESCAPED: it sees the project"
        must_fail mount mount -t tmpfs none /mnt
        must_fail bind mount --bind /etc /mnt
        must_fail remount mount -o remount,rw /proc/sys
        must_fail unmount umount /proc/sys
        must_fail 'mount in a user namespace' unshare -Urm mount -t tmpfs none /mnt
        must_fail 'mount namespace' unshare -m true
        must_fail cgroup unshare -UrmC mount -t cgroup2 none /mnt
        must_fail device mknod /dev/disk b 8 0
        must_fail core_pattern sh -c 'echo "|/bin/true" > /proc/sys/kernel/core_pattern'
        must_fail sysrq sh -c 'echo h > /proc/sysrq-trigger'
        must_fail module insmod /tmp/x.ko
        must_fail dmesg dmesg
        must_fail hostname hostname other
        must_fail 'another root' sh -c 'chroot /proc/1/root test -e {{Project}}'
        must_fail '.. of the root' test -e /../../..{{Project}}
        must_fail trace sh -c 'command -v strace && strace -p 1'
        must_fail 'the disks' sh -c 'ls /dev/sd* /dev/vd* /dev/nvme* /dev/mem'
        must_fail 'the host by pids' sh -c 'test "$(ls -d /proc/[0-9]* | wc -l)" -gt 200'
        if command -v perl > /dev/null && [ "$(uname -m)" = x86_64 ]; then
            # call number, name: what is refused fails with EPERM, whatever its arguments
            for call in 165:mount 166:umount2 155:pivot_root 303:name_to_handle_at 304:open_by_handle_at 321:bpf 298:perf_event_open \
                250:keyctl 248:add_key 249:request_key 428:open_tree 429:move_mount 430:fsopen 432:fsmount 442:mount_setattr 425:io_uring_setup \
                246:kexec_load 175:init_module 313:finit_module 169:reboot 103:syslog 323:userfaultfd 1073741825:x32; do
                error=$(perl -e '$r = syscall($ARGV[0], 0, 0, 0, 0, 0); print $r < 0 ? $!+0 : "done"' "${call%%:*}")
                case $error in 1|38) ;; *) echo "ESCAPED: ${call#*:} gives $error" ;; esac
            done
            error=$(perl -e '$c = "x"; print ioctl(STDIN, 0x5412, $c) ? "done" : $!+0')
            [ "$error" = 1 ] || echo "ESCAPED: TIOCSTI gives $error"
        else
            echo 'no perl: system calls were not tried'
        fi
        grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status
        grep -q '^Seccomp:.*2' /proc/self/status || echo 'ESCAPED: no filter'
        [ "$((0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status) & ~0xa00405fb))" = 0 ] || echo 'ESCAPED: it has other capabilities'
        [ "$(sed -n 's/^CapInh:[[:space:]]*//p' /proc/self/status)" = 0000000000000000 ] || echo 'ESCAPED: inheritable capabilities'
        yes 2> /tmp/broken | head -n 1 > /dev/null; [ ! -s /tmp/broken ] || echo 'ESCAPED: a broken pipe is not heard'
        echo attempts over
        """;

    /// <summary>Programs that the way into an instance could use, replaced by ones that look around first.</summary>
    private string Replace() => $$"""
        for tool in mount umount rmdir mkdir ln cp chmod hostname setpriv env unshare nsenter pivot_root ldconfig; do
            path=$(command -v "$tool") || continue
            case $path in /*) ;; *) continue ;; esac
            mv "$path" "$path.real" || continue
            cat > "$path" <<WRAPPER
        #!/bin/sh
        for r in / /run/baker/host /proc/1/root /proc/self/cwd; do
            [ ! -e "\$r{{Project}}/nodes.json" ] || { echo "ESCAPED by $tool at \$r" >> /var/wrapped; echo x > "\$r{{Project}}/escaped-$tool"; }
        done
        [ \$((0x\$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) & ~0xa00405fb)) = 0 ] || echo "ESCAPED: $tool with capabilities" >> /var/wrapped
        exec "$path.real" "\$@"
        WRAPPER
            chmod.real 755 "$path" 2> /dev/null || chmod 755 "$path"
        done
        echo replaced
        """;

    private void Manifest(string groups)
    {
        File.WriteAllText(Path.Combine(Project, "nodes.json"), $$"""
            {"__settings__": {"cloud": "local", "local": {"delay_scale": 0.1} },
             "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro"},
            {{groups}}
            }
            """);
    }

    private string Log(string group) => File.ReadAllText(Path.Combine(Project, ".package", "logs", group + ".log"));

    private Task<ProcessRun> PackageAsync(params string[] arguments) => ShellAsync($"{Shell()} {string.Join(' ', arguments)}");

    private string Shell() => string.Join(' ', Words().Select(word => $"'{word}'"));

    private IEnumerable<string> Words()
    {
        var words = PackageProgram.ForProcesses.Words;
        if (who == "root" || !Environment.IsPrivilegedProcess)
        {
            return words;
        }

        // Another user may not even start the program where the repository is in a folder of root's own.
        var copy = Path.Combine(_home, "program");
        return [.. words.SkipLast(1), Path.Combine(copy, Path.GetFileName(words[^1]))];
    }

    private async Task<ProcessRun> ShellAsync(string command)
    {
        var other = who != "root" && Environment.IsPrivilegedProcess;
        if (other && !Directory.Exists(Path.Combine(_home, "program")))
        {
            var words = PackageProgram.ForProcesses.Words;
            var source = words.Count == 1 ? words[0] : Path.GetDirectoryName(words[^1])! + "/.";
            await RunAsync("sh", "-c", $"mkdir '{_home}/program' && cp -rL '{source}' '{_home}/program' && chmod -R a+rX '{_home}/program' && chown -R {User}:{User} '{_home}'");
        }
        else if (other)
        {
            await RunAsync("chown", "-R", $"{User}:{User}", _home);
        }

        return await RunAsync(
            [.. other ? new[] { "setpriv", "--reuid", User, "--regid", User, "--clear-groups" } : [], "env", "HOME=" + _home, "AWS_EC2_METADATA_DISABLED=true", "sh", "-c", command]);
    }

    private Task<ProcessRun> RunAsync(params string[] words) =>
        ProcessRun.RunAsync(new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = Project });

    private static string Root(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        while (!Path.GetFileName(folder).StartsWith("baker-escape", StringComparison.Ordinal))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    private void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, _secret + "\n");
        _planted.Add(file);
    }
}
