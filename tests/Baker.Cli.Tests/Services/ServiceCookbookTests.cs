using System.Diagnostics;
using Baker.Cli.Tests.Bakes;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Baker.Testing;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Services;

/// <summary><c>examples/services</c>: its cookbooks as Ruby, and as the stand-in for Chef runs its lists on images and on nodes.</summary>
[Platform("Linux")]
public sealed class ServiceCookbookTests
{
    private const string Example = "examples/services";

    private static readonly string[] s_ofWeb =
    [
        "recipe[baker-services::collect-services]", "recipe[baker-services::decommission-services]",
        "recipe[example-service::web]", "recipe[baker-services::notify-services]",
    ];

    /// <summary>Stands in for Chef's own words: says each resource of a recipe with what it is told.</summary>
    private const string Words = """
        class Told
          def initialize = @told = {}
          def node = { 'services' => { 'api' => [{ 'address' => '10.0.0.7', 'port' => 8080 }] } }.tap { |known| def known.read(*names) = dig(*names) }
          def method_missing(word, *values) = @told[word] = values.length == 1 ? values[0] : values
          def respond_to_missing?(*) = true
          def to_s = @told.map { |word, value| "#{word} #{value.inspect}" }.join(', ')
        end
        define_singleton_method(:method_missing) do |kind, name, &block|
          told = Told.new
          told.instance_eval(&block) if block
          puts "#{kind} #{name}: #{told}"
        end
        ARGV.each { |file| instance_eval(File.read(file), file) }
        """;

    [Test]
    public async Task Cookbooks_AreRuby_WhoseCommandsTheProgramTakes()
    {
        Peers.Require("ruby");
        var recipes = Directory.GetFiles(Path.Combine(TestProject.RepositoryFolder, Example), "*.rb", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "metadata.rb").Order(StringComparer.Ordinal).ToArray();
        var told = await ProcessRun.RunAsync(new ProcessStartInfo("ruby", ["-W", "-e", Words, .. recipes]));
        Assert.That((told.Code, told.Error), Is.EqualTo((0, "")));
        var lines = told.Out.TrimEnd().Split('\n');
        Assert.That(lines, Has.Member("file /srv/web/upstreams: content \"10.0.0.7:8080\\n\""));

        var commands = lines.Where(line => line.StartsWith("execute ", StringComparison.Ordinal)).Select(line => line.Split('"')[1]).ToArray();
        Assert.That(commands, Is.EqualTo(new[] { "/usr/local/bin/baker-node collect", "/usr/local/bin/baker-node decommission --dropped", "/usr/local/bin/baker-node notify --wait 15" }));
        var program = Path.Combine(TestProject.RepositoryFolder, "src/Baker.Core/Artifacts/Node/baker-services");
        foreach (var command in commands)
        {
            var run = await ProcessRun.RunAsync(new ProcessStartInfo("/usr/bin/python3", ["-I", program, "--root", "/nonexistent", .. command.Split(' ')[1..]]));
            Assert.That(run.Code, Is.Zero, run.Error);
        }
    }

    [Test]
    public async Task Rehearsal_OfTheExample_RunsTheListsInOrder()
    {
        await Sandboxes.RequireAsync();
        using var stage = new BakeStage("");
        CopyTo(stage.Project);
        var run = await stage.Project.RunAsync("packer:run", "web");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
        var log = await stage.RunOnImageAsync((await stage.ImagesAsync()).Single(), "cat /var/log/chef/rehearsal.log; cat /etc/baker/services/services.json");
        Assert.That(log, Does.EndWith($"{string.Join('\n', s_ofWeb)}\nRehearsal finished, 4 recipes recorded in /var/log/chef/rehearsal.log\n"), "and no image knows a node");
        Assert.That(log, Does.Not.Contain("attributes:"));

        File.Delete(stage.Project.PathOf("cookbooks/baker-services/recipes/notify-services.rb"));
        var without = await stage.Project.RunAsync("packer:run", "web");
        Assert.That(without.Error, Does.Contain("could not find recipe notify-services for cookbook baker-services"));
    }

    [Test]
    public async Task Deploy_OfANodeThatNeedsAService_GivesChefWhereItIs()
    {
        await Sandboxes.RequireAsync();
        var project = new TestProject();
        CopyTo(project);
        project.Write("nodes.json", project.Read("nodes.json").Replace("{\"port\": 8080, \"check\": \"/up\"}", "{}", StringComparison.Ordinal).Replace("{\"port\": 80}", "{}", StringComparison.Ordinal));
        await using var fleet = await FleetProject.ServeAsync(project);
        await fleet.DoAsync("packer:run");
        await fleet.DoAsync("autoscale:run", "api");
        await fleet.DoAsync("autoscale:run", "web");
        var (api, web) = ((await fleet.GroupsAsync("api"))[0].Instances[0].InstanceId, (await fleet.GroupsAsync("web"))[0].Instances[0].InstanceId);

        // The watch of each announces it; what Chef starts from follows it.
        await Wait.UntilAsync(async () => (string?)(await DnaAsync())?.SelectToken("services.api[0].instance") == api, "api in what Chef starts from");
        var dna = (await DnaAsync())!;
        Assert.That((dna["run_list"]!.ToString(Newtonsoft.Json.Formatting.None), dna["datastores"]), Is.EqualTo(("[\"role[role-web]\"]", (JToken?)null)));

        await fleet.DoAsync("instance:deploy", "web");
        Assert.That(
            await fleet.OnNodeAsync(web, "tail -n 6 /var/log/chef/rehearsal.log"),
            Is.EqualTo($"attributes: services\n{string.Join('\n', s_ofWeb)}\nRehearsal finished, 4 recipes recorded in /var/log/chef/rehearsal.log\n"));
        Assert.That((string?)(await DnaAsync())!.SelectToken("services.api[0].instance"), Is.EqualTo(api), "the configuration was written anew meanwhile");

        // Of what the next image is made from and tested with, nobody hears.
        project.Write("scripts/announces.sh", "#!/bin/sh\n/usr/local/bin/baker-node notify 2>&1 | grep 'it announces nothing'\n");
        project.Write("nodes.json", project.Read("nodes.json").Replace("\"needs\":", "\"verify\": [\"scripts/announces.sh\"], \"needs\":", StringComparison.Ordinal));
        var baked = await fleet.DoAsync("packer:run", "web");
        Assert.That(baked.Error, Does.Contain("it announces nothing"));
        Assert.That(JArray.Parse((await fleet.DoAsync("service:list", "web", "--json")).Out).Select(each => (string?)each["instance"]), Is.EqualTo(new[] { web }));

        async Task<JObject?> DnaAsync() =>
            await fleet.OnNodeAsync(web, "cat /etc/baker/dna.json 2> /dev/null || true") is { Length: > 0 } text ? JObject.Parse(text) : null;
    }

    private static void CopyTo(TestProject project)
    {
        var source = Path.Combine(TestProject.RepositoryFolder, Example);
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            project.Write(Path.GetRelativePath(source, file), File.ReadAllText(file));
        }
    }
}
