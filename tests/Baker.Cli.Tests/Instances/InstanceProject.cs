using System.Security.Cryptography;
using Amazon.Runtime;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.LocalCloud;
using Baker.LocalCloud.Configuration;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Instances;

/// <summary>A project with one node group and a key, on a quick local cloud of its own.</summary>
internal sealed class InstanceProject : IDisposable
{
    private readonly string[] _more;

    /// <param name="executes">Whether instances run for real.</param>
    public InstanceProject(bool executes)
    {
        _more = executes ? [] : ["--no-exec"];
        Project = new TestProject(
            """
            {
                "__settings__": {"cloud": "local", "bucket": "payloads", "local": {"delay_scale": 0.02}},
                "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "m1.large", "default_attributes": {"environment": "test"}},
                "www": {"provision": ["converge.sh"]},
                "idle": {}
            }
            """);
        Project.Write("converge.sh", "echo converged > /etc/converged\n");
        WriteKey("ops.pem");
    }

    public TestProject Project { get; }

    public void WriteKey(string file)
    {
        using var rsa = RSA.Create(2048);
        Project.Write(file, rsa.ExportRSAPrivateKeyPem());
    }

    public Task<ProgramRun> RunAsync(params string[] arguments) => Project.RunAsync([.. arguments, .. _more]);

    /// <summary>Makes an instance of www and waits until it runs; its id.</summary>
    public async Task<string> CreateAsync(string name)
    {
        var run = await RunAsync("instance:create", "www", "--key", "ops.pem", "--name", name, "--image", "ami-1ebb2077", "--zone", "us-east-1a");
        Assert.That(run.Code, Is.EqualTo(Core.ExitCode.Done), run.Error);
        var id = run.Out.Trim();
        await Wait.UntilAsync(async () => (await NodesAsync()).Any(node => (string?)node["id"] == id && (string?)node["state"] == "running"));
        return id;
    }

    /// <summary>Makes the bucket that the settings name.</summary>
    public async Task MakeBucketAsync()
    {
        await using var local = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None);
        using var clients = new CloudClients(new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials("local", "local"), ServiceUrl = local.Listen() }, "us-east-1");
        await clients.S3.PutBucketAsync("payloads");
    }

    /// <summary>What <c>instance:list --json</c> tells.</summary>
    public async Task<JObject[]> NodesAsync() => [.. JArray.Parse((await RunAsync("instance:list", "--json")).Out).Cast<JObject>()];

    /// <summary>The numbered steps in a text.</summary>
    public static string[] Steps(string text) => [.. text.Split('\n').Where(line => line.Length > 4 && char.IsAsciiDigit(line[2]) && line[3] == '.')];

    public void Dispose()
    {
        LocalCloud.LocalCloud.ResetAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None).GetAwaiter().GetResult();
        Project.Dispose();
    }
}
