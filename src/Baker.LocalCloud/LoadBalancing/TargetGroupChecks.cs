using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What a target group must be (CreateTargetGroup in Elastic Load Balancing's API reference).</summary>
internal static class TargetGroupChecks
{
    private const int LongestPath = 1024;

    /// <exception cref="CloudException">It is none, or one that the local cloud relays nothing of.</exception>
    public static string ProtocolOf(CreateTargetGroupRequest request) => (request.TargetType?.Value, request.Protocol?.Value) switch
    {
        ("lambda" or "alb", _) => throw Wrong($"The local cloud has no targets of the type '{request.TargetType.Value}'."),
        (not (null or "instance" or "ip"), _) => throw Wrong(
            $"Target type '{request.TargetType.Value}' must be one of 'instance, ip, lambda, alb'"),
        (_, null) => throw Wrong("A protocol must be specified"),
        (_, "HTTP" or "HTTPS" or "TCP" or "TLS") => request.Protocol.Value,
        (_, "UDP" or "TCP_UDP" or "GENEVE" or "QUIC" or "TCP_QUIC") => throw new CloudException(
            "UnsupportedProtocol",
            $"The local cloud relays no {request.Protocol.Value}."),
        var (_, other) => throw Wrong($"Protocol '{other}' must be one of 'HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, GENEVE'"),
    };

    /// <exception cref="CloudException">It is none.</exception>
    public static int PortOf(CreateTargetGroupRequest request) => request.Port switch
    {
        null => throw Wrong("A port must be specified"),
        < 1 or > 65535 => throw Wrong($"Port '{request.Port}' must be in the range 1 to 65535"),
        _ => request.Port.Value,
    };

    /// <exception cref="CloudException">It cannot be checked so.</exception>
    public static void Check(TargetGroupRecord group)
    {
        var (check, isHttp) = (group.Check, group.Protocol is "HTTP" or "HTTPS");
        if (group.ProtocolVersion is not (null or "HTTP1" or "HTTP2" or "GRPC") || (group.ProtocolVersion is not null && !isHttp))
        {
            throw Wrong($"Protocol version '{group.ProtocolVersion}' is not supported for the protocol {group.Protocol}");
        }

        if (check.Protocol is not ("HTTP" or "HTTPS") && (check.Protocol != "TCP" || isHttp))
        {
            throw Wrong($"Health check protocol '{check.Protocol}' is not supported for target groups with the protocol {group.Protocol}");
        }

        if (check.Port != "traffic-port"
            && !(int.TryParse(check.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535))
        {
            throw Wrong($"Health check port '{check.Port}' must be 'traffic-port' or in the range 1 to 65535");
        }

        if (check.Protocol != "TCP" && (!check.Path.StartsWith('/') || check.Path.Length > LongestPath))
        {
            throw Wrong($"Health check path '{check.Path}' must begin with '/' and have at most {LongestPath} characters");
        }

        if (check.Protocol != "TCP")
        {
            CheckMatcher(check.Matcher, isHttp ? 499 : 599);
        }

        if (check.Interval is < 5 or > 300 || check.Timeout is < 2 or > 120)
        {
            throw Wrong(check.Interval is < 5 or > 300
                ? $"Health check interval '{check.Interval}' must be in the range 5 to 300 seconds"
                : $"Health check timeout '{check.Timeout}' must be in the range 2 to 120 seconds");
        }

        if (isHttp && check.Interval <= check.Timeout)
        {
            throw Wrong("Health check interval must be greater than the timeout.");
        }

        if (check.HealthyThreshold is < 2 or > 10 || check.UnhealthyThreshold is < 2 or > 10)
        {
            throw Wrong("Health check thresholds must be between 2 and 10");
        }
    }

    private static void CheckMatcher(string matcher, int most)
    {
        foreach (var part in matcher.Split(','))
        {
            var bounds = part.Split('-').Select(each =>
                int.TryParse(each, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                && code >= 200 && code <= most ? code : -1).ToList();
            if (bounds.Count > 2 || bounds.Contains(-1) || bounds[0] > bounds[^1])
            {
                throw Wrong($"Health check matcher HTTP code '{matcher}' must be within '200-{most}' or a comma-separated list of those");
            }
        }
    }

    private static CloudException Wrong(string message) => new("ValidationError", message);
}
