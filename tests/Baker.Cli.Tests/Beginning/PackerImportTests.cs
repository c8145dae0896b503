using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Beginning;

/// <summary>Packer's JSON templates as projects: what is carried over, and what is named as not.</summary>
internal sealed class PackerImportTests
{
    private const string Folder = "tests/Baker.Cli.Tests/Beginning/Packer";

    [TestCase("frontend", "--var", "release=2.4")]
    [TestCase("twice")]
    [TestCase("workers")]
    [TestCase("bastion")]
    [TestCase("several")]
    [TestCase("database")]
    public async Task Import_ATemplate_SaysWhatBecameOfEachValue(string name, params string[] variables)
    {
        using var project = new TestProject();
        project.Write($"{name}.json", TestProject.Repository($"{Folder}/{name}.json"));

        var run = await project.RunAsync(["init", "--from", $"{name}.json", .. variables]);

        Golden.Check(Story(project, run, name), $"{Folder}/{name}.txt");
    }

    /// <summary>Every value of the template is named, or in something that is.</summary>
    [TestCase("frontend")]
    [TestCase("workers")]
    [TestCase("bastion")]
    [TestCase("database")]
    public async Task Import_ATemplate_LosesNoValueUnsaid(string name)
    {
        using var project = new TestProject();
        project.Write($"{name}.json", TestProject.Repository($"{Folder}/{name}.json"));

        var run = await project.RunAsync("init", "--from", $"{name}.json");

        var builder = (Newtonsoft.Json.Linq.JObject)Newtonsoft.Json.Linq.JObject.Parse(project.Read($"{name}.json"))["builders"]![0]!;
        Assert.That(
            builder.Properties().Select(option => option.Name).Where(option => option is not ("type" or "name") && !run.Out.Contains($"builders[0].{option}", StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public async Task Import_ATemplate_BakesAtOnceOnTheLocalCloud()
    {
        await Sandboxes.RequireAsync();
        using var project = new TestProject();
        project.Write("template.json", """
            {
              "builders": [{"type": "amazon-ebs", "name": "page", "region": "us-east-1", "source_ami": "ami-1ebb2077",
                "instance_type": "t3.micro", "communicator": "ssh", "ssh_interface": "session_manager", "ami_name": "page"}],
              "provisioners": [{"type": "shell", "environment_vars": ["WORD=it's here"], "inline": ["echo \"$WORD\" > /etc/page"]}]
            }
            """);

        var init = await project.RunAsync("init", "--from", "template.json");
        var bake = await project.RunAsync("packer:run");

        Assert.Multiple(() =>
        {
            Assert.That(init.Code, Is.EqualTo(ExitCode.Done), init.Error);
            Assert.That(bake.Code, Is.EqualTo(ExitCode.Done), bake.Error + bake.Out);
            Assert.That(project.Read("scripts/page-1.sh"), Is.EqualTo("#!/bin/sh -e\nexport WORD='it'\\''s here'\necho \"$WORD\" > /etc/page\n"));
        });
    }

    [Test]
    public async Task Import_AScriptThatIsLeftOut_NamesItsVariablesToo()
    {
        using var project = new TestProject();
        project.Write("template.json", """
            {
              "builders": [{"type": "amazon-ebs", "name": "page", "region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro"}],
              "provisioners": [{"type": "shell", "environment_vars": ["WORD=it's here"], "inline": ["echo {{isotime}}"]}]
            }
            """);

        var run = await project.RunAsync("init", "--from", "template.json");

        Assert.That(run.Out, Does.Contain("provisioners[0].inline").And.Contain("provisioners[0].environment_vars[0] (WORD)"));
    }

    [TestCase("We b/../ü", "We-b", true)]
    [TestCase("web-", "web-", false)]
    public async Task Import_ANameThatNoGroupCanHave_IsChangedAndSaid(string name, string group, bool isSaid)
    {
        using var project = new TestProject();
        project.Write("image.json", $$"""{"builders": [{"type": "amazon-ebs", "name": "{{name}}", "source_ami": "ami-1ebb2077", "instance_type": "m5.large"}]}""");

        var run = await project.RunAsync("init", "--from", "image.json");

        Assert.That(JObject.Parse(project.Read("nodes.json")).ContainsKey(group), run.Out);
        Assert.That(run.Out.Contains($"{group}: no group can be called \"{name}\"; --name chooses another", StringComparison.Ordinal), Is.EqualTo(isSaid), run.Out);
    }

    [TestCase("image.pkr.hcl", "image.pkr.hcl is a template in HCL2, which is not read", "packer inspect image.pkr.hcl")]
    [TestCase("image.pkr.json", "is a template in HCL2", "packer inspect")]
    [TestCase("missing.json", "There is no file missing.json.", "package init --from packer.json")]
    [TestCase("broken.json", "broken.json:1:", "HCL2")]
    [TestCase("hcl.json", "hcl.json:1:1: this is no JSON", "HCL2")]
    [TestCase("comment.json", "comment.json:1:1: this is no JSON", "no comments")]
    [TestCase("comma.json", "comma.json:2:1: this is no JSON", "no trailing commas")]
    [TestCase("more.json", "more.json:1:18: this is no JSON", "HCL2")]
    [TestCase("latin.json", "latin.json:1:15: This is not UTF-8.", "Save the file as UTF-8.")]
    [TestCase("empty.json", "empty.json is empty", "JSON template")]
    [TestCase("none.json", "no amazon-ebs builder", "It has no builder at all.")]
    [TestCase("other.json", "it has no \"builders\"", "HCL2")]
    [TestCase("docker.json", "no amazon-ebs builder", "docker")]
    public async Task Import_NoTemplate_IsRefusedByName(string file, string message, string remedy)
    {
        using var project = new TestProject();
        project.Write("image.pkr.hcl", "source \"amazon-ebs\" \"a\" {}\n");
        project.Write("image.pkr.json", "{\"source\": {}}");
        project.Write("broken.json", "{\"builders\": [");
        project.Write("hcl.json", "source \"amazon-ebs\" \"a\" {}\n");
        project.Write("comment.json", "// web\n{\"builders\": []}");
        project.Write("comma.json", "{\"builders\": [],\n}");
        project.Write("more.json", "{\"builders\": []} x");
        await File.WriteAllBytesAsync(project.PathOf("latin.json"), [.. "{\"builders\": \"\u00e9\"}".Select(letter => (byte)letter)]);
        project.Write("empty.json", "");
        project.Write("none.json", "{\"builders\": []}");
        project.Write("other.json", "{\"source\": {}}");
        project.Write("docker.json", "{\"builders\": [{\"type\": \"docker\"}]}");

        var run = await project.RunAsync("init", "--from", file);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain(message).And.Contain(remedy));
        Assert.That(File.Exists(project.PathOf("nodes.json")), Is.False);
    }

    [TestCase("{\"builders\": [{\"type\": \"amazon-ebs\"}]}", "names no image to start from and no instance_type.", "Add instance_type, and source_ami")]
    [TestCase("{\"builders\": [{\"type\": \"amazon-ebs\", \"instance_type\": \"m5.large\"}]}", "names no image to start from.", "Add source_ami")]
    [TestCase("{\"builders\": [{\"type\": \"amazon-ebs\", \"source_ami\": \"ami-1ebb2077\"}]}", "names no instance_type.", "Add instance_type")]
    public async Task Import_OfWhatCannotBeBakedYet_SaysWhatIsMissing(string template, string message, string remedy)
    {
        using var project = new TestProject();
        project.Write("bare.json", template);

        var run = await project.RunAsync("init", "--from", "bare.json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Out);
        Assert.That(run.Error, Does.Contain("nodes.json was written, and cannot be baked yet: bare " + message).And.Contain(remedy));
        Assert.That((File.Exists(project.PathOf("nodes.json")), run.Out.Contains("packer:run", StringComparison.Ordinal)), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task Import_TagsOfBakerAndAGroupNamedTwice_AreLeftOutAndNamedOnce()
    {
        using var project = new TestProject();
        project.Write("web.json", """
            {
              "builders": [{"type": "amazon-ebs", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro", "tags": {"group": "shop", "team": "shop"},
                "security_group_ids": ["sg-11111111", "sg-11111111"]}]
            }
            """);

        var run = await project.RunAsync("init", "--from", "web.json");

        var web = JObject.Parse(project.Read("nodes.json"))["web"]!;
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(web["tags"]!.ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("{\"team\":\"shop\"}"));
        Assert.That(web["security_groups"]!.ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("[\"sg-11111111\"]"));
        Assert.That(run.Out, Does.Contain("builders[0].tags.group"));
    }

    [Test]
    public async Task Import_AProvisionerOfNoBuilder_IsNamed()
    {
        using var project = new TestProject();
        project.Write("t.json", """
            {
              "builders": [{"type": "amazon-ebs", "name": "web", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro"},
                {"type": "amazon-ebs", "name": "db", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro"}],
              "provisioners": [{"type": "shell", "only": ["vagrant"], "inline": ["true"]}, {"type": "shell", "except": ["db"], "inline": ["true"]}]
            }
            """);

        var run = await project.RunAsync("init", "--from", "t.json");

        Assert.That(run.Out, Does.Contain("  provisioners[0] (shell)\n      its only or except").And.Not.Contain("provisioners[1] (shell)"));
    }

    [Test]
    public async Task Import_ControlCharacters_AreQuoted()
    {
        using var project = new TestProject();
        project.Write("t.json", """
            {
              "builders": [{"type": "amazon-ebs", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro", "tags": {"a\u001b[2Jb": "c"}, "\u001bodd": 1}],
              "provisioners": [{"type": "odd\u001b[2J"}]
            }
            """);

        var run = await project.RunAsync("init", "--from", "t.json");

        Assert.That(run.Out, Does.Not.Contain('\u001b').And.Contain("odd\\u001b[2J"));
    }

    [TestCase("{\"builders\": [1, \"x\", null, []], \"provisioners\": 3}")]
    [TestCase("{\"builders\": [{\"type\": \"amazon-ebs\", \"tags\": 1, \"source_ami_filter\": [], \"launch_block_device_mappings\": [1], \"region\": {}}], \"provisioners\": [1, {\"type\": \"shell\", \"inline\": {}, \"scripts\": 1}], \"variables\": [], \"post-processors\": {}}")]
    [TestCase("{\"builders\": [{\"type\": \"amazon-ebs\", \"region\": \"{{user `a`}}\", \"name\": \"{{\"}], \"variables\": {\"a\": \"{{user `b`}}\", \"b\": \"{{user `a`}}\"}}")]
    public async Task Import_OddTemplate_IsNoBug(string template)
    {
        using var project = new TestProject();
        project.Write("odd.json", template);

        var run = await project.RunAsync("init", "--from", "odd.json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput).Or.EqualTo(ExitCode.Done), run.Error);
    }

    [Test]
    public async Task Import_AVariableThatIsNotThere_SuggestsTheNearest()
    {
        using var project = new TestProject();
        project.Write("t.json", "{\"variables\": {\"region\": \"a\"}, \"builders\": [{\"type\": \"amazon-ebs\"}]}");

        var run = await project.RunAsync("init", "--from", "t.json", "--var", "regoin=x");

        Assert.That(run.Error, Does.Contain("no variable \"regoin\"").And.Contain("Did you mean \"region\"?"));
    }

    private static string Story(TestProject project, ProgramRun run, string name)
    {
        var files = Directory.GetFiles(project.Folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(project.Folder, file).Replace('\\', '/'))
            .Where(file => file != $"{name}.json" && file is not ("nodes.schema.json" or ".gitignore"))
            .Order(StringComparer.Ordinal)
            .Select(file => $"=== {file}\n{project.Read(file)}");
        return $"=== exit {(int)run.Code}\n{run.Error}{run.Out}{string.Concat(files)}";
    }
}
