using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Baker.Cli.Serving;

/// <summary>Who may see the page: a browser of this machine that was given its token, on no other site's behalf.</summary>
internal sealed class ConsoleGuard(string token, int port)
{
    /// <summary>Cookies are one host's, whatever the port: two pages at once each have their own.</summary>
    private readonly string _cookie = string.Create(CultureInfo.InvariantCulture, $"baker-console-{port}");

    /// <summary>What sets the cookie that stands for the token from now on.</summary>
    public string Cookie => $"{_cookie}={token}; Path=/; HttpOnly; SameSite=Lax";

    /// <summary>Whether the request brings the token in its address, as the printed one does.</summary>
    public bool HasTokenInAddress(HttpRequest request) => IsToken(request.Query["token"].ToString());

    /// <summary>Why the request is refused; null where it is not.</summary>
    public string? Refusal(HttpRequest request)
    {
        var host = request.Host.Value ?? "";
        var here = string.Create(CultureInfo.InvariantCulture, $":{port}");
        if (host != "127.0.0.1" + here && !host.Equals("localhost" + here, StringComparison.OrdinalIgnoreCase))
        {
            return "This page is not at that host.";
        }

        var origin = request.Headers.Origin.ToString();
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return origin.Length > 0 && !origin.Equals($"http://{host}", StringComparison.OrdinalIgnoreCase) ? "A page of another origin asks."
            : site is not ("" or "none" or "same-origin") && !IsLink(request) ? "A page of another site asks."
            : HasTokenInAddress(request) || IsToken(request.Cookies[_cookie] ?? "") ? null
            : "The token is missing: open the address that package console printed.";
    }

    /// <summary>Whether a link to the page was followed, in a chat or a ticket: the browser shows it, that site sees nothing.</summary>
    private static bool IsLink(HttpRequest request) =>
        request.Path == "/"
        && request.Headers["Sec-Fetch-Mode"] == "navigate"
        && request.Headers["Sec-Fetch-Dest"] == "document";

    private bool IsToken(string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token));
}
