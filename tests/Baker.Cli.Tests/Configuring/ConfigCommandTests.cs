using Baker.Cli.Tests.Programs;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Configuring;

/// <summary>The commands on configuration, on a local cloud on which nothing executes.</summary>
public sealed class ConfigCommandTests
{
    private const string Secret = "correct-horse-battery";

    private TestProject _project = null!;

    [SetUp]
    public void Make()
    {
        _project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "run_list": [], "config": true, "iam_instance_profile": "p", "config_secrets": ["TOKEN"], "config_kms_key_id": "alias/config"},
              "web": {},
              "far": {"region": "eu-west-1"},
              "bare": {"config": false, "config_secrets": null, "config_kms_key_id": null}
            }
            """);
        _project.Environment["BAKER_LOCAL_EXEC"] = "0";
    }

    [TearDown]
    public void Remove() => _project.Dispose();

    [Test]
    public async Task Set_NewChangedAndSame_DoesAsMuchAsIsNeeded()
    {
        var first = await _project.RunAsync("config:set", "web", "A=1", "B=two words");
        var dry = await _project.RunAsync("config:set", "web", "A=1", "B=3", "--dry-run");
        var second = await _project.RunAsync("config:set", "web", "A=1", "B=3");
        var third = await _project.RunAsync("config:set", "web", "A=1", "B=3");

        Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Error);
        Assert.That(first.Error, Does.Contain("set A of web").And.Contain("set B of web").And.Contain("config:push web"));
        Assert.That((dry.Code, dry.Out.Trim()), Is.EqualTo((ExitCode.Changes, "1. change B of web")));
        Assert.That(second.Error, Does.Contain("change B of web").And.Not.Contain("A of web"));
        Assert.That(third.Out, Is.EqualTo("Everything is as it shall be.\n"));
        Assert.That(await ListAsync("web"), Is.EqualTo(new[] { "web A=1 plain 1", "web B=3 plain 2" }));
    }

    [Test]
    public async Task Secrets_AreEncryptedAndMasked_WhoeverNamesThem()
    {
        await DoAsync("config:set", "web", "PASSWORD=" + Secret, "--secret");
        await DoAsync("config:set", "web", "TOKEN=" + Secret + "-2", "PLAIN=x");
        var stays = await DoAsync("config:set", "web", "PASSWORD=" + Secret + "-3");

        Assert.That(await ListAsync("web"), Is.EqualTo(new[] { "web PASSWORD= secret 2", "web PLAIN=x plain 1", "web TOKEN= secret 1" }));
        Assert.That(await ListAsync("web", "--show"), Is.EqualTo(new[] { $"web PASSWORD={Secret}-3 secret 2", "web PLAIN=x plain 1", $"web TOKEN={Secret}-2 secret 1" }));
        Assert.That((await DoAsync("config:list", "web")).Out, Does.Contain("********").And.Not.Contain(Secret));
        Assert.That((await DoAsync("config:history", "web")).Out, Does.Contain("********").And.Not.Contain(Secret));
        Assert.That((await DoAsync("config:history", "web", "PASSWORD", "--show")).Out, Does.Contain(Secret + "-3").And.Contain(Secret + " ").And.Contain("user/local"));
        Assert.That(stays.Out + stays.Error, Does.Not.Contain(Secret));
        foreach (var file in Directory.EnumerateFiles(_project.PathOf(".package"), "*", SearchOption.AllDirectories))
        {
            Assert.That(await File.ReadAllTextAsync(file), Does.Not.Contain(Secret), file);
        }
    }

    [Test]
    public async Task Value_ThatBecomesASecret_LosesItsHistory()
    {
        await DoAsync("config:set", "web", "KEY=" + Secret);
        var run = await DoAsync("config:set", "web", "KEY=" + Secret, "--secret");

        Assert.That(run.Error, Does.Contain("make KEY of web a secret, and remove its history"));
        Assert.That(JArray.Parse((await DoAsync("config:history", "web", "KEY", "--json")).Out).Select(each => (int)each["version"]!), Is.EqualTo(new[] { 1 }));
        Assert.That(await ListAsync("web"), Is.EqualTo(new[] { "web KEY= secret 1" }));
    }

    [Test]
    public async Task AllGroups_AreInEachRegion_AndListedBesideTheGroups()
    {
        await DoAsync("config:set", "--all-groups", "LEVEL=info");
        await DoAsync("config:set", "far", "LEVEL=debug");

        Assert.That(await ListAsync("far"), Is.EqualTo(new[] { " LEVEL=info plain 1", "far LEVEL=debug plain 1" }));
        Assert.That(await ListAsync("web"), Is.EqualTo(new[] { " LEVEL=info plain 1" }));
        await DoAsync("config:unset", "--all-groups", "LEVEL");
        Assert.That(await ListAsync(), Is.EqualTo(new[] { "far LEVEL=debug plain 1" }));
    }

    [Test]
    public async Task Unset_RemovesWhatIsThere()
    {
        await DoAsync("config:set", "web", [.. Enumerable.Range(0, 25).Select(number => $"V{number}=x")]);
        var run = await DoAsync("config:unset", "web", [.. Enumerable.Range(0, 24).Select(number => $"V{number}"), "OTHER"]);

        Assert.That(run.Error, Does.Contain("remove V0, V1").And.Not.Contain("OTHER"));
        Assert.That(await ListAsync("web"), Is.EqualTo(new[] { "web V24=x plain 1" }));
    }

    [Test]
    public async Task Unset_OfWhatIsNotThere_SaysSo()
    {
        await DoAsync("config:set", "web", "PASSWORD=x");
        var run = await DoAsync("config:unset", "web", "PASWORD");

        Assert.That(run.Error, Does.Contain("web has no PASWORD"));
        Assert.That(await ListAsync("web"), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Import_OfWhatIsNotUtf8_IsRefused()
    {
        await File.WriteAllBytesAsync(_project.PathOf("web.env"), [.. "A=caf"u8, 0xe9, (byte)'\n']);
        var run = await _project.RunAsync("config:import", "web", "web.env");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("web.env:1:6: This is not UTF-8."));
        Assert.That(await ListAsync("web"), Is.Empty);
    }

    [Test]
    public async Task Import_SetsWhatTheFileHas()
    {
        _project.Write("web.env", "# a file\nexport A='1'\nTOKEN=\"two\nlines\"\n");
        await DoAsync("config:import", "web", "web.env");

        Assert.That(await ListAsync("web", "--show"), Is.EqualTo(new[] { "web A=1 plain 1", "web TOKEN=two\nlines secret 1" }));
        _project.Write("web.env", "A\n");
        var wrong = await _project.RunAsync("config:import", "web", "web.env");
        Assert.That((wrong.Code, wrong.Error[wrong.Error.IndexOf("package:", StringComparison.Ordinal)..]), Is.EqualTo((ExitCode.BadInput, "package: web.env:1: this is no NAME=VALUE; a name has letters, digits and _, and begins with no digit\n  Mend the lines.\n")));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public async Task Edit_SetsAndRemovesAsTheFileSays_AndLeavesNoFile()
    {
        await DoAsync("config:set", "web", "A=1", "B=2", "TOKEN=" + Secret);
        _project.Write("editor", "#!/bin/sh\nstat -c '%a' \"$1\" \"$(dirname \"$1\")\" > mode\ndirname \"$1\" > where\ngrep -v '^B=' \"$1\" | sed 's/^A=.*/A=\"new\"/' > copy; echo C=3 >> copy; cat copy > \"$1\"; rm copy\n");
        _project.Environment["EDITOR"] = "sh ./editor";
        var run = await DoAsync("config:edit", "web");

        Assert.That(run.Error, Does.Contain("change A of web").And.Contain("set C of web").And.Contain("remove B of web").And.Not.Contain("TOKEN").And.Not.Contain(Secret));
        Assert.That(await ListAsync("web", "--show"), Is.EqualTo(new[] { "web A=new plain 2", "web C=3 plain 1", $"web TOKEN={Secret} secret 1" }));
        Assert.That(_project.Read("mode"), Does.EndWith("700\n"));
        Assert.That(Directory.Exists(_project.Read("where").Trim()), Is.False);

        _project.Write("editor", "exit 3\n");
        Assert.That((await _project.RunAsync("config:edit", "web")).Error, Does.Contain("ended with exit code 3").And.Contain("Nothing was changed"));
        _project.Write("editor", ": > \"$1\"\n");
        Assert.That((await _project.RunAsync("config:edit", "web")).Error, Does.Contain("The edited file is empty").And.Contain("Nothing was changed"));
        Assert.That(await ListAsync("web"), Has.Length.EqualTo(3));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public async Task Edit_OfWhatCannotBeRead_KeepsItForThePerson()
    {
        await DoAsync("config:set", "web", "A=1");
        _project.Write("editor", "printf 'A=2\nB\n' > \"$1\"; echo \"$1\" > where\n");
        _project.Environment["EDITOR"] = "sh ./editor";

        var run = await _project.RunAsync("config:edit", "web");
        var file = _project.Read("where").Trim();

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("the edited file:2: this is no NAME=VALUE").And.Contain($"is kept, for you alone, in {file}"));
        Assert.That(File.ReadAllText(file), Is.EqualTo("A=2\nB\n"));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.That(await ListAsync("web", "--show"), Is.EqualTo(new[] { "web A=1 plain 1" }));
    }

    [TestCase("config:set web 1A=x", "1A: this is no name of a variable.")]
    [TestCase("config:set web =x", "=…: a value without a name.")]
    [TestCase("config:set web A=", "A: it is empty, and SSM keeps no empty value.")]
    [TestCase("config:set web A=\u0001", "A: it has control characters, which systemd refuses.")]
    [TestCase("config:set web A=caf\uFFFD", "A: it is not UTF-8")]
    [TestCase("config:set web A=1 A=2", "A is given twice.")]
    [TestCase("config:set web A", "A has no value, and nobody is there to ask.")]
    [TestCase("config:set web A B=-", "A and B=- have no value, and one only can be piped in.")]
    [TestCase("config:set web", "Set what?")]
    [TestCase("config:set", "Which group?")]
    [TestCase("config:set wbe A=1", "wbe")]
    [TestCase("config:unset web", "Remove what?")]
    [TestCase("config:unset web A=1", "Remove what?")]
    [TestCase("config:import web", "Which file?")]
    [TestCase("config:import web missing.env", "missing.env cannot be read")]
    [TestCase("config:import web -", "Nothing is piped in.")]
    [TestCase("config:edit web", "Neither VISUAL nor EDITOR")]
    [TestCase("config:edit --all-groups", "The groups are in several Regions.")]
    public async Task Mistake_IsTold_AndNothingDone(string words, string message)
    {
        var run = await _project.RunAsync(words.Split(' '));

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(await ListAsync(), Is.Empty);
    }

    [Test]
    public async Task Mistakes_InSeveralValues_AreToldTogether()
    {
        var run = await _project.RunAsync("config:set", "web", "1A=x", "B=", "C=fine");

        Assert.That(run.Error, Does.Contain("1A: ").And.Contain("B: "));
        Assert.That(await ListAsync(), Is.Empty);
    }

    [Test]
    public async Task Set_OfAGroupWithoutConfig_SaysThatItsNodesDoNotReadIt() =>
        Assert.That((await DoAsync("config:set", "bare", "A=1")).Error, Does.Contain("bare has no \"config\": true, so that its nodes do not read this."));

    [Test]
    public async Task Set_PipedIn_TakesTheValueAsItIsButForTheLastLineFeed()
    {
        var run = await ProgramRun.OfAsync(PackageProgram.ForProcesses.Start(_project, ["config:set", "web", "KEY=-"]), "a b \n\nc\n\n");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(await ListAsync("web"), Is.EqualTo(new[] { "web KEY=a b \n\nc plain 1" }));
    }

    [Test]
    public async Task KmsKey_OfTheManifest_IsNamedForSecretsOnly()
    {
        await DoAsync("config:set", "web", "TOKEN=" + Secret, "A=1");
        var state = await File.ReadAllLinesAsync(_project.PathOf(".package/state.jsonl"));

        Assert.That(state.Where(line => line.Contains("/web/TOKEN\"", StringComparison.Ordinal)), Has.Some.Contains("alias/config"));
        Assert.That(state.Where(line => line.Contains("/web/A\"", StringComparison.Ordinal) && !line.Contains("/web/TOKEN\"", StringComparison.Ordinal)), Has.Some.Contains("\"1\"").And.None.Contains("alias/config"));
    }

    private async Task<ProgramRun> DoAsync(string command, string first, params string[] more)
    {
        var run = await _project.RunAsync([command, first, .. more]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        return run;
    }

    private async Task<string[]> ListAsync(params string[] words)
    {
        var run = await _project.RunAsync(["config:list", .. words, "--json"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        return [.. JArray.Parse(run.Out).Select(each => $"{each["group"]} {each["name"]}={each["value"]} {((bool)each["secret"]! ? "secret" : "plain")} {each["version"]}")];
    }
}
