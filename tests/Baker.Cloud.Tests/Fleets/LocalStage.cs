using Amazon.Runtime;
using Baker.Cloud.Waiting;
using Baker.LocalCloud;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Faults;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>A stage on a local cloud whose instances run nothing and whose states are quick.</summary>
internal static class LocalStage
{
    private const string Base = "ami-1ebb2077";

    public static async Task<FleetStage> OpenAsync()
    {
        var folder = Directory.CreateTempSubdirectory("baker-fleet-");
        var cloud = await LocalCloud.LocalCloud.OpenAsync(
            new LocalCloudOptions
            {
                StateFolder = Path.Combine(folder.FullName, ".package"),
                Execute = false,
                Delays = new Delays { Scale = 0.02 },
                Named = new() { BaseImages = [new BaseImage { Region = "us-east-1", ImageId = Base }] },
            },
            CancellationToken.None);
        var handler = cloud.CreateHandler();
        var connection = new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials("local", "local"), ServiceUrl = new Uri("http://local.invalid/"), Handler = handler };
        var stage = await FleetStage.OnAsync(connection, Base, Ports.Next(), async () =>
        {
            handler.Dispose();
            await cloud.DisposeAsync();
            folder.Delete(recursive: true);
        });
        stage.Fault = text => cloud.UseFaults(FaultPlan.Parse(text));
        return stage;
    }
}
