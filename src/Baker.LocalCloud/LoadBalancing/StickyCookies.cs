using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The cookies with which an Application Load Balancer keeps a client with a target, or with a target group.</summary>
internal sealed class StickyCookies(DateTimeOffset now, bool isSecure)
{
    /// <summary>Names the target (Application Load Balancers, "Sticky sessions").</summary>
    public const string Target = "AWSALB";

    /// <summary>Names the target group of a weighted forward.</summary>
    public const string Group = "AWSALBTG";

    /// <summary>Names the target where the application's own cookie begins the session.</summary>
    public const string Application = "AWSALBAPP-0";

    private readonly List<(string Name, string Value, TimeSpan Duration, string? With)> _cookies = [];

    /// <param name="with">The cookie of the application without which it is not set.</param>
    public void Add(string name, string value, TimeSpan duration, string? with = null) => _cookies.Add((name, value, duration, with));

    /// <summary>Sets them, beside those of the target's answer.</summary>
    public void Set(HttpResponse response)
    {
        foreach (var (name, value, duration, with) in _cookies)
        {
            if (with is not null && !response.Headers.SetCookie.Any(each => each?.StartsWith(with + "=", StringComparison.Ordinal) == true))
            {
                continue;
            }

            var expires = (now + duration).ToString("R", CultureInfo.InvariantCulture);
            response.Headers.Append("Set-Cookie", $"{name}={value}; Expires={expires}; Path=/");
            if (name != Application)
            {
                // For pages of other sites, which browsers let see no cookie that does not say so.
                response.Headers.Append(
                    "Set-Cookie",
                    $"{name}CORS={value}; Expires={expires}; Path=/; SameSite=None{(isSecure ? "; Secure" : "")}");
            }
        }
    }
}
