using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.LocalCloud;

namespace Baker.Cli.Tests.Baking;

/// <summary>A project that bakes on a local cloud of its own, quickly, and a look at what it left there.</summary>
internal sealed class BakeProject : IDisposable
{
    public BakeProject(string groups)
    {
        Project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local", "bucket": "payloads"},
              "__base__": {"region": "us-east-1", "instance_type": "m1.large", "source_ami": "ami-1ebb2077"},
              {{groups}}
            }
            """);
        Project.Write("templates/packer.json.hbs", TestProject.Repository("templates/packer.json.hbs"));
        Project.Environment["BAKER_LOCAL_SCALE"] = "0.3";
    }

    public TestProject Project { get; }

    public string StateFolder => Project.PathOf(".package");

    /// <summary>Skips the test where instances cannot run for real on this host.</summary>
    public static async Task RequireSandboxesAsync()
    {
        var folder = Directory.CreateTempSubdirectory("baker-probe-").FullName;
        try
        {
            await using var cloud = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = folder }, default);
            if (cloud.Support.Reason is { } reason)
            {
                Peers.Missing($"instances do not run for real here: {reason}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public async Task<T> LookAsync<T>(Func<CloudRegion, Task<T>> look)
    {
        await using var local = await LocalCloud.LocalCloud.OpenAsync(new LocalCloudOptions { StateFolder = StateFolder, Delays = new Delays { Scale = 0.3 } }, default);
        using var handler = local.CreateHandler();
        var connection = new CloudConnection { Name = "local", Credentials = new BasicAWSCredentials("x", "x"), ServiceUrl = local.Listen(), Handler = handler };
        await using var session = new CloudSession(connection, Timings.None(), TimeProvider.System);
        return await look(session.Region("us-east-1"));
    }

    /// <summary>Everything that should not outlive a bake, and what images there are; empty when all is as it should be.</summary>
    public Task<IReadOnlyList<string>> LeftAsync() => LookAsync<IReadOnlyList<string>>(async region =>
    {
        var ec2 = region.Clients.EC2;
        var left = new List<string>();
        var instances = await ec2.DescribeInstancesAsync(new DescribeInstancesRequest());
        left.AddRange((instances.Reservations ?? []).SelectMany(r => r.Instances).Where(i => i.State.Name != InstanceStateName.Terminated).Select(i => $"{i.InstanceId} {i.State.Name}"));
        left.AddRange(((await ec2.DescribeVolumesAsync(new DescribeVolumesRequest())).Volumes ?? []).Select(v => v.VolumeId));
        left.AddRange(((await ec2.DescribeKeyPairsAsync(new DescribeKeyPairsRequest())).KeyPairs ?? []).Select(k => k.KeyName));
        left.AddRange(((await ec2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest())).SecurityGroups ?? []).Where(g => g.GroupName != "default").Select(g => g.GroupName));
        var images = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images ?? [];
        left.AddRange(images.Where(i => i.State != ImageState.Available || IsUnfinished(i.Tags)).Select(i => $"{i.ImageId} {i.State}"));
        var snapshots = (await ec2.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { OwnerIds = ["self"] })).Snapshots ?? [];
        var used = images.SelectMany(i => i.BlockDeviceMappings ?? []).Select(m => m.Ebs?.SnapshotId).ToHashSet();
        left.AddRange(snapshots.Where(s => !used.Contains(s.SnapshotId) || IsUnfinished(s.Tags)).Select(s => s.SnapshotId));
        return left;
    });

    public Task<string[]> ImagesAsync() => LookAsync(async region =>
        ((await region.Clients.EC2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images ?? []).Select(i => i.ImageId).ToArray());

    /// <summary>Launches an instance of an image, runs a command on it, terminates it.</summary>
    public Task<string> RunOnImageAsync(string imageId, string command) => LookAsync(async region =>
    {
        var launched = await region.Clients.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = imageId, MinCount = 1, MaxCount = 1, InstanceType = InstanceType.M1Large });
        var id = launched.Reservation.Instances[0].InstanceId;
        await region.Waits.Agents.UntilAsync(id, agent => agent is not null, new("agent", TimeSpan.FromMinutes(1), "the agent"), default);
        var sent = await region.Clients.SSM.SendCommandAsync(new SendCommandRequest { DocumentName = "AWS-RunShellScript", InstanceIds = [id], Parameters = new() { ["commands"] = [command] } });
        var answer = await region.Waits.Invocations.UntilAsync(
            CloudWaits.InvocationId(sent.Command.CommandId, id),
            now => now?.Status?.Value is "Success" or "Failed",
            new("command", TimeSpan.FromMinutes(1), "the command"),
            default);
        await region.Clients.EC2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [id] });
        await region.Waits.Instances.UntilAsync(id, now => now?.State.Name == InstanceStateName.Terminated, new("gone", TimeSpan.FromMinutes(1), "the end"), default);
        return answer.StandardOutputContent;
    });

    public void Dispose()
    {
        LocalCloud.LocalCloud.ResetAsync(new LocalCloudOptions { StateFolder = StateFolder }, default).GetAwaiter().GetResult();
        Project.Dispose();
    }

    private static bool IsUnfinished(List<Amazon.EC2.Model.Tag>? tags) => tags is null || tags.Any(tag => tag.Key == BakerTags.Lease) || tags.All(tag => tag.Key != BakerTags.Fingerprint);
}
