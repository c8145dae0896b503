using System.Security.Cryptography;
using Amazon.Runtime;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.LocalCloud.Configuration;

namespace Baker.Cli.Tests.Environments;

/// <summary>A manifest with two environments on one local cloud, and what there is of each.</summary>
internal sealed class TwoEnvironments : IDisposable
{
    public const string Image = "ami-1ebb2077";

    private const string Manifest = """
        {
            "__settings__": {"cloud": "local", "local": {"delay_scale": 0.02}},
            "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "m1.large", "provision": ["a.sh"], "config": true,
                         "iam_instance_profile": "nodes", "autoscale": {"node_min": 1, "node_max": 4, "timeout": 0}},
            "web": {"tasks": {"hello": "a.sh"}},
            "gone": {},
            "__environments__": {"staging": {"web": {"tags": {"tier": "test"}}}, "prod": {}}
        }
        """;

    public TwoEnvironments(Func<string, string>? edit = null)
    {
        Project = new TestProject((edit ?? (text => text))(Manifest));
        Project.Write("a.sh", "true\n");
        using var rsa = RSA.Create(2048);
        Project.Write("ops.pem", rsa.ExportRSAPrivateKeyPem());
    }

    public TestProject Project { get; }

    public Task<ProgramRun> RunAsync(string command) => Project.RunAsync(WordsOf(command));

    public async Task<ProgramRun> DoAsync(string command)
    {
        var run = await RunAsync(command);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"package {command}\n{run.Out}{run.Error}");
        return run;
    }

    /// <summary>A fleet, a node beside it and a variable in each environment.</summary>
    public async Task FillAsync(params string[] environments)
    {
        foreach (var environment in environments)
        {
            await DoAsync($"autoscale:run web -e {environment} --image {Image}");
            await DoAsync($"instance:create web -e {environment} --key ops.pem --name {environment}-box --zone us-east-1a --image {Image}");
            await DoAsync($"config:set web A={environment} -e {environment}");
        }
    }

    public async Task<T> AskAsync<T>(Func<CloudClients, Task<T>> ask)
    {
        await using var local = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None);
        using var clients = new CloudClients(new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials(Project.Key().GetCredentials().AccessKey, Project.Key().GetCredentials().SecretKey), ServiceUrl = local.Listen() }, "us-east-1");
        return await ask(clients);
    }

    /// <summary>All that is of an environment on the cloud, as AWS describes it.</summary>
    public async Task<string> StateAsync(string environment)
    {
        var state = "";
        await Wait.UntilAsync(async () => !(state = await NowAsync(environment)).Contains("\"pending\"", StringComparison.OrdinalIgnoreCase));
        return state;
    }

    private Task<string> NowAsync(string environment) => AskAsync(clients => EnvironmentState.OfAsync(clients, environment));

    public void Dispose()
    {
        LocalCloud.LocalCloud.ResetAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None).GetAwaiter().GetResult();
        Project.Dispose();
    }

    private static string[] WordsOf(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words[0] == "autoscale:create")
        {
            return words; // which has no cloud
        }

        var end = Array.IndexOf(words, "--");
        return end < 0 ? [.. words, "--no-exec"] : [.. words[..end], "--no-exec", .. words[end..]];
    }
}
