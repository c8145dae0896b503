using Baker.Core;

namespace Baker.Cli.Tests.Compiling;

/// <summary>What stands around a manifest is wrong; the manifest's own mistakes are tested where it is read.</summary>
public sealed class BadProjectTests
{
    [Test]
    public async Task RoleCreate_NoManifest_SaysWhereItLooked()
    {
        using var project = new TestProject();
        Expect(await project.RunAsync("role:create"), "There is no manifest nodes.json in " + project.Folder, "--manifest");
    }

    [Test]
    public async Task RoleCreate_UnknownGroup_SuggestsTheNearest()
    {
        using var project = new TestProject("{\"web\": {}, \"worker\": {}}");
        Expect(await project.RunAsync("role:create", "wbe"), "nodes.json has no group \"wbe\"", "Did you mean \"web\"?");
    }

    [TestCase("../web")]
    [TestCase("/etc/passwd")]
    public async Task RoleCreate_PathForAGroup_IsNoGroup(string name)
    {
        using var project = new TestProject("{\"web\": {}}");
        Expect(await project.RunAsync("role:create", name), "has no group", "web");
    }

    [Test]
    public async Task RoleCreate_OneBadGroup_WritesNoneAndNamesAllMistakes()
    {
        using var project = new TestProject("{\"good\": {}, \"bad\": {\"run_list\": 1}, \"worse\": {\"x\" 1}}");
        var run = await project.RunAsync("role:create", "good");
        Expect(run, "nodes.json has 2 errors", "Nothing was done.");
        Assert.That(run.Error, Does.Contain("nodes.json:1:34: error BK008").And.Contain("nodes.json:1:52: error BK001"));
        Assert.That(project.Files("roles"), Is.Empty);
    }

    [Test]
    public async Task RoleCreate_WarningUnderStrict_Stops()
    {
        using var project = new TestProject("{\"a\": {\"colour\": 1}}");
        Expect(await project.RunAsync("role:create", "--strict"), "1 warning, and --strict", "Nothing was done.");
        Assert.That((await project.RunAsync("role:create")).Code, Is.EqualTo(ExitCode.Done));
    }

    [Test]
    public async Task RoleCreate_RolesIsAFile_SaysSo()
    {
        using var project = new TestProject("{\"a\": {}}");
        project.Write("roles", "not a folder");
        Expect(await project.RunAsync("role:create"), "roles", "folder");
    }

    [Test]
    public async Task RoleCreate_RoleIsAFolder_SaysSoAndLeavesNothingBehind()
    {
        using var project = new TestProject("{\"a\": {}}");
        project.Write("roles/a.json/file", "");
        Expect(await project.RunAsync("role:create"), "roles/a.json cannot be written", "");
        Assert.That(project.Files("roles"), Is.EqualTo(new[] { "file" }));
    }

    [Test]
    public async Task RoleCreate_ManifestIsAFolder_SaysSo()
    {
        using var project = new TestProject();
        Directory.CreateDirectory(project.PathOf("nodes.json"));
        Expect(await project.RunAsync("role:create"), "The manifest nodes.json is a folder.", "--manifest");
        Directory.CreateDirectory(project.PathOf("inside"));
        Expect(await project.RunAsync("role:create", "--manifest", "inside"), "There is no manifest inside/nodes.json", "--manifest");
        Expect(await project.RunAsync("role:create", "--manifest", "/none/nodes.json"), "There is no manifest /none/nodes.json.", "--manifest");
    }

    [Test]
    public async Task RoleCreate_ManifestIsALinkToNothing_SaysWhereItLeads()
    {
        using var project = new TestProject();
        File.CreateSymbolicLink(project.PathOf("nodes.json"), "away.json");
        Expect(await project.RunAsync("role:create"), "The manifest nodes.json is a link to away.json, where nothing is.", "Make the link anew");
    }

    /// <summary>Nobody writes into it: whoever waits can end that, and completion waits for a moment.</summary>
    [Test]
    public async Task NodeList_ManifestIsANamedPipe_CanBeEnded()
    {
        using var project = new TestProject();
        Assert.That((await ProcessRun.RunAsync(new System.Diagnostics.ProcessStartInfo("mkfifo", [project.PathOf("nodes.json")]))).Code, Is.Zero);
        using var stop = new CancellationTokenSource();
        Assert.That((await project.RunAsync("complete", "--", "package", "node:show", "")).Code, Is.EqualTo(ExitCode.Done));
        project.Stop = stop.Token;
        var run = Task.Run(() => project.RunAsync("node:list"));
        await stop.CancelAsync();

        Assert.That((await run).Code, Is.EqualTo(ExitCode.Interrupted));
    }

    [Test]
    public async Task Plan_ScriptIsANamedPipe_CanBeEnded()
    {
        using var project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077"},
              "www": {"provision": ["a.sh"]}
            }
            """);
        Assert.That((await ProcessRun.RunAsync(new System.Diagnostics.ProcessStartInfo("mkfifo", [project.PathOf("a.sh")]))).Code, Is.Zero);
        using var stop = new CancellationTokenSource();
        project.Stop = stop.Token;
        var run = Task.Run(() => project.RunAsync("packer:run", "www", "--dry-run"));
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None); // it waits for the script by then, or is slower, and is ended all the same
        await stop.CancelAsync();

        Assert.That((await run).Code, Is.EqualTo(ExitCode.Interrupted));
    }

    [Test]
    public async Task Program_UnknownOption_ExitsOne()
    {
        using var project = new TestProject("{}");
        Expect(await project.RunAsync("role:create", "--frce"), "--frce", "");
    }

    [Test]
    public async Task NodeShow_MissingUserDataFile_IsNoMatterOfRoles()
    {
        using var project = new TestProject("{\"a\": {\"user_data_file\": \"missing.sh\"}}");
        Assert.That((await project.RunAsync("role:create")).Code, Is.EqualTo(ExitCode.Done));
    }

    private static void Expect(ProgramRun run, string message, string remedy)
    {
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
            Assert.That(run.Error, Does.Contain(message).And.Contain(remedy).And.Not.Contain("   at "));
            Assert.That(run.Out, Is.Empty);
        });
    }
}
