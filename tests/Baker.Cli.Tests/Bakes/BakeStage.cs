using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.LocalCloud;
using Baker.LocalCloud.Sandboxes;

namespace Baker.Cli.Tests.Bakes;

/// <summary>A project on a quick local cloud, <c>package</c> run in it with the environment of a test, and a look at what is on the cloud.</summary>
internal sealed class BakeStage : IDisposable
{
    public const string Region = "us-east-1";

    public BakeStage(string groups, string settings = "")
    {
        Project = new TestProject(ManifestOf(groups, settings));
        Project.Write("templates/packer.json.hbs", TestProject.Repository("templates/packer.json.hbs"));
    }

    public TestProject Project { get; }

    public Dictionary<string, string> Environment { get; } = [];

    public static string ManifestOf(string groups, string settings = "") =>
        $$"""
        {
            "__settings__": {"cloud": "local", "local": {"delay_scale": 0.1}{{settings}}},
            "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro"},
            {{groups}}
        }
        """;

    /// <summary>Skips the test where the host runs no sandboxes.</summary>
    public async Task RequireSandboxesAsync()
    {
        if ((await SandboxSupport.ProbeAsync(Project.Folder, CancellationToken.None)).Reason is { } reason)
        {
            Peers.Missing(reason);
        }
    }

    public async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var session = new Session(new Terminal { Out = output, Error = error }, Project.Folder, Environment, TimeProvider.System, CancellationToken.None);
        var code = await Program.RunAsync(session, arguments).ConfigureAwait(false);
        return new ProgramRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Opens the project's local cloud, without faults.</summary>
    public async Task<CloudSession> OpenAsync()
    {
        var local = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None);
        var handler = local.CreateHandler();
        var connection = new CloudConnection
        {
            Name = "local",
            Credentials = new Amazon.Runtime.BasicAWSCredentials("local", "local"),
            ServiceUrl = local.Listen(),
            Handler = handler,
        };
        return new CloudSession(connection, Timings.None(), TimeProvider.System, async () =>
        {
            handler.Dispose();
            await local.DisposeAsync();
        });
    }

    public async Task<Remains> LookAsync()
    {
        await using var cloud = await OpenAsync();
        return await Remains.OfAsync(cloud.Region(Region).Clients);
    }

    public void Dispose() => Project.Dispose();
}
