using System.Diagnostics;
using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Programs;

/// <summary>The schemas of docs/json/ against what the commands print.</summary>
public sealed class JsonSchemaTests
{
    private const string Shared = "shared";

    /// <summary>These need more than a project that nothing else was done in: an editor, a server, two images of a fleet, a catalogue with entries, a canary under way, a balancer.</summary>
    private static readonly string[] s_elsewhere =
        ["config:edit", "image:diff", "instance:run", "instance:deploy", "local:env", "service:watch", "instance:quarantine", "autoscale:promote", "autoscale:pause", "maintenance:on", "init", "instance:copy", "instance:forward"];

    /// <summary>What the list of invocations does not reach with its options, before the local cloud is reset.</summary>
    private static readonly string[] s_more =
    [
        "image:show IMAGE", "image:revoke IMAGE --why old --dry-run", "packer:run www", "plan", "apply --dry-run", "doctor --cloud local", "version", "config:set www B=2", "config:push www --dry-run", "instance:inventory",
        "change:list", "change:show CHANGE", "config:history www", "local:image list", "local:status", "autoscale:promote www", "service:show api --manifest services.json -e staging", "packer:run bee --force", "image:promote bee --to production", "image:rollback bee --channel production", "image:demote bee --channel production",
        "self:install --prefix here --dry-run",
    ];

    /// <summary>Reads a list of [schema, value] pairs, and prints what is wrong with each. An object may have no key that its schema does not describe.</summary>
    private const string Validator = """
        import json, os, sys
        from jsonschema import Draft202012Validator
        from referencing import Registry, Resource

        def closed(schema):
            if isinstance(schema, list):
                return [closed(each) for each in schema]
            if not isinstance(schema, dict):
                return schema
            schema = {key: closed(value) for key, value in schema.items()}
            if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
                schema["additionalProperties"] = False
            return schema

        folder, said = sys.argv[1:]
        schemas = {}
        for name in os.listdir(folder):
            schema = json.load(open(os.path.join(folder, name)))
            Draft202012Validator.check_schema(schema)
            schemas[name] = closed(schema)
        registry = Registry().with_resources([(name, Resource.from_contents(schema)) for name, schema in schemas.items()])
        for command, name, value in json.load(open(said)):
            errors = [each for error in Draft202012Validator(schemas[name], registry=registry).iter_errors(value) for each in (error.context or [error])]
            if errors:
                error = max(errors, key=lambda each: len(each.absolute_path))
                print(command, list(error.absolute_path), error.message[:300])
        """;

    [Test]
    public void Schemas_AndCommandsWithJson_AreTheSame()
    {
        var files = Directory.EnumerateFiles(SchemaFolder()).Select(file => Path.GetFileName(file)).Where(file => file != $"{Shared}.schema.json");

        Assert.That(files, Is.EquivalentTo(Commands().Where(command => command.ShowInHelpText).Select(command => SchemaOf(command.Name!))));
    }

    [Test]
    public void Schemas_EachProperty_IsDescribed()
    {
        var plain = Directory.EnumerateFiles(SchemaFolder())
            .SelectMany(file => JObject.Parse(File.ReadAllText(file)).DescendantsAndSelf().OfType<JProperty>()
                .Where(each => each is { Name: "properties", Value: JObject } && each.Parent!["type"] is not null)
                .SelectMany(each => ((JObject)each.Value).Properties())
                .Where(each => each.Value["description"] is null && each.Value["$ref"] is null && each.Value["const"] is null)
                .Select(each => $"{Path.GetFileName(file)} {each.Path}"));

        Assert.That(plain, Is.Empty);
    }

    [Test]
    public async Task Output_OfEveryCommand_IsAsItsSchemaSays()
    {
        using var project = Project();
        var commands = Commands().Select(command => command.Name!).ToHashSet(StringComparer.Ordinal);
        var said = new JArray();
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var at = Invocations.All.ToList().IndexOf("autoscale:delete www");
        foreach (var line in Invocations.All.Take(at).Concat(s_more).Concat(Invocations.All.Skip(at)))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => word != "--json").ToList();
            if (words.Count == 0 || !commands.Contains(words[0]) || words is ["local:image"] or ["service:watch" or "config:edit" or "local:env", ..] || words.Any(word => word is "--explain" or "--markdown" or "--format" or "--no-such" or "add" or "remove"))
            {
                continue;
            }

