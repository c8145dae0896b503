using Amazon.Runtime;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.LocalCloud.Configuration;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Plans;

/// <summary>A project with an environment, on a local cloud on which nothing executes.</summary>
internal sealed class PlanStage : IDisposable
{
    private const string Manifest = """
        {
          "__settings__": {"cloud": "local", "environment": "staging", "local": {"delay_scale": 0.01}},
          "__base__": {
            "region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.small", "tags": {"team": "shop"},
            "autoscale": {"node_min": 0, "node_max": 2, "timeout": 0}
          },
          "__topics__": {"ops": {"display_name": "Ops"}},
          "db": {"default_attributes": {"pool": 10}},
          "www": {"after": ["db"], "default_attributes": {"port": 80}},
          "__environments__": {"staging": {}}
        }
        """;

    public PlanStage(string manifest = Manifest)
    {
        Project = new TestProject(manifest);
        Project.Environment["BAKER_LOCAL_EXEC"] = "0";
    }

    public TestProject Project { get; }

    public Task<ProgramRun> RunAsync(string command) => Project.RunAsync(command.Split(' '));

    public async Task<ProgramRun> DoAsync(string command, ExitCode code = ExitCode.Done)
    {
        var run = await RunAsync(command);
        Assert.That(run.Code, Is.EqualTo(code), $"package {command}\n{run.Out}{run.Error}");
        return run;
    }

    public void Edit(Action<JObject> edit)
    {
        var manifest = JObject.Parse(Project.Read("nodes.json"));
        edit(manifest);
        Project.Write("nodes.json", manifest.ToString());
    }

    /// <summary>What is stale, a line each.</summary>
    public async Task<string[]> StaleAsync(string arguments = "") =>
        [.. ((JArray)JObject.Parse((await RunAsync($"plan --json{arguments}")).Out)["items"]!).Select(item => $"{item["kind"]} {item["subject"]}: {item["why"]}")];

    /// <summary>What somebody else does on the cloud.</summary>
    public async Task AskAsync(Func<CloudClients, Task> ask)
    {
        await using var local = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None);
        using var clients = new CloudClients(new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = Project.Key(), ServiceUrl = local.Listen() }, "us-east-1");
        await ask(clients);
    }

    public void Dispose() => Project.Dispose();
}
