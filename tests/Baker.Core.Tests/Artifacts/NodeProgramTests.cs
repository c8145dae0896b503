using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Artifacts;

/// <summary>baker-node: its own tests, with each Python that is here, and how it comes onto an image.</summary>
[Platform("Linux")]
public sealed class NodeProgramTests
{
    private const int MostLines = 600;

    private static readonly NodeGroup s_group = new() { Name = GroupName.Parse("web"), Attributes = [], Config = new ConfigSettings { Reload = ["web.service"] } };

    /// <summary>The classes of each program's tests, side by side, with each Python that is here; those of one that is not are left out once.</summary>
    public static IEnumerable<TestCaseData> OwnTests() =>
        from version in Enumerable.Range(9, 5).Select(minor => $"3.{minor}")
        from program in new[] { "baker-node", "baker-services" }
        from name in Find(version) is null ? ["NodeTests"] : Regex.Matches(File.ReadAllText(TestsOf(program)), @"^class (\w+Tests)\(", RegexOptions.Multiline).Select(match => match.Groups[1].Value)
        where Find(version) is not null || program == "baker-node"
        select new TestCaseData(version, program, name);

    [Test]
    public void Program_IsOneFileOfAtMost600Lines() =>
        Assert.That(File.ReadAllLines(Path.Combine(Folder("src/Baker.Core/Artifacts/Node"), "baker-node")), Has.Length.AtMost(MostLines));

    [TestCaseSource(nameof(OwnTests))]
    public async Task Program_PassesItsOwnTests_WithoutAWarning(string version, string program, string tests)
    {
        if (Find(version) is not { } python)
        {
            Assert.Ignore($"there is no Python {version} here");
            return;
        }

        var run = await ProcessRun.RunAsync(new ProcessStartInfo(python,
        [
            "-I", "-W", "error",
            TestsOf(program),
            Path.Combine(Folder("src/Baker.Core/Artifacts/Node"), program),
            tests,
        ]));

        Assert.That(run.Code, Is.Zero, run.Out + run.Error);
        Assert.That(run.Error, Does.Contain("Ran ").And.EndsWith("OK\n"));
    }

    [Test]
    public void Payload_OfAGroupWithConfig_HasTheProgramItsSettingsAndItsUnit()
    {
        var files = NodeProgram.Files(s_group).ToDictionary(file => file.Path, file => Encoding.UTF8.GetString(file.Content.Span));

        var settings = JObject.Parse(files["node/node.json"]);
        Assert.That((string?)settings["group"], Is.EqualTo("web"));
        Assert.That(settings["config_paths"]!.Values<string>(), Is.EqualTo(new[] { "/baker/config/_all", "/baker/config/web" }));
        Assert.That(settings["config_reload"]!.Values<string>(), Is.EqualTo(new[] { "web.service" }));
        Assert.That(files["node/baker-node"], Does.StartWith("#!/usr/bin/python3 -I\n"));
        Assert.That(files["node/baker-config.service"], Does.Contain("ExecStart=/usr/local/bin/baker-node config"));
        Assert.That(NodeProgram.Files(s_group with { Config = null }), Is.Empty);
    }

    [Test]
    public void Payload_OfAGroupWithServices_HasTheirProgramAndUnit()
    {
        var group = s_group with { Environment = EnvironmentName.Parse("prod"), Needs = [new NeededService(ServiceName.Parse("api"), false, default)] };
        var files = NodeProgram.Files(group).ToDictionary(file => file.Path, file => Encoding.UTF8.GetString(file.Content.Span));
        Assert.That((string?)JObject.Parse(files["node/node.json"])["services_path"], Is.EqualTo("/baker/env/prod/config/_services/web"));
        Assert.That((string?)JObject.Parse(files["node/node.json"])["dna"]!["chef_environment"], Is.EqualTo("prod"), "what the collected services are put into");
        Assert.That(files["node/baker-services"], Does.StartWith("#!/usr/bin/python3 -I\n"));
        Assert.That(files["node/baker-services.service"], Does.Contain("ExecStart=/usr/local/bin/baker-node watch\nExecStop=/usr/local/bin/baker-node decommission --at-shutdown\n"));
        Assert.That(NodeProgram.Files(s_group).Select(file => file.Path), Has.None.Contains("services"));
    }