            words.Insert(words[0] is "local:image" or "freeze" && words.Count > 1 ? 2 : 1, "--json");
            var run = await project.RunAsync([.. await KnownAsync(project, words)]);
            var values = Values(run.Out);
            values.ForEach(value => said.Add(new JArray(string.Join(' ', words), SchemaOf(words[0]), value)));
            Assert.That(values, Is.Not.Empty, $"{string.Join(' ', words)}: {run.Code} {run.Error}");
            if (values[^1] is JObject { Count: 1 } last && last["error"] is { } error)
            {
                Assert.That((int?)error["code"], Is.EqualTo((int)run.Code), $"{string.Join(' ', words)}: {run.Out}{run.Error}");
            }
            else
            {
                reached.Add(words[0]);
            }
        }

        using var all = Assert.EnterMultipleScope();
        Assert.That(commands.Except(reached).Except(s_elsewhere), Is.Empty, "commands of which only errors were seen");
        Assert.That(await ValidateAsync(project, said), Is.Empty);
    }

    private static async Task<IEnumerable<string>> KnownAsync(TestProject project, List<string> words)
    {
        async Task<string> FirstAsync(string command, string key) => (string?)JArray.Parse((await project.RunAsync(command, "--json")).Out).FirstOrDefault()?[key] ?? "none";
        var image = words.Contains("IMAGE") ? await FirstAsync("image:list", "id") : "";
        var change = words.Contains("CHANGE") ? await FirstAsync("change:list", "id") : "";
        return words.Select(word => word == "IMAGE" ? image : word == "CHANGE" ? change : word);
    }

    /// <summary>One value on many lines, or one a line; an error is always the last line.</summary>
    private static List<JToken> Values(string output)
    {
        using var reader = new JsonTextReader(new StringReader(output)) { SupportMultipleContent = true, DateParseHandling = DateParseHandling.None };
        var values = new List<JToken>();
        while (reader.Read())
        {
            values.Add(JToken.ReadFrom(reader));
        }

        return values;
    }

    [Test]
    public async Task Output_OfInit_IsAsItsSchemaSays()
    {
        var said = new JArray();
        foreach (var from in (string[][])[[], ["--from", "old/packer.json"]])
        {
            using var folder = new TestProject();
            folder.Write("old/packer.json", """{"builders": [{"type": "amazon-ebs", "region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "m5.large", "ami_name": "www"}, {"type": "docker"}], "provisioners": [{"type": "shell", "script": "gone.sh"}]}""");
            var run = await folder.RunAsync(["init", .. from, "--json"]);
            var value = Values(run.Out).Single();
            Assert.That((run.Code, run.Error, (bool)((JObject)value).ContainsKey("group")), Is.EqualTo((ExitCode.Done, "", true)), run.Out);
            Assert.That(value["created"]!.Values<string>(), Does.Contain("nodes.json"));
            Assert.That((value["carried_over"]!.Any(), value["not_carried_over"]!.Any()), Is.EqualTo((from.Length > 0, from.Length > 0)), run.Out);
            said.Add(new JArray("init", SchemaOf("init"), value));
        }

        using var project = Project();
        Assert.That(await ValidateAsync(project, said), Is.Empty);
    }

    /// <summary>What is wrong with values, as [command, schema, value].</summary>
    internal static async Task<string> ValidateAsync(TestProject project, JArray said)
    {
        Peers.Require("python3");
        if ((await ProcessRun.RunAsync(new ProcessStartInfo("python3", ["-c", "import jsonschema, referencing"]))).Code != 0)
        {
            Peers.Missing("python3 has no jsonschema of version 4.18 or later.");
        }

        project.Write("said.json", said.ToString());
        var run = await ProcessRun.RunAsync(new ProcessStartInfo("python3", ["-c", Validator, SchemaFolder(), project.PathOf("said.json")]));
        return run.Out + run.Error;
    }

    private static string SchemaFolder() => Path.Combine(TestProject.RepositoryFolder, "docs", "json");

    internal static string SchemaOf(string command) => $"{command.Replace("roles:", "role:", StringComparison.Ordinal).Replace(':', '-')}.schema.json";

    private static IEnumerable<CommandLineApplication> Commands()
    {
        var nowhere = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null };
        var session = new Session(nowhere, "/", new(() => new Dictionary<string, string>()), TimeProvider.System, CancellationToken.None);
        var app = new CommandLineApplication();
        foreach (var register in CommandTable.All)
        {
            register(app, session);
        }

        return app.Commands.Where(command => command.Commands.Append(command).Any(each => each.Options.Any(option => option.LongName == "json")));
    }

    private static TestProject Project()
    {
        var project = new TestProject(Invocations.Manifest) { Environment = { ["BAKER_LOCAL_SCALE"] = "0.01" } };
        project.Write("broken.json", "{\"a\": [1, }");
        project.Write("environments.json", Invocations.Environments);
        project.Write("services.json", Invocations.Services);
        project.Write("scripts/a.sh", "true\n");
        project.Write("variables.env", "A=1\n");
        using var key = System.Security.Cryptography.RSA.Create(2048);
        project.Write("key.pem", key.ExportRSAPrivateKeyPem());
        return project;
    }
}
