using System.Diagnostics;
using System.Globalization;
using Baker.Cli.Tests.Bakes;
using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Local;

/// <summary>The kernel ends a command because its memory has run out; the next one says so and goes on.</summary>
[Platform("Linux")]
internal sealed class OutOfMemoryTests
{
    private const int SigStop = 19;

    private BakeStage _stage = null!;
    private MemoryGroup _group = null!;

    [SetUp]
    public void SetStage()
    {
        _stage = new BakeStage("""
            "bee": {"provision": ["scripts/a.sh"]}
            """, scale: 0.3);
        _stage.Project.Write("scripts/a.sh", "echo working\n");
        _stage.Project.Environment["BAKER_LOCAL_EXEC"] = "0";
        _group = new MemoryGroup();
    }

    [TearDown]
    public void Strike()
    {
        _group.Dispose();
        _stage.Dispose();
    }

    [Test]
    public async Task Bake_KilledByTheKernel_NextCommandSaysSoAndFinishesIt([Values("launch", "image", "available")] string step)
    {
        using var bake = new PackageProcess(_stage.Project, ["packer:run", "bee"], (process, line) =>
        {
            if (line.Contains(step, StringComparison.Ordinal))
            {
                _group.Exhaust(process);
            }
        });
        var run = await bake.EndAsync();
        Assert.That((int)run.Code, Is.EqualTo(137), run.Out + run.Error);

        var next = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(next.Code, Is.EqualTo(ExitCode.Done), next.Out + next.Error);
        AssertSaid(next, $"package packer:run (process {bake.Id}, since ");
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty, next.Error);
        Assert.That(await _stage.ImagesAsync(), Has.Length.EqualTo(1), next.Error);
        Assert.That((await _stage.Project.RunAsync("packer:run", "bee")).Error, Does.Not.Contain("had not closed"));
    }

    [Test]
    public async Task Server_KilledByTheKernel_NextCommandSaysSoAndWorksOnTheSameState()
    {
        Assert.That((await _stage.Project.RunAsync("packer:run", "bee")).Code, Is.EqualTo(ExitCode.Done));
        var image = (await _stage.ImagesAsync()).Single();
        using var server = new PackageProcess(_stage.Project, ["local:serve", "--port", Ports.Next().ToString(CultureInfo.InvariantCulture)]);
        await server.UntilSaysAsync("export AWS_ENDPOINT_URL");
        _group.Exhaust(server);
        Assert.That((int)(await server.EndAsync()).Code, Is.EqualTo(137));

        var next = await _stage.Project.RunAsync("image:list");

        Assert.That(next.Code, Is.EqualTo(ExitCode.Done), next.Error);
        Assert.That(next.Out, Does.Contain(image));
        AssertSaid(next, $"package local:serve (process {server.Id}, since ");
    }

    private static void AssertSaid(ProgramRun next, string who) => Assert.That(
        next.Error,
        Does.Contain(who).And.Contain("had not closed the local cloud when it ended: ").And.Contain("memory had run out").And.Contain("what it had begun is found again"));

    /// <summary>A control group with little memory, in which another process than the one that is to be killed uses it up.</summary>
    private sealed class MemoryGroup : IDisposable
    {
        private readonly string _folder;

        public MemoryGroup()
        {
            var root = Directory.Exists("/sys/fs/cgroup/memory") ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
            _folder = Path.Combine(root, $"baker-test-{Guid.NewGuid():N}");
            try
            {
                Directory.CreateDirectory(_folder);
                File.WriteAllText(LimitFile, "64M");
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Peers.Missing($"no control group of memory can be made here: {error.Message}");
            }
        }

        private string LimitFile => Path.Combine(_folder, File.Exists(Path.Combine(_folder, "memory.max")) ? "memory.max" : "memory.limit_in_bytes");

        /// <summary>The process, which does no more from here on, is the first that the kernel takes when there is none left.</summary>
        public void Exhaust(PackageProcess process)
        {
            Assert.That(process.Signal(SigStop), "the process has ended");
            const string eat = """
                echo 1000 > /proc/$2/oom_score_adj
                echo $2 > "$1/cgroup.procs"
                echo $$ > "$1/cgroup.procs"
                while [ -e /proc/$2 ] && ! grep -q 'State:.Z' /proc/$2/status; do
                    dd if=/dev/zero bs=1M count=2 >> "$3" 2> /dev/null
                done
                rm -f "$3"
                """;
            var used = Path.Combine("/dev/shm", Path.GetFileName(_folder));
            using var eater = Process.Start(new ProcessStartInfo("sh", ["-c", eat, "sh", _folder, process.Id.ToString(CultureInfo.InvariantCulture), used]))!;
            if (!eater.WaitForExit(TimeSpan.FromSeconds(60)))
            {
                eater.Kill(entireProcessTree: true);
                File.Delete(used);
                Assert.Fail("the kernel has not ended the process");
            }
        }

        public void Dispose()
        {
            if (Directory.Exists(_folder))
            {
                SpinWait.SpinUntil(() => File.ReadAllText(Path.Combine(_folder, "cgroup.procs")).Length == 0, TimeSpan.FromSeconds(10));
                Directory.Delete(_folder);
            }
        }
    }
}
