using Baker.Core;

namespace Baker.Cli.Tests.Compiling;

public sealed class EnvironmentCommandTests
{
    private const string Groups = """
         "__base__": {"source_ami": "ami-1ebb2077", "instance_type": "m5.large", "run_list": ["recipe[a]"], "autoscale": {"node_min": 1}},
         "www": {"run_list": ["recipe[www]"]}, "db": {}
        """;

    private const string Two = "{" + Groups + """
        ,
         "__environments__": {
          "staging": {"__description__": "where we try", "__base__": {"instance_type": "t3.small"}, "www": {"run_list": ["recipe[try]"]}, "db": null},
          "production": {}}}
        """;

    [Test]
    public async Task EnvironmentList_Two_ShowsThem()
    {
        using var project = new TestProject(Two);
        var shown = await project.RunAsync("environment:list");
        Assert.That((shown.Code, shown.Out), Is.EqualTo((ExitCode.Done, "ENVIRONMENT  GROUPS  DESCRIPTION\nstaging           1  where we try\nproduction        2\n")));
        var json = Newtonsoft.Json.Linq.JArray.Parse((await project.RunAsync("environment:list", "--json", "-e", "production")).Out);
        Assert.That(json.Select(each => ((string?)each["name"], (bool)each["chosen"]!, each["groups"]!.Count())), Is.EqualTo(new[] { ("staging", false, 1), ("production", true, 2) }));
    }

    [Test]
    public async Task EnvironmentList_None_SaysSo()
    {
        using var project = new TestProject("{\"www\": {}}");
        var shown = await project.RunAsync("environment:list");
        Assert.That((shown.Code, shown.Out, shown.Error), Is.EqualTo((ExitCode.Done, "", "nodes.json has no environment.\n")));
    }

    [Test]
    public async Task NodeShow_Explained_NamesTheLayers()
    {
        using var project = new TestProject(Two);
        var shown = await project.RunAsync("node:show", "www", "--environment", "staging", "--explain");
        Assert.That(shown.Out, Does.StartWith("www (nodes.json, staging)\n"));
        Assert.That(shown.Out, Does.Match("instance_type: \"t3.small\" +staging.__base__, line 4\n"));
        Assert.That(shown.Out, Does.Match("\"recipe\\[a\\]\" +__base__, line 1\n +\"recipe\\[www\\]\" +www, line 2\n +\"recipe\\[try\\]\" +staging.www, line 4\n"));
        Assert.That((await project.RunAsync("node:show", "www", "--explain")).Out, Does.Contain("m5.large").And.Not.Contain("staging"));
    }

    [Test]
    public async Task Choice_OptionVariableSetting_TheFirstOfThemCounts()
    {
        using var project = new TestProject("{\"__settings__\": {\"environment\": \"production\"}," + Two[1..]);
        Assert.That(await ChosenAsync(), Is.EqualTo("production"));
        project.Environment["BAKER_ENVIRONMENT"] = "staging";
        Assert.That(await ChosenAsync(), Is.EqualTo("staging"));
        Assert.That(await ChosenAsync("-e", "production"), Is.EqualTo("production"));
        project.Environment["BAKER_ENVIRONMENT"] = "";
        Assert.That(await ChosenAsync(), Is.EqualTo("production"));

        async Task<string?> ChosenAsync(params string[] more)
        {
            var json = Newtonsoft.Json.Linq.JArray.Parse((await project.RunAsync(["environment:list", "--json", .. more])).Out);
            return (string?)json.SingleOrDefault(each => (bool)each["chosen"]!)?["name"];
        }
    }

    [TestCase("node:list")]
    [TestCase("role:update")]
    [TestCase("packer:create")]
    [TestCase("autoscale:status --cloud local")]
    [TestCase("image:list --cloud local")]
    [TestCase("local:status")]
    public async Task Choice_UnknownName_IsRefusedWithASuggestion(string command)
    {
        using var project = new TestProject(Two);
        var refused = await project.RunAsync([.. command.Split(' '), "-e", "stagin"]);
        Assert.That((refused.Code, refused.Out), Is.EqualTo((ExitCode.BadInput, "")));
        Assert.That(refused.Error, Is.EqualTo("package: nodes.json has no environment \"stagin\".\n  Did you mean \"staging\"?\n"));
        project.Environment["BAKER_ENVIRONMENT"] = "test";
        refused = await project.RunAsync(command.Split(' '));
        Assert.That(refused.Error, Is.EqualTo("package: nodes.json has no environment \"test\", which BAKER_ENVIRONMENT names.\n  Its environments are staging, production.\n"));
    }

    [TestCase("packer:run www")]
    [TestCase("autoscale:run www")]
    [TestCase("autoscale:update www")]
    [TestCase("autoscale:status")]
    [TestCase("autoscale:scale www 2")]
    [TestCase("autoscale:suspend www")]
    [TestCase("autoscale:resume www")]
    [TestCase("autoscale:rollback www")]
    [TestCase("autoscale:delete www")]
    [TestCase("instance:create www --key k --name n")]
    [TestCase("instance:deploy")]
    [TestCase("instance:list")]
    [TestCase("instance:inventory")]
    [TestCase("instance:run www -- true")]
    [TestCase("instance:terminate n")]
    [TestCase("instance:shell n")]
    [TestCase("config:set www A=1")]
    [TestCase("config:list")]
    [TestCase("config:history www A")]
    [TestCase("config:push")]
    [TestCase("image:diff www")]
    public async Task Choice_None_CommandsOnNodesListThem(string command)
    {
        using var project = new TestProject(Two);
        var refused = await project.RunAsync([.. command.Split(' '), .. command.Contains("--", StringComparison.Ordinal) && command.StartsWith("instance:run", StringComparison.Ordinal) ? Array.Empty<string>() : ["--cloud", "local"]]);
        Assert.That((refused.Code, refused.Out), Is.EqualTo((ExitCode.BadInput, "")));
        Assert.That(refused.Error, Does.Contain("package: Which environment? nodes.json has staging, production.\n  Name one: --environment staging"));
    }

