using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.LocalCloud;
using Baker.LocalCloud.Configuration;

namespace Baker.Cli.Tests.Bakes;

/// <summary>A project that bakes on a quick local cloud of its own, and a look at what is there.</summary>
internal sealed class BakeStage : IDisposable
{
    private readonly double _scale;

    public BakeStage(string groups, string settings = "", double scale = 0.1)
    {
        _scale = scale;
        Project = new TestProject(ManifestOf(groups, settings, scale));
    }

    public TestProject Project { get; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether instances run for real while it is asked.</summary>
    public bool Executes { get; init; } = true;

    public static string ManifestOf(string groups, string settings = "", double scale = 0.1) =>
        string.Create(CultureInfo.InvariantCulture, $$"""
        {
            "__settings__": {"cloud": "local", "local": {"delay_scale": {{scale}}}{{settings}}},
            "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "t3.micro"},
            {{groups}}
        }
        """);

    public Task<Remains> LookAsync() => AskAsync(region => Remains.OfAsync(region.Clients));

    public async Task<string[]> ImagesAsync() => [.. (await LookAsync()).Images.Select(image => image.ImageId)];

    /// <summary>Opens the project's local cloud, without faults, for a question or an errand.</summary>
    public Task<T> AskAsync<T>(Func<CloudRegion, Task<T>> ask, string name = "us-east-1") => AskSessionAsync(session => ask(session.Region(name)));

    /// <summary>The same, of more than one region or account.</summary>
    public async Task<T> AskSessionAsync<T>(Func<CloudSession, Task<T>> ask)
    {
        await using var local = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package"), Delays = new Delays { Scale = _scale }, Time = Time, Execute = Executes }, CancellationToken.None);
        using var handler = local.CreateHandler();
        var connection = new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials("local", "local"), ServiceUrl = local.Listen(), Handler = handler };
        await using var session = new CloudSession(connection, Timings.None(), Time);
        return await ask(session);
    }

    /// <summary>Launches an instance of an image, runs a command on it, terminates it.</summary>
    public Task<string> RunOnImageAsync(string imageId, string command) => AskAsync(async region =>
    {
        var launched = await region.Clients.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = imageId, MinCount = 1, MaxCount = 1, InstanceType = InstanceType.T3Micro });
        var id = launched.Reservation.Instances[0].InstanceId;
        await region.Waits.Agents.UntilAsync(id, agent => agent is not null, new("agent", TimeSpan.FromMinutes(1), "the agent"), CancellationToken.None);
        var sent = await region.Clients.SSM.SendCommandAsync(new SendCommandRequest { DocumentName = "AWS-RunShellScript", InstanceIds = [id], Parameters = new() { ["commands"] = [command] } });
        var answer = await region.Waits.Invocations.UntilAsync(
            CloudWaits.InvocationId(sent.Command.CommandId, id),
            now => now?.Status?.Value is "Success" or "Failed",
            new("command", TimeSpan.FromMinutes(1), "the command"),
            CancellationToken.None);
        await region.Clients.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [id] });
        await region.Waits.Instances.UntilAsync(id, now => now?.State?.Name?.Value is null or "terminated", new("gone", TimeSpan.FromMinutes(1), "the end"), CancellationToken.None);
        return answer.StandardOutputContent;
    });

    /// <summary>Ends what still runs, and removes the project.</summary>
    public void Dispose()
    {
        LocalCloud.LocalCloud.ResetAsync(new LocalCloudOptions { StateFolder = Project.PathOf(".package") }, CancellationToken.None).GetAwaiter().GetResult();
        Project.Dispose();
    }
}
