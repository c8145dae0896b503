using System.Diagnostics;
using System.Runtime.Versioning;
using Baker.Cli.Tests.Programs;

namespace Baker.Cli.Tests.Compiling;

/// <summary>Real processes in name spaces of their own, or as a user without rights: disks that are full or read-only, files that may not be read.</summary>
[Platform(Exclude = "Win")]
[UnsupportedOSPlatform("windows")]
public sealed class HostileFolderTests
{
    [Test]
    public async Task RoleUpdate_DiskFull_LeavesNoPartOfAFile()
    {
        using var project = new TestProject("{" + string.Join(", ", Enumerable.Range(0, 40).Select(index => $"\"g{index}\": {{\"description\": \"{new string('x', 3000)}\"}}")) + "}");
        Directory.CreateDirectory(project.PathOf("roles"));
        var run = await InOwnNamespaceAsync(project, "mount -t tmpfs -o size=64k tmpfs roles", "role:update; echo \"exit $?\"; for file in roles/* roles/.[!.]*; do [ -e \"$file\" ] && [ \"$(tail -c 2 \"$file\")\" != '}' ] && echo \"part: $file\"; done; true");
        Assert.That(run, Does.Contain("the disk is full").And.Contain("Free some space").And.Contain("exit 1").And.Not.Contain("part:").And.Not.Contain("   at "));
    }

    [Test]
    public async Task RoleUpdate_ReadOnlyFolder_SaysSo()
    {
        using var project = new TestProject("{\"a\": {}}");
        Directory.CreateDirectory(project.PathOf("roles"));
        var run = await InOwnNamespaceAsync(project, "mount -t tmpfs -o ro tmpfs roles", "role:update; echo \"exit $?\"");
        Assert.That(run, Does.Contain("roles/a.json cannot be written: the file system is read-only").And.Contain("exit 1").And.Not.Contain("   at "));
    }

    [Test]
    public async Task RoleUpdate_FolderOfAnotherUser_SaysPermissionDenied()
    {
        using var project = new TestProject("{\"a\": {}}");
        Directory.CreateDirectory(project.PathOf("roles"));
        File.SetUnixFileMode(project.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        await RunAsync(project, "chown", "65534", ".", "roles");
        Assert.That(await WithoutPrivilegesAsync(project), Does.Contain("roles/a.json cannot be written: permission denied").And.Contain("exit 1").And.Not.Contain("   at "));
    }

    [Test]
    public async Task RoleUpdate_UnreadableManifest_SaysPermissionDenied()
    {
        using var project = new TestProject("{\"a\": {}}");
        File.SetUnixFileMode(project.PathOf("nodes.json"), UnixFileMode.UserWrite);
        Assert.That(await WithoutPrivilegesAsync(project), Does.Contain("nodes.json cannot be read: permission denied").And.Contain("exit 1").And.Not.Contain("   at "));
    }

    private static async Task<string> InOwnNamespaceAsync(TestProject project, string prepare, string command)
    {
        Peers.Require("unshare");
        if ((await RunAsync(project, "unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs roles")).Contains("exit", StringComparison.Ordinal))
        {
            Peers.Missing("This host gives no mount name spaces.");
        }

        return await RunAsync(project, "unshare", "-rm", "sh", "-c", $"{prepare} && {Package} {command}");
    }

    // Still root, but bound by the files' modes like everybody else. Another user could not even start the program where the
    // repository is in a folder of root's own.
    private static async Task<string> WithoutPrivilegesAsync(TestProject project)
    {
        Peers.Require("setpriv");
        if (Environment.UserName != "root")
        {
            Peers.Missing("Only root can give files to somebody else.");
        }

        return await RunAsync(project, "setpriv", "--bounding-set", "-dac_override,-dac_read_search", "sh", "-c", $"{Package} role:update; echo \"exit $?\"");
    }

    private static string Package => PackageProgram.ForProcesses.Shell;

    private static async Task<string> RunAsync(TestProject project, string program, params string[] arguments)
    {
        var run = await ProcessRun.RunAsync(new ProcessStartInfo(program, arguments) { WorkingDirectory = project.Folder });
        return run.Out + run.Error + (run.Code == 0 ? "" : $"exit {run.Code}");
    }
}
