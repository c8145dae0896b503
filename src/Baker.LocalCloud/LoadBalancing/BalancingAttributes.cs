using System.Collections.Immutable;
using System.Globalization;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The attributes that resources begin with, as AWS gives them.</summary>
internal static class BalancingAttributes
{
    public const string Delay = "deregistration_delay.timeout_seconds";
    public const string IdleTimeout = "idle_timeout.timeout_seconds";
    public const string TcpIdleTimeout = "tcp.idle_timeout.seconds";

    public static ImmutableSortedDictionary<string, string> OfTargetGroup(string protocol) => Parse($"""
        {Delay}=300
        stickiness.enabled=false
        load_balancing.cross_zone.enabled=use_load_balancer_configuration
        target_group_health.dns_failover.minimum_healthy_targets.count=1
        target_group_health.dns_failover.minimum_healthy_targets.percentage=off
        target_group_health.unhealthy_state_routing.minimum_healthy_targets.count=1
        target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage=off
        """ + "\n" + (protocol is "HTTP" or "HTTPS" ? """
        stickiness.type=lb_cookie
        stickiness.lb_cookie.duration_seconds=86400
        stickiness.app_cookie.cookie_name=
        stickiness.app_cookie.duration_seconds=86400
        slow_start.duration_seconds=0
        load_balancing.algorithm.type=round_robin
        load_balancing.algorithm.anomaly_mitigation=off
        """ : """
        stickiness.type=source_ip
        deregistration_delay.connection_termination.enabled=false
        preserve_client_ip.enabled=true
        proxy_protocol_v2.enabled=false
        target_health_state.unhealthy.connection_termination.enabled=true
        target_health_state.unhealthy.draining_interval_seconds=0
        """));

    public static ImmutableSortedDictionary<string, string> OfLoadBalancer(string type) => Parse("""
        access_logs.s3.enabled=false
        access_logs.s3.bucket=
        access_logs.s3.prefix=
        deletion_protection.enabled=false
        ipv6.deny_all_igw_traffic=false
        zonal_shift.config.enabled=false
        """ + "\n" + (type == "network" ? """
        load_balancing.cross_zone.enabled=false
        dns_record.client_routing_policy=any_availability_zone
        """ : $"""
        {IdleTimeout}=60
        client_keep_alive.seconds=3600
        connection_logs.s3.enabled=false
        connection_logs.s3.bucket=
        connection_logs.s3.prefix=
        load_balancing.cross_zone.enabled=true
        routing.http.desync_mitigation_mode=defensive
        routing.http.drop_invalid_header_fields.enabled=false
        routing.http.preserve_host_header.enabled=false
        routing.http.x_amzn_tls_version_and_cipher_suite.enabled=false
        routing.http.xff_client_port.enabled=false
        routing.http.xff_header_processing.mode=append
        routing.http2.enabled=true
        waf.fail_open.enabled=false
        """));

    public static ImmutableSortedDictionary<string, string> OfListener(string protocol) => protocol is "TCP" or "TLS" or "UDP" or "TCP_UDP"
        ? Parse(TcpIdleTimeout + "=350")
        : Parse("routing.http.response.server.enabled=true");

    public static double Seconds(ImmutableSortedDictionary<string, string> attributes, string name, double otherwise) =>
        attributes.TryGetValue(name, out var text) && double.TryParse(text, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : otherwise;

    private static ImmutableSortedDictionary<string, string> Parse(string lines) => lines
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('=', 2))
        .ToImmutableSortedDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
