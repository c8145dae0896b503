using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Compiling;

public sealed class RoleCommandTests
{
    [Test]
    public async Task RoleCreate_UsersSample_GivesTheDocumentedRunListAndAttributes()
    {
        using var project = new TestProject(TestProject.Repository("nodes.json"));
        var run = await project.RunAsync("role:create");
        var role = JObject.Parse(project.Read("roles/12_04-bee.json"));
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(role.Properties().Select(property => property.Name), Is.EqualTo(new[] { "name", "chef_type", "json_class", "description", "override_attributes", "default_attributes", "run_list" }));
            Assert.That(role["run_list"]!.Select(item => (string)item!), Is.EqualTo(new[]
            {
                "recipe[seatgeek::base-server]", "recipe[seatgeek::collect-services]", "recipe[seatgeek::decommission-services]",
                "recipe[seatgeek-service::api-workers]", "recipe[seatgeek-service::cronq-workers]", "recipe[seatgeek-service::djjob]",
                "recipe[seatgeek::notify-services]", "recipe[sudo]",
            }));
            Assert.That(((JObject)role["default_attributes"]!).Properties().Select(property => property.Name), Is.EqualTo(new[] { "environment", "key", "other_key" }));
        });
    }

    [TestCase("12_04-bee")]
    [TestCase("12_04-www")]
    public async Task RoleCreate_Repository_MatchesTheCommittedRole(string group)
    {
        using var project = new TestProject(TestProject.Repository("nodes.json"));
        await project.RunAsync("role:create", group);
        Golden.Check(project.Read($"roles/{group}.json"), $"roles/{group}.json");
    }

    [Test]
    public async Task RoleUpdate_SecondRun_WritesNothing()
    {
        using var project = new TestProject(TestProject.Repository("nodes.json"));
        await project.RunAsync("role:update");
        var before = File.GetLastWriteTimeUtc(project.PathOf("roles/12_04-bee.json"));
        var run = await project.RunAsync("roles:update");
        Assert.That(run.Out, Is.EqualTo("0 created, 0 changed, 2 unchanged, 0 orphaned\n"));
        Assert.That(File.GetLastWriteTimeUtc(project.PathOf("roles/12_04-bee.json")), Is.EqualTo(before));
    }

    [Test]
    public async Task RoleUpdate_RecipesForServices_ChangesTheRolesOfGroupsThatTakePart()
    {
        const string Groups = "\"a\": {\"config\": true, \"iam_instance_profile\": \"a\", \"provides\": {\"a\": {}}, \"run_list\": [\"a\"]}, \"b\": {\"run_list\": [\"b\"]}";
        using var project = new TestProject($"{{{Groups}}}");
        await project.RunAsync("role:update");
        project.Write("nodes.json", $"{{\"__settings__\": {{\"catalog\": {{\"recipes\": true}}}}, {Groups}}}");
        Assert.That((await project.RunAsync("role:update", "--check")).Code, Is.EqualTo(ExitCode.Changes));
        Assert.That((await project.RunAsync("role:update")).Out, Is.EqualTo("changed roles/a.json\n0 created, 1 changed, 1 unchanged, 0 orphaned\n"));
        Assert.That(
            JObject.Parse(project.Read("roles/a.json"))["run_list"]!.Values<string>(),
            Is.EqualTo(new[] { "recipe[baker-services::collect-services]", "recipe[baker-services::decommission-services]", "a", "recipe[baker-services::notify-services]" }));
    }

    [Test]
    public async Task RoleUpdate_OneGroupEdited_ReportsWhatItDid()
    {
        using var project = new TestProject("{\"a\": {}, \"b\": {}, \"c\": {}}");
        await project.RunAsync("role:update");
        project.Write("nodes.json", "{\"a\": {\"description\": \"new\"}, \"b\": {}, \"d\": {}}");
        project.Write("roles/handwritten.json", "{\"name\": \"mine\"}");
        var run = await project.RunAsync("role:update");
        Assert.That(run.Out, Is.EqualTo("created roles/d.json\nchanged roles/a.json\norphaned roles/c.json\n1 created, 1 changed, 1 unchanged, 1 orphaned\n"));
    }

    [Test]
    public async Task RoleUpdate_HandEditedRoleOfTheSameLength_IsRewritten()
    {
        using var project = new TestProject(Many(300));
        await project.RunAsync("role:update");
        await project.RunAsync("role:update");
        var edited = project.Read("roles/g7.json").Replace("\"role-g7\"", "\"role-x7\"");
        project.Write("roles/g7.json", edited);
        var run = await project.RunAsync("role:update");
        Assert.That(run.Out, Does.StartWith("changed roles/g7.json\n0 created, 1 changed, 299 unchanged"));
        Assert.That(project.Read("roles/g7.json"), Does.Contain("role-g7"));
    }

    [TestCase(1000, new byte[] { 0xFF, 0xFF, 0xFF })]
    [TestCase(0, new byte[0])]
    [TestCase(4, new byte[] { 1, 0 }, Description = "a folder that no path can name")]
    [TestCase(4, new byte[] { 2, (byte)'.', (byte)'.' }, Description = "another folder")]
    public async Task RoleUpdate_DamagedCache_CompilesAsWithout(int kept, byte[] damage)
    {
        using var project = new TestProject(Many(300));
        await project.RunAsync("role:update");
        var cache = project.PathOf(".package/roles.cache");
        File.WriteAllBytes(cache, [.. File.ReadAllBytes(cache).AsSpan(0, kept), .. damage]);
        var run = await project.RunAsync("role:update");
        Assert.That(run.Out, Is.EqualTo("0 created, 0 changed, 300 unchanged, 0 orphaned\n"));
    }

    [Test]
    public async Task RoleUpdate_BaseEdited_RewritesEveryCachedRole()
    {
        using var project = new TestProject(Many(300));
        await project.RunAsync("role:update");
        project.Write("nodes.json", Many(300, "\"__base__\": {\"description\": \"new\"}, "));
        var run = await project.RunAsync("role:update");
        Assert.That(run.Out, Does.EndWith("0 created, 300 changed, 0 unchanged, 0 orphaned\n"));
    }

    [Test]
    public async Task RoleUpdate_CachedAndTheFolderRenamed_FillsTheNewOne()
    {
        using var project = new TestProject(Many(300));
        await project.RunAsync("role:update");
        project.Write("nodes.json", Many(300, "\"__settings__\": {\"roles_folder\": \"chef\"}, "));
        var moved = await project.RunAsync("role:update");
        project.Write("nodes.json", Many(300));
        var back = await project.RunAsync("role:update");
        Assert.That(moved.Out, Does.EndWith("300 created, 0 changed, 0 unchanged, 0 orphaned\n"));
        Assert.That(project.Files("chef"), Has.Length.EqualTo(300));
        Assert.That(back.Out, Is.EqualTo("0 created, 0 changed, 300 unchanged, 0 orphaned\n"));
    }

    [Test]
    public async Task RoleUpdate_CachedAndFilesCameAndWent_SeesBoth()
    {
        using var project = new TestProject(Many(300));
        await project.RunAsync("role:update");
        project.Write("roles/old.json", project.Read("roles/g7.json"));
        File.Delete(project.PathOf("roles/g7.json"));
        var run = await project.RunAsync("role:update");
        Assert.That(run.Out, Is.EqualTo("created roles/g7.json\norphaned roles/old.json\n1 created, 0 changed, 299 unchanged, 1 orphaned\n"));
    }

    [Test]
    public async Task RoleUpdate_CachedAndTheFolderIsAFile_SaysSo()
    {
        using var project = new TestProject(Many(300));
        await project.RunAsync("role:update");
        Directory.Delete(project.PathOf("roles"), recursive: true);
        project.Write("roles", "no folder");
        var run = await project.RunAsync("role:update");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("roles"));
    }

    [Test]
    public async Task RoleUpdate_CachedGroupWithAWarning_WarnsEveryTime()
    {
        using var project = new TestProject(Many(300, "\"odd\": {\"colour\": \"red\"}, "));
        await project.RunAsync("role:update");
        var run = await project.RunAsync("role:update");
        Assert.That(run.Error, Does.Contain("BK011").And.Contain("colour"));
        Assert.That((await project.RunAsync("role:update", "--strict")).Code, Is.EqualTo(ExitCode.BadInput));
    }

    [TestCase("--check")]
    [TestCase("--dry-run")]
    public async Task RoleUpdate_Look_ExitsTwoWhenStaleAndWritesNothing(string option)
    {
        using var project = new TestProject("{\"a\": {}}");
        var stale = await project.RunAsync("role:update", option);
        Assert.That((stale.Code, stale.Out), Is.EqualTo((ExitCode.Changes, "would create roles/a.json\n1 created, 0 changed, 0 unchanged, 0 orphaned (nothing was written)\n")));
        Assert.That(Directory.Exists(project.PathOf("roles")), Is.False);
        await project.RunAsync("role:update");
        Assert.That((await project.RunAsync("role:update", option)).Code, Is.EqualTo(ExitCode.Done));
    }

    [Test]
    public async Task RoleCreate_DifferingRole_NeedsForce()
    {
        using var project = new TestProject("{\"a\": {}, \"b\": {}}");
        project.Write("roles/a.json", "{}");
        var refused = await project.RunAsync("role:create");
        Assert.That((refused.Code, project.Files("roles").Length), Is.EqualTo((ExitCode.BadInput, 1)));
        Assert.That(refused.Error, Does.Contain("roles/a.json exists and differs").And.Contain("--force"));
        Assert.That((await project.RunAsync("role:create", "--force")).Out, Does.Contain("created roles/b.json").And.Contain("changed roles/a.json"));
    }

    [Test]
    public async Task RoleCreate_NamedGroup_WritesThatOneOnly()
    {
        using var project = new TestProject("{\"a\": {}, \"b\": {}}");
        await project.RunAsync("roles:create", "b");
        Assert.That(project.Files("roles"), Is.EqualTo(new[] { "b.json" }));
    }

    private static string Many(int count, string before = "") =>
        "{" + before + string.Join(",\n", Enumerable.Range(0, count).Select(index => $"\"g{index}\": {{\"run_list\": [\"recipe[r{index}]\"]}}")) + "}";
}
