namespace Baker.Cloud.Tests.Fleets;

/// <summary>A stage on a cloud that nobody here wrote.</summary>
internal static class MotoStage
{
    private const string Base = "ami-12c6146b";

    public static async Task<FleetStage> OpenAsync()
    {
        var connection = await MotoAccount.ConnectAsync();
        var handler = new FillInHandler(connection.Handler!);
        return await FleetStage.OnAsync(connection with { Handler = handler }, Base, 80, () =>
        {
            handler.Dispose();
            return ValueTask.CompletedTask;
        });
    }
}
