using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>One health check of one target, and ELB's reason code where it fails (Elastic Load Balancing API, TargetHealth).</summary>
internal sealed record HealthProbe(bool Passed, string? Reason, string? Description)
{
    private static readonly HealthProbe Success = new(true, null, null);
    private static readonly UriCreationOptions s_asItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly ProductInfoHeaderValue s_agent = new("ELB-HealthChecker", "2.0");

    private static readonly HttpMessageInvoker s_client = new(new SocketsHttpHandler
    {
        SslOptions = TargetStream.Trusting(),
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = TargetStream.Connect(TimeProvider.System, isKept: false),
    });

    /// <summary>
    /// Asks <paramref name="path"/> once, over a connection of its own; the status must be in <paramref name="matcher"/>
    /// (<c>200</c>, <c>200,202</c>, <c>200-299</c>).
    /// </summary>
    public static async Task<HealthProbe> HttpAsync(
        IPEndPoint target,
        bool isSecure,
        Version version,
        string path,
        string matcher,
        TimeSpan timeout,
        CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(timeout);
        try
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri($"{(isSecure ? "https" : "http")}://{target}{path}", s_asItIs))
            { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.UserAgent.Add(s_agent);
            request.Headers.ConnectionClose = version.Major < 2;
            using var answer = await s_client.SendAsync(request, patience.Token).ConfigureAwait(false);
            var status = (int)answer.StatusCode;
            return Matches(matcher, status)
                ? Success
                : new(false, "Target.ResponseCodeMismatch", $"Health checks failed with these codes: [{status}]");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(false, "Target.Timeout", "Request timed out");
        }
        catch (Exception error) when (error is HttpRequestException or UriFormatException)
        {
            return new(false, "Target.FailedHealthChecks", "Health checks failed");
        }
    }

    /// <summary>Opens a connection once; what a TCP target group checks.</summary>
    public static async Task<HealthProbe> TcpAsync(IPEndPoint target, TimeSpan timeout, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(timeout);
        try
        {
            using var connection = new TcpClient(AddressFamily.InterNetwork);
            await connection.ConnectAsync(target, patience.Token).ConfigureAwait(false);
            return Success;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(false, "Target.Timeout", "Request timed out");
        }
        catch (SocketException)
        {
            return new(false, "Target.FailedHealthChecks", "Health checks failed");
        }
    }

    internal static bool Matches(string matcher, int status)
    {
        foreach (var part in matcher.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var bounds = part.Split('-');
            if (int.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out var low)
                && int.TryParse(bounds[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var high)
                && status >= low && status <= high)
            {
                return true;
            }
        }

        return false;
    }
}
