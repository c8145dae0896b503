using System.Net;
using Baker.Cloud;
using Baker.Core;

namespace Baker.Cli.Clouds;

/// <summary>How the local cloud's instances are reached over SSH: it says where each of their servers listens.</summary>
internal static class LocalSsh
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static SshReach Reach(LocalServer cloud, string? agentSocket) => new()
    {
        CallerAddress = "127.0.0.1",
        ServerOf = (instance, stop) => ServerAsync(cloud, instance, stop),
        AgentSocket = agentSocket,
    };

    private static async Task<(string Host, int Port)?> ServerAsync(LocalServer cloud, string instance, CancellationToken stop)
    {
        using var client = cloud.Client();
        client.Timeout = s_patience;
        HttpResponseMessage reply;
        string text;
        try
        {
            reply = await client.GetAsync(new Uri(cloud.Url, "/_baker/ssh/" + instance), stop).ConfigureAwait(false);
            text = (await reply.Content.ReadAsStringAsync(stop).ConfigureAwait(false)).Trim();
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return null; // it is asked again
        }

        using var closing = reply;
        return reply.StatusCode switch
        {
            HttpStatusCode.OK => IPEndPoint.TryParse(text, out var server) ? (server.Address.ToString(), server.Port) : null,
            >= HttpStatusCode.InternalServerError => null,
            _ => throw new BakerException(
                ExitCode.CloudFailed,
                $"Nobody can log in to instance {instance} of the local cloud over SSH: {text}.",
                "docs/local-cloud.md says what SSH needs there; the communicator ssm needs nothing."),
        };
    }
}
