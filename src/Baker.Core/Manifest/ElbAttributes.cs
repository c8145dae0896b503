using System.Collections.Immutable;
using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>
/// The attributes of balancers and target groups that ELB has, by their names, with what each may be. One that is not among them may be
/// newer than this table, unless it is nearly one of them.
/// </summary>
internal static class ElbAttributes
{
    private const string Flag = "true|false";
    private const string Text = "";

    private static readonly ImmutableDictionary<string, string> s_balancers = Of(
        ("access_logs.s3.enabled", Flag), ("access_logs.s3.bucket", Text), ("access_logs.s3.prefix", Text),
        ("deletion_protection.enabled", Flag), ("ipv6.deny_all_igw_traffic", Flag), ("load_balancing.cross_zone.enabled", Flag),
        ("zonal_shift.config.enabled", Flag));

    private static readonly ImmutableDictionary<string, string> s_application = s_balancers.AddRange(Of(
        ("client_keep_alive.seconds", "60-604800"), ("idle_timeout.timeout_seconds", "1-4000"),
        ("connection_logs.s3.enabled", Flag), ("connection_logs.s3.bucket", Text), ("connection_logs.s3.prefix", Text),
        ("routing.http.desync_mitigation_mode", "monitor|defensive|strictest"),
        ("routing.http.drop_invalid_header_fields.enabled", Flag), ("routing.http.preserve_host_header.enabled", Flag),
        ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", Flag), ("routing.http.xff_client_port.enabled", Flag),
        ("routing.http.xff_header_processing.mode", "append|preserve|remove"), ("routing.http2.enabled", Flag),
        ("waf.fail_open.enabled", Flag)));

    private static readonly ImmutableDictionary<string, string> s_network = s_balancers.AddRange(Of(
        ("dns_record.client_routing_policy", "availability_zone_affinity|partial_availability_zone_affinity|any_availability_zone"),
        ("secondary_ips.auto_assigned.per_subnet", "0-7")));

    private static readonly ImmutableDictionary<string, string> s_targets = Of(
        ("load_balancing.cross_zone.enabled", "true|false|use_load_balancer_configuration"),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", Text),
        ("target_group_health.dns_failover.minimum_healthy_targets.percentage", Text),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", Text),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", Text));

    private static readonly ImmutableDictionary<string, string> s_ofApplication = s_targets.AddRange(Of(
        ("load_balancing.algorithm.type", "round_robin|least_outstanding_requests|weighted_random"),
        ("load_balancing.algorithm.anomaly_mitigation", "on|off"), ("slow_start.duration_seconds", "0|30-900")));

    private static readonly ImmutableDictionary<string, string> s_ofNetwork = s_targets.AddRange(Of(
        ("deregistration_delay.connection_termination.enabled", Flag), ("preserve_client_ip.enabled", Flag),
        ("proxy_protocol_v2.enabled", Flag), ("target_health_state.unhealthy.connection_termination.enabled", Flag),
        ("target_health_state.unhealthy.draining_interval_seconds", "0-360000")));

    /// <summary>What a manifest says by attributes of its own.</summary>
    private static readonly ImmutableDictionary<string, string> s_instead = Of(
        ("deregistration_delay.timeout_seconds", "deregistration_delay"), ("deregistration_delay", "deregistration_delay"),
        ("stickiness.enabled", "stickiness"), ("stickiness.type", "stickiness"),
        ("stickiness.lb_cookie.duration_seconds", "stickiness"), ("stickiness.app_cookie.duration_seconds", "stickiness"),
        ("stickiness.app_cookie.cookie_name", "stickiness"));

    /// <param name="isNetwork">Whether the balancer is a network balancer.</param>
    public static void CheckBalancer(string path, ManifestValue? attributes, bool isNetwork, DiagnosticBag diagnostics) => Check(
        $"{path}.attributes",
        attributes,
        isNetwork ? s_network : s_application,
        isNetwork ? s_application : s_network,
        isNetwork,
        diagnostics);

    /// <param name="isNetwork">Whether the target group is a network balancer's.</param>
    public static void CheckTargets(string path, ManifestValue? attributes, bool isNetwork, DiagnosticBag diagnostics)
    {
        foreach (var attribute in Properties(attributes).Where(each => s_instead.ContainsKey(each.Name.Text)))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                attribute.Name,
                $"{path}.target_attributes names {attribute.Name.Text}, for which there is the attribute {s_instead[attribute.Name.Text]}.",
                $"Write \"{s_instead[attribute.Name.Text]}\" beside target_attributes, and remove this.");
        }

        Check(
            $"{path}.target_attributes", attributes, isNetwork ? s_ofNetwork : s_ofApplication, isNetwork ? s_ofApplication : s_ofNetwork,
            isNetwork, diagnostics);
    }

    private static void Check(
        string path,
        ManifestValue? attributes,
        ImmutableDictionary<string, string> known,
        ImmutableDictionary<string, string> others,
        bool isNetwork,
        DiagnosticBag diagnostics)
    {
        foreach (var (name, value) in Properties(attributes).Where(each => !s_instead.ContainsKey(each.Name.Text)))
        {
            if (known.TryGetValue(name.Text, out var shape))
            {
                var text = value.Kind == ValueKind.String ? value.Text : value.Spelling;
                if (!Fits(text, shape))
                {
                    diagnostics.Error(
                        DiagnosticCode.BadValue,
                        value,
                        $"{path}.{name.Text} cannot be {Quoting.Quote(text)}.",
                        $"ELB takes {shape.Replace("|", ", ", StringComparison.Ordinal)}.");
                }
            }
            else if (others.ContainsKey(name.Text))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    name,
                    $"{path} names {name.Text}, which {(isNetwork ? "an application" : "a network")} balancer alone has.",
                    "Remove it, or change the type of the balancer.");
            }
            else if (DidYouMean.Nearest(name.Text, known.Keys) is { } near)
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    name,
                    $"{path} names {name.Text}, and ELB has no attribute of that name.",
                    $"Did you mean {Quoting.Quote(near)}?");
            }
        }
    }

    private static IEnumerable<(ManifestValue Name, ManifestValue Value)> Properties(ManifestValue? attributes) =>
        attributes is { Kind: ValueKind.Object } there
            ? there.Properties.ToList().Select(each => (each.Name, each.Value))
            : [];

    private static bool Fits(string text, string shape) => shape.Length == 0
        ? text.Length <= 1024
        : shape.Split('|').Any(one => one == text || (one.Split('-') is [var least, var most]
            && int.TryParse(least, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= from
            && number <= to));

    private static ImmutableDictionary<string, string> Of(params (string Name, string Shape)[] attributes) =>
        attributes.ToImmutableDictionary(each => each.Name, each => each.Shape, StringComparer.Ordinal);
}
