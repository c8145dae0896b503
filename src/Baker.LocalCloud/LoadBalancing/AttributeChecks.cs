using System.Collections.Immutable;
using System.Globalization;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Which attributes there are, and what their values may be.</summary>
internal static class AttributeChecks
{
    // Attributes that are there only once they are set.
    private static readonly string[] s_unset =
    [
        "health_check_logs.s3.enabled", "health_check_logs.s3.bucket", "health_check_logs.s3.prefix",
        "secondary_ips.auto_assigned.per_subnet", "load_balancing.cross_zone.enabled", "target_failover.on_deregistration",
        "target_failover.on_unhealthy", "target_group_health.dns_failover.minimum_healthy_targets.count",
    ];

    private static readonly Dictionary<string, (int Least, int Most)> s_numbers = new(StringComparer.Ordinal)
    {
        [BalancingAttributes.Delay] = (0, 3600),
        [BalancingAttributes.IdleTimeout] = (1, 4000),
        [BalancingAttributes.TcpIdleTimeout] = (60, 6000),
        ["client_keep_alive.seconds"] = (60, 604800),
        ["stickiness.lb_cookie.duration_seconds"] = (1, 604800),
        ["stickiness.app_cookie.duration_seconds"] = (1, 604800),
        ["target_health_state.unhealthy.draining_interval_seconds"] = (0, 360000),
    };

    private static readonly Dictionary<string, string[]> s_words = new(StringComparer.Ordinal)
    {
        ["load_balancing.algorithm.type"] = ["round_robin", "least_outstanding_requests", "weighted_random"],
        ["load_balancing.algorithm.anomaly_mitigation"] = ["on", "off"],
        ["routing.http.xff_header_processing.mode"] = ["append", "preserve", "remove"],
        ["routing.http.desync_mitigation_mode"] = ["monitor", "defensive", "strictest"],
        ["load_balancing.cross_zone.enabled"] = ["true", "false", "use_load_balancer_configuration"],
        ["stickiness.type"] = ["lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"],
    };

    /// <param name="kind">What it is that has them, as AWS calls it at the beginning of a sentence.</param>
    /// <param name="before">What it has.</param>
    /// <param name="asked">What is to be set.</param>
    /// <exception cref="CloudException">There is no such attribute, or it cannot have this value.</exception>
    public static ImmutableSortedDictionary<string, string> Set(
        string kind,
        ImmutableSortedDictionary<string, string> before,
        IEnumerable<(string? Key, string? Value)> asked)
    {
        var changed = before.ToBuilder();
        foreach (var (key, value) in asked)
        {
            if (key is null || (!before.ContainsKey(key) && !s_unset.Contains(key) && !IsResponseHeader(kind, key)))
            {
                throw new CloudException("ValidationError", $"{kind} attribute key '{key}' is not recognized");
            }

            changed[key] = Checked(kind, before, key, value ?? "");
        }

        if (changed.GetValueOrDefault("stickiness.enabled") == "true"
            && changed.GetValueOrDefault("stickiness.type") == "app_cookie"
            && (changed.GetValueOrDefault("stickiness.app_cookie.cookie_name") ?? "") is var cookie
            && (cookie.Length == 0 || cookie.StartsWith("AWSALB", StringComparison.Ordinal)))
        {
            throw new CloudException("InvalidConfigurationRequest", cookie.Length == 0
                ? "You must specify the cookie name of the application for stickiness of the type app_cookie"
                : $"Cookie name '{cookie}' is reserved for load balancers");
        }

        return changed.ToImmutable();
    }

    private static string Checked(string kind, ImmutableSortedDictionary<string, string> before, string key, string value)
    {
        var isRight = s_numbers.TryGetValue(key, out var bounds) ? IsNumber(value, bounds.Least, bounds.Most)
            : key.StartsWith("target_group_health.", StringComparison.Ordinal) ? IsHealth(key, value)
            : key == "slow_start.duration_seconds" ? value == "0" || IsNumber(value, 30, 900)
            : s_words.TryGetValue(key, out var words) ? words.Contains(value)
            : before.GetValueOrDefault(key) is not ("true" or "false") || value is "true" or "false";
        return isRight
            ? value
            : throw new CloudException("ValidationError", $"{kind} attribute value '{value}' is not valid for the attribute key '{key}'");
    }

    // The fewest targets that must be healthy; where the balancer goes on with all of them, a number is needed.
    private static bool IsHealth(string key, string value) => key.EndsWith(".percentage", StringComparison.Ordinal)
        ? value == "off" || IsNumber(value, 1, 100)
        : IsNumber(value, 1, int.MaxValue) || (value == "off" && key.Contains("dns_failover", StringComparison.Ordinal));

    private static bool IsNumber(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;

    private static bool IsResponseHeader(string kind, string key) => kind == "Listener"
        && (key.StartsWith("routing.http.response.", StringComparison.Ordinal)
            || key.StartsWith("routing.http.request.", StringComparison.Ordinal));
}
