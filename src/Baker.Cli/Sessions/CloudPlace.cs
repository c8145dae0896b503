using Baker.Cloud;

namespace Baker.Cli.Sessions;

/// <summary>Says where a command works, so that nobody takes one account for another.</summary>
internal static class CloudPlace
{
    /// <summary>How long a command waits to know whose account it is: STS may be out of reach where all that it needs is not.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Tells a person, before anything else, which cloud and account it is; in a run it is looked up once.</summary>
    public static async Task SayAsync(Session session, CloudSession cloud, Func<string> region)
    {
        if (session.Terminal.HasReader)
        {
            session.Clouds.Place ??= await OfAsync(session, cloud, region()).ConfigureAwait(false);
            session.Terminal.Error.WriteLine(session.Clouds.Place);
        }
    }

    /// <summary>In which Regions and which environment, in a line; and in which account, where that is not said yet.</summary>
    public static async Task<string> WithinAsync(
        Session session,
        CloudSession cloud,
        IEnumerable<string> regions,
        string? environment)
    {
        var names = regions.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var place = session.Clouds.Place is not null ? "In "
            : $"{await OfAsync(session, cloud, names[0]).ConfigureAwait(false)}, ";
        return place + string.Join(", ", names) + (environment is null ? ":" : $", environment {environment}:");
    }

    private static async Task<string> OfAsync(Session session, CloudSession cloud, string region)
    {
        if (cloud.CloudName == "local")
        {
            return "On the local cloud";
        }

        var account = await AccountAsync(session, cloud, region).ConfigureAwait(false) ?? "not known";
        return $"On AWS, account {account}{(cloud.EndpointIn(region) is { } endpoint ? $", endpoint {endpoint}" : "")}";
    }

    private static async Task<string?> AccountAsync(Session session, CloudSession cloud, string region)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(session.Stop);
        try
        {
            // Credentials may be looked for without a pause, where nothing can be awaited.
            return await Task.Run(() => cloud.AccountAsync(region, stop.Token), session.Stop)
                .WaitAsync(s_patience, session.Time, session.Stop)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            return null;
        }
    }
}
