using System.Globalization;
using System.Net;
using Baker.Cloud;
using Baker.Core;

namespace Baker.Cli.Clouds;

/// <summary>How the local cloud's instances are reached over SSH: it says where each of their servers listens.</summary>
internal static class LocalSsh
{
    public static SshReach Reach(LocalServer cloud, string? agentSocket) => new()
    {
        CallerAddress = "127.0.0.1",
        ServerOf = (instance, stop) => ServerAsync(cloud, instance, stop),
        AgentSocket = agentSocket,
    };

    private static async Task<(string Host, int Port)?> ServerAsync(LocalServer cloud, string instance, CancellationToken stop)
    {
        using var client = cloud.Client();
        using var reply = await client.GetAsync(new Uri(cloud.Url, "/_baker/ssh/" + instance), stop).ConfigureAwait(false);
        var text = (await reply.Content.ReadAsStringAsync(stop).ConfigureAwait(false)).Trim();
        return reply.StatusCode switch
        {
            HttpStatusCode.OK => (text.Split(':')[0], int.Parse(text.Split(':')[1], CultureInfo.InvariantCulture)),
            HttpStatusCode.ServiceUnavailable => null,
            _ => throw new BakerException(
                ExitCode.CloudFailed,
                $"Nobody can log in to instance {instance} of the local cloud over SSH: {text}.",
                "docs/local-cloud.md says what SSH needs there; the communicator ssm needs nothing."),
        };
    }
}
