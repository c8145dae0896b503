using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Baking;
using Baker.Cloud.Runs;
using Baker.Cloud.Waiting;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.LocalCloud.Configuration;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Bakes;

/// <summary>Leases are compared by others, on other machines, whose clocks are their own.</summary>
internal sealed class BakeLeaseTests
{
    private const string Base = "ami-1ebb2077";

    [TestCase(-2)]
    [TestCase(2)]
    public async Task Lease_OperatorsClockIsWrong_IsByTheCloudsClock(int hours)
    {
        var folder = Directory.CreateTempSubdirectory("baker-lease-").FullName;
        try
        {
            var options = new LocalCloudOptions
            {
                StateFolder = Path.Combine(folder, ".package"),
                Execute = false,
                Delays = new Delays { Scale = 0.02 },
                Named = new() { BaseImages = [new BaseImage { Region = "us-east-1", ImageId = Base }] },
            };
            await using var local = await LocalCloud.LocalCloud.OpenAsync(options, CancellationToken.None);
            using var handler = local.CreateHandler();
            var connection = new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials("local", "local"), ServiceUrl = new Uri("http://local.invalid/"), Handler = handler };
            await using var cloud = new CloudSession(connection, Timings.None(), new WrongClock(TimeSpan.FromHours(hours)));
            using var other = new CloudClients(connection, "us-east-1");
            var found = new List<Lease>();
            var watcher = new LeaseWatcher(async () =>
            {
                var reply = await other.EC2.DescribeInstancesAsync(new DescribeInstancesRequest());
                found.AddRange(reply.Reservations.SelectMany(each => each.Instances).SelectMany(each => each.Tags)
                    .Where(tag => tag.Key == BakerTags.Lease).Select(tag => Lease.Parse(tag.Value)!));
            });
            var group = new NodeGroup
            {
                Name = GroupName.Parse("bee"),
                Attributes = new JObject { ["source_ami"] = Base },
                InstanceTypes = ["m1.large"],
                Source = new SourceImage.ById(Base),
            };
            var how = new BakeOptions(Force: false, OnError: null, Parallel: 1, folder, Path.Combine(folder, "builds"), Bucket: null, BucketPrefix: "");

            var result = (await new ImageBakery(cloud, how, watcher).BakeAsync([new BakeInput(group, [], [])], CancellationToken.None)).Single();

            Assert.That(result.Outcome, Is.EqualTo(BakeOutcome.Baked), result.Failure);
            Assert.That(found.Single().Until, Is.EqualTo(TimeProvider.System.GetUtcNow() + Lease.Length).Within(TimeSpan.FromMinutes(2)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class WrongClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    private sealed class LeaseWatcher(Func<Task> look) : SilentWatcher
    {
        public override void StepBegan(string subject, ChangeStep step, TimeSpan? expected)
        {
            if (step.Key == "stop")
            {
                look().GetAwaiter().GetResult();
            }
        }
    }
}
