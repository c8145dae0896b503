using Amazon.Runtime;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>A stage on a cloud that nobody here wrote.</summary>
internal static class MotoStage
{
    private const string Base = "ami-12c6146b";

    public static async Task<FleetStage> OpenAsync()
    {
        var session = await MotoServer.OpenAsync();
        var handler = new FillInHandler();
        var connection = new CloudConnection { Name = "aws", Credentials = new BasicAWSCredentials("test", "test"), ServiceUrl = session.ServiceUrl, Handler = handler };
        await session.DisposeAsync();
        return await FleetStage.OnAsync(connection, Base, 80, () =>
        {
            handler.Dispose();
            return ValueTask.CompletedTask;
        });
    }
}
