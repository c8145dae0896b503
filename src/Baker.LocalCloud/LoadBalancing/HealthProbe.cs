using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>One health check of one target, and ELB's reason code where it fails (Elastic Load Balancing API, TargetHealth).</summary>
internal sealed record HealthProbe(bool Passed, string? Reason, string? Description)
{
    private static readonly HealthProbe Success = new(true, null, null);

    /// <summary>Asks <paramref name="path"/> once; the status must be in <paramref name="matcher"/> (<c>200</c>, <c>200,202</c>, <c>200-299</c>).</summary>
    public static async Task<HealthProbe> HttpAsync(IPEndPoint target, string path, string matcher, TimeSpan timeout, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(timeout);
        try
        {
            using var connection = new TcpClient(AddressFamily.InterNetwork);
            await connection.ConnectAsync(target, patience.Token).ConfigureAwait(false);
            var request = $"GET {path} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n";
            await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token).ConfigureAwait(false);
            var head = await new HttpWire(connection.GetStream()).ReadHeadAsync(patience.Token).ConfigureAwait(false);
            return head is null
                ? new(false, "Target.FailedHealthChecks", "Health checks failed")
                : Matches(matcher, head.Status)
                    ? Success
                    : new(false, "Target.ResponseCodeMismatch", $"Health checks failed with these codes: [{head.Status}]");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(false, "Target.Timeout", "Request timed out");
        }
        catch (Exception error) when (error is SocketException or IOException or InvalidDataException)
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