    [Test]
    public void Services_OfADeploy_AreCollectedIntoItsDna_AndNotWhereNoChefRuns()
    {
        var group = s_group with { Needs = [new NeededService(ServiceName.Parse("api"), false, default)], RunList = ["recipe[a]"] };
        string Run(NodeGroup group, bool announces) => PayloadTests.Unpack(Payload.Pack(new BakeInput(group, [], []) { Announces = announces }))["run.sh"];

        Assert.That(Run(group, announces: true), Does.Match("(?s)baker-node collect --dna \"\\$PWD/dna\\.json\".*step - \"chef-solo\".*baker-node notify"));
        Assert.That(Run(group with { RunList = [] }, announces: true), Does.Contain("baker-node collect ||"));
        Assert.That(Run(group, announces: false), Does.Not.Contain("baker-node collect"));
    }

    [Test]
    public void Payload_OfAGroupInAnEnvironment_ReadsThatOnesConfiguration()
    {
        var files = NodeProgram.Files(s_group with { Environment = EnvironmentName.Parse("prod") }).ToDictionary(file => file.Path, file => Encoding.UTF8.GetString(file.Content.Span));
        var settings = JObject.Parse(files["node/node.json"]);
        Assert.That((string?)settings["environment"], Is.EqualTo("prod"));
        Assert.That(settings["config_paths"]!.Values<string>(), Is.EqualTo(new[] { "/baker/env/prod/config/_all", "/baker/env/prod/config/web" }));
    }

    [Test]
    public void Payload_OfAGroupThatUsesDatastores_SaysWhichAndWhereToAsk()
    {
        var group = s_group with { Environment = EnvironmentName.Parse("prod.eu"), Uses = ["main"], Dna = new JObject { ["app"] = 1 } };
        var files = NodeProgram.Files(group).ToDictionary(file => file.Path, file => Encoding.UTF8.GetString(file.Content.Span));
        var settings = JObject.Parse(files["node/node.json"]);
        Assert.That(settings["uses"]!.Values<string>(), Is.EqualTo(new[] { "main" }));
        Assert.That((string?)settings["datastores_path"], Is.EqualTo("/baker/env/prod.eu/config/_datastores"));
        Assert.That(
            settings["dna"]!.ToString(Newtonsoft.Json.Formatting.None),
            Is.EqualTo("""{"id":"web","run_list":["role[role-web]"],"chef_environment":"prod_eu","environment":"prod.eu","app":1}"""));
    }

    [Test]
    public void Datastores_OfADeploy_AreInItsDnaAndFetched_AndInNoFingerprint()
    {
        var image = new BakeInput(s_group with { Uses = ["main"], RunList = ["recipe[a]"] }, [], []);
        var deploy = image with { Datastores = new JObject { ["main"] = new JObject { ["host"] = "h" } } };
        Assert.That(Fingerprint.Of(deploy, "ami-1"), Is.EqualTo(Fingerprint.Of(image, "ami-1")));
        var (ofImage, ofDeploy) = (PayloadTests.Unpack(Payload.Pack(image)), PayloadTests.Unpack(Payload.Pack(deploy)));
        Assert.That((string?)JObject.Parse(ofDeploy["dna.json"])["datastores"]!["main"]!["host"], Is.EqualTo("h"));
        Assert.That(ofDeploy["run.sh"], Does.Contain("'configuration' /usr/local/bin/baker-node config --reload\n"));
        Assert.That(JObject.Parse(ofImage["dna.json"])["datastores"], Is.Null);
        Assert.That(ofImage["run.sh"], Does.Not.Contain("baker-node config"));
    }

    [Test]
    public void Fingerprint_KnowsTheProgramAndItsSettings_ButNotWhatIsSecret()
    {
        string Of(ConfigSettings? config) => Fingerprint.Of(new BakeInput(s_group with { Config = config }, [], []), "ami-1");

        Assert.That(Of(new ConfigSettings()), Is.Not.EqualTo(Of(null)));
        Assert.That(Of(new ConfigSettings { Reload = ["web"] }), Is.Not.EqualTo(Of(new ConfigSettings())));
        Assert.That(Of(new ConfigSettings { Secrets = ["A"], KmsKeyId = "alias/a" }), Is.EqualTo(Of(new ConfigSettings())));
    }

    private static string TestsOf(string program) => Path.Combine(Folder("tests/Baker.Core.Tests/Artifacts/Node"), $"{program.Replace('-', '_')}_test.py");

    private static string? Find(string version)
    {
        var home = Environment.GetEnvironmentVariable("PYENV_ROOT") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".pyenv");
        var built = Path.Combine(home, "versions");
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Where(folder => !folder.EndsWith("/shims", StringComparison.Ordinal))
            .Select(folder => Path.Combine(folder, "python" + version))
            .Concat((Directory.Exists(built) ? Directory.GetDirectories(built, version + ".*") : []).Select(folder => Path.Combine(folder, "bin/python3")))
            .FirstOrDefault(File.Exists);
    }

    private static string Folder(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Baker.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return Path.Combine(folder.FullName, path);
    }
}
