using System.Diagnostics;
using Baker.Cli.Compiling;

namespace Baker.Cli.Tests.Compiling;

public sealed class ArtifactFolderTests
{
    private readonly TestProject _project = new();

    [TearDown]
    public void TearDown() => _project.Dispose();

    [TestCase(false)]
    [TestCase(true)]
    public void Write_MissingOrEmptyFolder_IsSeenOnlyWhenComplete(bool exists)
    {
        if (exists)
        {
            Directory.CreateDirectory(_project.PathOf("roles"));
        }

        using (var folder = ArtifactFolder.Open(_project.PathOf("roles"), "roles"))
        {
            folder.Write("a.json", "{}"u8);
            Assert.That(_project.Files("roles"), Is.Empty);
            folder.Complete();
        }

        Assert.That(_project.Files("roles"), Is.EqualTo(new[] { "a.json" }));
        Assert.That(Directory.GetFileSystemEntries(_project.Folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void Dispose_NotCompleted_LeavesNothing()
    {
        using (var folder = ArtifactFolder.Open(_project.PathOf("roles"), "roles"))
        {
            folder.Write("a.json", "{}"u8);
        }

        Assert.That(Directory.GetFileSystemEntries(_project.Folder), Is.Empty);
    }

    [Test]
    public void Write_FolderWithAFile_KeepsIt()
    {
        _project.Write("roles/README.md", "ours");
        using (var folder = ArtifactFolder.Open(_project.PathOf("roles"), "roles"))
        {
            folder.Write("a.json", "{}"u8);
            folder.Complete();
        }

        Assert.That(_project.Files("roles"), Is.EqualTo(new[] { "README.md", "a.json" }));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public void Write_LinkToAnEmptyFolder_StaysALink()
    {
        Directory.CreateDirectory(_project.PathOf("elsewhere"));
        Directory.CreateSymbolicLink(_project.PathOf("roles"), _project.PathOf("elsewhere"));
        using (var folder = ArtifactFolder.Open(_project.PathOf("roles"), "roles"))
        {
            folder.Write("a.json", "{}"u8);
            folder.Complete();
        }

        Assert.That(_project.Files("elsewhere"), Is.EqualTo(new[] { "a.json" }));
        Assert.That(new DirectoryInfo(_project.PathOf("roles")).LinkTarget, Is.Not.Null);
    }

    [Test]
    public void Open_LeftoversOfADeadRun_AreRemoved()
    {
        var dead = DeadProcess();
        _project.Write($"roles.{dead}.tmp/a.json", "{");
        _project.Write($"roles/.{dead}-7.tmp", "{");
        _project.Write("roles/b.json", "{}");
        ArtifactFolder.Open(_project.PathOf("roles"), "roles").Dispose();
        Assert.That(_project.Files("roles"), Is.EqualTo(new[] { "b.json" }));
        Assert.That(Directory.GetFileSystemEntries(_project.Folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void Open_FilesOfALivingRunAndOfOthers_Stay()
    {
        _project.Write($"roles.{Environment.ProcessId}.tmp/a.json", "{");
        _project.Write($"roles/.{Environment.ProcessId}-7.tmp", "{");
        _project.Write("roles/.notes-7.tmp", "mine");
        _project.Write("roles.old.tmp/a.json", "mine");
        ArtifactFolder.Open(_project.PathOf("roles"), "roles").Dispose();
        Assert.That(_project.Files("roles"), Has.Length.EqualTo(2));
        Assert.That(Directory.GetFileSystemEntries(_project.Folder), Has.Length.EqualTo(3));
    }

    private static int DeadProcess()
    {
        using var process = Process.Start(new ProcessStartInfo("git", "--version") { RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.Id;
    }
}
