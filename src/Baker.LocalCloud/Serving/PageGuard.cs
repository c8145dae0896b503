using System.Net;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Serving;

/// <summary>
/// Refuses what a web page could make a browser of this machine send: it reaches loopback too, also by a name of its own that
/// leads there. Tools and SDKs name loopback as the host and say nothing of a page.
/// </summary>
internal static class PageGuard
{
    /// <summary>Why the request is refused; null where no page sends it.</summary>
    public static string? Refusal(HttpRequest request)
    {
        if (request.Host.HasValue && !IsLoopback(request.Host.Host))
        {
            return $"the host {request.Host.Host} is not this machine's loopback";
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origin.Equals($"http://{request.Host.Value}", StringComparison.OrdinalIgnoreCase))
        {
            return $"it comes from a page of {origin}";
        }

        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return site is "" or "none" or "same-origin" ? null : "it comes from a page of another site";
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