    [Test]
    public async Task NodeShow_GroupThatIsLeftOut_SaysWhere()
    {
        using var project = new TestProject(Two);
        var refused = await project.RunAsync("node:show", "db", "-e", "staging");
        Assert.That(refused.Error, Does.Match("The environment staging leaves the group db out \\(nodes.json:4:\\d+\\)"));
        Assert.That((await project.RunAsync("node:list", "-e", "staging", "--json")).Out, Does.Contain("www").And.Not.Contain("db"));
    }

    [Test]
    public async Task RoleUpdate_Environments_AreCompiledBesideTheRoles()
    {
        using var project = new TestProject(Two);
        Assert.That((await project.RunAsync("role:update", "--check")).Code, Is.EqualTo(ExitCode.Changes));
        var first = await project.RunAsync("role:create", "-e", "staging");
        Assert.That(first.Out, Is.EqualTo("created roles/www.json\ncreated roles/db.json\ncreated environments/staging.json\ncreated environments/production.json\n4 created, 0 changed, 0 unchanged, 0 orphaned\n"));
        Assert.That(project.Read("roles/www.json"), Does.Not.Contain("recipe[try]"), "a role is the same in every environment");
        Assert.That(project.Read("environments/staging.json"), Does.Contain("\"environment\": \"staging\"").And.Contain("where we try"));
        Assert.That((await project.RunAsync("role:update", "--check")).Out, Is.EqualTo("0 created, 0 changed, 4 unchanged, 0 orphaned (nothing was written)\n"));

        project.Write("nodes.json", Two.Replace("where we try", "elsewhere", StringComparison.Ordinal).Replace("\"production\"", "\"live\"", StringComparison.Ordinal));
        Assert.That((await project.RunAsync("role:create")).Error, Does.Contain("environments/staging.json exists and differs"));
        Assert.That(File.Exists(project.PathOf("environments/live.json")), Is.False);
        Assert.That((await project.RunAsync("role:update")).Out, Is.EqualTo(
            "created environments/live.json\nchanged environments/staging.json\norphaned environments/production.json\n1 created, 1 changed, 2 unchanged, 1 orphaned\n"));
        Assert.That((await project.RunAsync("role:update", "www")).Out, Is.EqualTo("0 created, 0 changed, 1 unchanged, 0 orphaned\n"));
    }

    [Test]
    public async Task RoleUpdate_WithoutEnvironments_TouchesNoFolderOfThem()
    {
        using var project = new TestProject("{" + Groups + "}");
        project.Write("environments/other.json", "{\n    \"name\": \"other\",\n    \"json_class\": \"Chef::Environment\",\n    \"chef_type\": \"environment\",\n");
        Assert.That((await project.RunAsync("role:update")).Out, Is.EqualTo("created roles/www.json\ncreated roles/db.json\n2 created, 0 changed, 0 unchanged, 0 orphaned\n"));
    }

    [Test]
    public async Task RoleUpdate_EnvironmentsFolder_IsTheSettings()
    {
        using var project = new TestProject("{\"__settings__\": {\"environments_folder\": \"chef/environments\"}, \"__environments__\": {\"a\": {}}}");
        Assert.That((await project.RunAsync("role:update")).Out, Does.Contain("created chef/environments/a.json"));
    }

    [Test]
    public async Task RoleUpdate_MistakeInAnEnvironmentOfManyGroups_IsToldThoughEveryRoleIsCurrent()
    {
        var groups = string.Concat(Enumerable.Range(0, 300).Select(number => $"\"g{number}\": {{}},"));
        using var project = new TestProject("{" + groups + "\"__environments__\": {\"a\": {\"g7\": {}}}}");
        Assert.That((await project.RunAsync("role:update")).Code, Is.EqualTo(ExitCode.Done));
        foreach (var file in Directory.EnumerateFiles(project.PathOf("roles")))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)); // long before the cache, which trusts no file that is as new as itself
        }

        Assert.That((await project.RunAsync("role:update")).Code, Is.EqualTo(ExitCode.Done));
        project.Write("nodes.json", project.Read("nodes.json").Replace("\"g7\": {}}", "\"g7\": {\"source_group\": \"nobody\"}}", StringComparison.Ordinal));
        var refused = await project.RunAsync("role:update");
        Assert.That((refused.Code, refused.Error.Contains("there is no such group", StringComparison.Ordinal)), Is.EqualTo((ExitCode.BadInput, true)), refused.Error);
    }

    [Test]
    public async Task PackerCreate_InAnEnvironment_HasAFolderOfItsOwn()
    {
        using var project = new TestProject(Two);
        Assert.That((await project.RunAsync("packer:create")).Out, Does.Contain("created packer/www.json"));
        var inStaging = await project.RunAsync("packer:create", "-e", "staging");
        Assert.That(inStaging.Out, Is.EqualTo("created packer/staging/www.json\n1 created, 0 changed, 0 unchanged, 0 orphaned\n"));
        Assert.That(project.Read("packer/staging/www.json"), Does.Contain("t3.small").And.Contain("../../"));
        Assert.That((await project.RunAsync("packer:create", "--check")).Code, Is.EqualTo(ExitCode.Done));
    }
}
