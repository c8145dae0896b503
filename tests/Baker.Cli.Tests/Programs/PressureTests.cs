using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Baker.Cli.Changes;
using Baker.Cli.Tests.Bakes;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Baker.LocalCloud.Running;

namespace Baker.Cli.Tests.Programs;

/// <summary>Too little room, too few files, and links in the state folder: a clear word, and nothing lost or written elsewhere.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class PressureTests
{
    private const string Www = """ "www": {"description": "d", "provision": ["scripts/www.sh"]} """;

    [TestCase("image:list --no-exec", ExitCode.Done)]
    [TestCase("nosuch", ExitCode.BadInput)]
    [TestCase("node:list > /dev/full", ExitCode.BadInput)]
    public async Task Command_NothingCanBeSaid_EndsAsItWouldOtherwise(string command, ExitCode code)
    {
        using var project = new TestProject(BakeStage.ManifestOf(Www));
        project.Write("scripts/www.sh", "echo hello\n");
        var run = await ShellAsync(project, $"{PackageProgram.ForProcesses.Shell} {command} 2> /dev/full");
        Assert.That(run.Code, Is.EqualTo(code));
    }

    [Test]
    public async Task Folder_IsGone_IsSaid()
    {
        using var project = new TestProject(BakeStage.ManifestOf(Www));
        var run = await ShellAsync(project, $"mkdir gone && cd gone && rmdir ../gone && {PackageProgram.ForProcesses.Shell} node:list");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
    }

    [Test]
    public async Task Files_TooFewMayBeOpen_AreRefusedByProgramAndLauncher()
    {
        using var project = new TestProject(BakeStage.ManifestOf(Www));
        foreach (var program in new[] { $"ulimit -n 200; {PackageProgram.ForProcesses.Shell}", $"ulimit -n 64; '{TestProject.RepositoryFolder}/package'" })
        {
            var run = await ShellAsync(project, $"{program} node:list");
            Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
            Assert.That(run.Error, Does.Contain("fewer than 256 files may be open").And.Contain("ulimit -n 1024"));
        }
    }

    [TestCase("Max open files            255                  4096                 files     ", 255)]
    [TestCase("Max open files            unlimited            unlimited            files     ", int.MaxValue)]
    [TestCase("Max processes             12                   12                   processes ", int.MaxValue)]
    public void OpenFiles_OfLimits_AreTheFirstNumber(string line, int expected) => Assert.That(OpenFiles.MostOf([line]), Is.EqualTo(expected));

    [Test]
    public async Task File_InTheStateFoldersPlace_IsNamedAndStays()
    {
        using var project = new TestProject(BakeStage.ManifestOf(Www));
        project.Write("scripts/www.sh", "echo hello\n");
        project.Write(".package", "mine");

        foreach (var command in new[] { "packer:run --no-exec", "image:list --cloud aws", "local:status", "local:reset --yes", "local:serve --port 0" })
        {
            var run = await project.RunAsync(command.Split(' '));
            Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.BadInput, "package: .package is a file: what the local cloud keeps is in a folder of that name.\n  Move the file .package away, or remove it.\n")), command);
        }

        Assert.That(project.Read(".package"), Is.EqualTo("mine"));
    }

    [Test]
    public async Task Links_InTheStateFolder_AreRefusedAndNotFollowed([Values("", "logs", "logs/www.log", "objects", "snapshots", "images", "instances", "state.jsonl", "timings")] string name)
    {
        using var project = new TestProject(BakeStage.ManifestOf(Www));
        project.Write("scripts/www.sh", "echo hello\n");
        project.Write("elsewhere/kept", "kept");
        var place = project.PathOf(Path.Combine(".package", name)).TrimEnd('/');
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.CreateSymbolicLink(place, project.PathOf(name.Contains('.', StringComparison.Ordinal) ? "elsewhere/kept" : "elsewhere"));

        foreach (var command in new[] { "packer:run --no-exec", "image:list --cloud aws", "local:status", "local:env", "local:image list", "local:reset --yes", "local:serve --port 0" })
        {
            var run = await project.RunAsync(command.Split(' '));
            Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), $"{command}: {run.Error}{run.Out}");
            Assert.That(run.Error, Does.Contain(Path.Combine(".package", name).TrimEnd('/') + " is a link").And.Contain("Remove the link"));
        }

        Assert.That((await project.RunAsync("role:update")).Code, Is.EqualTo(ExitCode.Done));
        Assert.That(project.Files("elsewhere"), Is.EqualTo(new[] { "kept" }));
        Assert.That(project.Read("elsewhere/kept"), Is.EqualTo("kept"));
    }

    [Test]
    public async Task Commands_DiskIsFull_SaySoAndGoOnWhenThereIsRoom()
    {
        using var stage = new BakeStage(Www);
        stage.Project.Write("scripts/www.sh", "echo hello\n");
        await Sandboxes.RequireAsync();
        using var disk = await SmallDisk.MountAsync(stage.Project.PathOf(".package"), "64m");
        disk.Fill();
        foreach (var command in new[] { "local:status", "image:list", "packer:run", "autoscale:status", "local:serve --port 0", "node:list" })
        {
            var run = await stage.Project.RunAsync(command.Split(' '));
            Assert.That(run.Code, Is.EqualTo(command == "node:list" ? ExitCode.Done : ExitCode.CloudFailed), $"{command}: {run.Error}{run.Out}");
            Assert.That(run.Error + run.Out, Does.Contain(command == "node:list" ? "www" : "No space left on device"), command);
        }

        disk.Empty();
        var baked = await stage.Project.RunAsync("packer:run");
        Assert.That(baked.Code, Is.EqualTo(ExitCode.Done), baked.Error + baked.Out);
        disk.Fill();
        var listed = await stage.Project.RunAsync("image:list");
        Assert.That(listed.Code, Is.EqualTo(ExitCode.Done), listed.Error);
        disk.Empty();
        Assert.That((await stage.LookAsync()).Images, Has.Count.EqualTo(1));
    }

    [TestCase("launch")]
    [TestCase("provision")]
    [TestCase("image")]
    public async Task Bake_DiskFillsAtAStep_EndsWithAWordAndTheNextOneBakes(string step)
    {
        using var stage = new BakeStage(Www);
        stage.Project.Write("scripts/www.sh", "echo hello\n");
        await Sandboxes.RequireAsync();
        using var disk = await SmallDisk.MountAsync(stage.Project.PathOf(".package"), "64m");
        ProgramRun full;
        using (var process = new PackageProcess(stage.Project, ["packer:run"], (_, line) =>
        {
            if (line.TrimEnd().EndsWith(step, StringComparison.Ordinal))
            {
                disk.Fill();
            }
        }))
        {
            full = await process.EndAsync();
        }

        Assert.That(full.Code, Is.AnyOf(ExitCode.Done, ExitCode.CloudFailed, ExitCode.TimedOut), full.Error + full.Out);
        Assert.That(full.Error + full.Out, Does.Not.Contain("bug in Baker").And.Not.Contain("Unhandled"));

        disk.Empty();
        var run = await stage.Project.RunAsync("packer:run");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
        var remains = await stage.LookAsync();
        Assert.That(remains.Litter, Is.Empty, full.Error + run.Error);
        Assert.That(remains.Images, Has.Count.EqualTo(1), full.Error + run.Error);
    }

    [Test]
    public void Log_OfMuchOutput_KeepsBeginningAndEnd()
    {
        using var project = new TestProject();
        using (var log = ChangeLog.Open(project.Folder, "much"))
        {
            for (var i = 0; i < 80_000; i++)
            {
                log.Write($"line {i} {new string('x', 1000)}\n");
            }

            Assert.That(log.Problem, Is.Null);
        }

        var path = project.PathOf("much.log");
        Assert.That(new FileInfo(path).Length, Is.LessThanOrEqualTo(16 * 1024 * 1024));
        var lines = File.ReadAllLines(path);
        Assert.That((lines[0].Split(' ')[1], lines[^1].Split(' ')[1]), Is.EqualTo(("0", "79999")));
        var note = lines.Single(line => line.EndsWith(" bytes are left out here", StringComparison.Ordinal));
        var written = Enumerable.Range(0, 80_000).Sum(i => 1_007L + $"{i}".Length);
        Assert.That(long.Parse(note.Split(' ')[1]) + new FileInfo(path).Length - note.Length - 2, Is.EqualTo(written), "nothing is unaccounted for");
    }

    /// <summary>What is printed goes nowhere then, and not into the first files that are opened.</summary>
    [TestCase(">&-")]
    [TestCase("2>&-")]
    [TestCase("<&- >&- 2>&-")]
    public async Task Program_WithoutTheThreeFirstDescriptors_DoesItsWork(string closed)
    {
        using var project = new TestProject(BakeStage.ManifestOf(Www));
        var shell = $"{PackageProgram.ForProcesses.Shell} autoscale:create {closed} || exit; {PackageProgram.ForProcesses.Shell} instance:list --no-exec {closed}";

        var run = await ProcessRun.RunAsync(new ProcessStartInfo("/bin/sh", ["-c", shell]) { WorkingDirectory = project.Folder });

        Assert.That(run.Code, Is.Zero, run.Out + run.Error);
        var status = await project.RunAsync("local:status");
        Assert.That(status.Code, Is.EqualTo(Core.ExitCode.Done), status.Error);
        Assert.That(
            Directory.EnumerateFiles(project.Folder, "*", SearchOption.AllDirectories).Where(file => File.ReadAllText(file).Contains("There is no instance", StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public async Task Server_MoreIdleConnectionsThanDescriptors_LivesAndAnswers()
    {
        using var project = new TestProject(BakeStage.ManifestOf(Www));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"ulimit -n 300; exec {PackageProgram.ForProcesses.Shell} local:serve --port 0 --no-exec"])
        {
            WorkingDirectory = project.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var server = Process.Start(start)!;
        var url = new Uri((await server.StandardOutput.ReadLineAsync())!);
        using var client = new HttpClient();
        var idle = new List<TcpClient>();
        for (var i = 0; i < 200; i++)
        {
            idle.Add(new TcpClient(url.Host, url.Port));
        }

        var asked = client.GetStringAsync(new Uri(url, "/_baker/proof/word"));
        await Task.WhenAny(asked, server.WaitForExitAsync());
        Assert.That(server.HasExited, Is.False);
        Assert.That(await asked, Is.Not.Empty, "those that came last and ask nothing are not kept for long");
        idle.ForEach(each => each.Dispose());

        server.Kill();
        await server.WaitForExitAsync();
    }

    private static Task<ProgramRun> ShellAsync(TestProject project, string line) =>
        ProgramRun.OfAsync(new ProcessStartInfo("/bin/sh", ["-c", line]) { WorkingDirectory = project.Folder });
}
