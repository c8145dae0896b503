using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What a load balancer's attributes and a listener's protocol ask of a relay.</summary>
/// <param name="Idle">How long a connection, to the client or to a target, may carry nothing (AWS:
/// <c>idle_timeout.timeout_seconds</c>).</param>
/// <param name="Port">What <c>X-Forwarded-Port</c> says; the listener's own port, also where it had to open another.</param>
/// <param name="Scheme">What <c>X-Forwarded-Proto</c> says.</param>
/// <param name="SpeaksHttp2">Whether clients may speak HTTP/2, which AWS answers on HTTPS listeners only.</param>
/// <param name="Forwarding"><c>append</c>, <c>preserve</c> or <c>remove</c>: what is done with <c>X-Forwarded-For</c>.</param>
/// <param name="ForwardsClientPort">Whether the client's port is in <c>X-Forwarded-For</c> too.</param>
/// <param name="KeepsHost">Whether targets get the Host header unchanged.</param>
internal sealed record RelaySettings(
    TimeSpan Idle,
    int Port,
    string Scheme,
    bool SpeaksHttp2,
    string Forwarding,
    bool ForwardsClientPort,
    bool KeepsHost)
{
    /// <summary>How TLS is spoken with clients; null where it is not.</summary>
    public ServerTls? Tls { get; init; }

    private const string IdleTimeout = BalancingAttributes.IdleTimeout;

    public static RelaySettings Of(LoadBalancerRecord balancer, ListenerRecord listener, ServerTls? tls)
    {
        var attributes = balancer.Attributes;
        var isSecure = listener.Protocol is "HTTPS" or "TLS";
        return new RelaySettings(
            balancer.Type == "network"
                ? TimeSpan.FromSeconds(BalancingAttributes.Seconds(listener.Attributes, BalancingAttributes.TcpIdleTimeout, 350))
                : TimeSpan.FromSeconds(BalancingAttributes.Seconds(attributes, IdleTimeout, 60)),
            listener.Port,
            isSecure ? "https" : "http",
            isSecure && Value("routing.http2.enabled") != "false",
            Value("routing.http.xff_header_processing.mode") ?? "append",
            Value("routing.http.xff_client_port.enabled") == "true",
            Value("routing.http.preserve_host_header.enabled") == "true")
        {
            Tls = tls,
        };

        string? Value(string name) => attributes.GetValueOrDefault(name);
    }
}
