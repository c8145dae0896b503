using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Baker.LocalCloud.Certificates;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Serving;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The running side of load balancing: a relay for every listener, a pool for every target group.</summary>
internal sealed class Balancer(
    CloudContext cloud,
    BalancingTables tables,
    CertificateStore certificates,
    Func<TargetRecord, IPEndPoint?> endpoint) : IAsyncDisposable
{
    private readonly Dictionary<string, (IListening? Relay, Routes Routes, int Port, string Protocol)> _listeners =
        new(StringComparer.Ordinal);
    private readonly Dictionary<string, TargetPool> _pools = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stalePools = [.. tables.TargetGroups.All.Select(group => group.Id)];
    private readonly Dictionary<string, TrafficMeter> _meters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Key, ServerTls Tls)> _tls = new(StringComparer.Ordinal);
    private HashSet<string> _used = [];
    private bool _areListenersStale = true;

    /// <summary>Listeners, or what they send to, have changed.</summary>
    public void ListenersChanged() => _areListenersStale = true;

    /// <summary>Targets of a group have changed.</summary>
    public void TargetsChanged(string groupArn) => _stalePools.Add(groupArn);

    /// <summary>Requests that are under way to a target.</summary>
    public int InFlight(TargetRecord target)
    {
        // First of all no new request may go to a target that leaves.
        FollowTargets(target.GroupArn);
        return endpoint(target) is { } address && _pools.GetValueOrDefault(target.GroupArn) is { } pool ? pool.InFlight(address) : 0;
    }

    /// <summary>Whether a listener or rule sends to a target group.</summary>
    public bool IsUsed(string groupArn)
    {
        FollowListeners();
        return _used.Contains(groupArn);
    }

    /// <summary>What has come through a load balancer.</summary>
    public TrafficMeter MeterOf(string balancerArn)
    {
        if (!_meters.TryGetValue(balancerArn, out var meter))
        {
            _meters.Add(balancerArn, meter = new TrafficMeter());
        }

        return meter;
    }

    /// <summary>How many clients are connected to a load balancer's listeners now, and how many have been so far.</summary>
    public (int Now, long SoFar) ConnectionsOf(string balancerArn)
    {
        var open = tables.ListenersByBalancer[balancerArn]
            .Select(each => _listeners.GetValueOrDefault(each.Id).Relay)
            .OfType<IListening>()
            .ToList();
        return (open.Sum(each => each.Connections), open.Sum(each => each.Accepted));
    }

    /// <summary>Where a listener can be reached; null while it is not open.</summary>
    public IPEndPoint? AddressOf(string listenerArn) => _listeners.GetValueOrDefault(listenerArn).Relay?.Address;

    /// <summary>
    /// Brings relays and pools to what the tables say: those that changed, so that a large cloud costs no more than a small
    /// one.
    /// </summary>
    public void Follow()
    {
        foreach (var groupArn in _stalePools.ToList())
        {
            FollowTargets(groupArn);
        }

        FollowListeners();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (relay, _, _, _) in _listeners.Values.ToList())
        {
            if (relay is not null)
            {
                await relay.DisposeAsync().ConfigureAwait(false);
            }
        }

        _listeners.Clear();
    }

    private void FollowTargets(string groupArn)
    {
        if (_stalePools.Remove(groupArn))
        {
            PoolOf(groupArn).Replace(Eligible(tables.TargetsByGroup[groupArn]));
        }
    }

    private void FollowListeners()
    {
        if (!_areListenersStale)
        {
            return;
        }

        _areListenersStale = false;
        foreach (var arn in _pools.Keys)
        {
            Settle(arn);
        }

        _used =
        [
            .. tables.Listeners.All.SelectMany(each => BalancingTables.GroupsOf(each.DefaultActions)),
            .. tables.Rules.All.SelectMany(each => BalancingTables.GroupsOf(each.Actions)),
        ];
        foreach (var listener in tables.Listeners.All)
        {
            Open(listener);
        }

        foreach (var gone in _listeners.Keys.Where(arn => tables.Listeners.Find(arn) is null).ToList())
        {
            Close(gone);
        }
    }

    // ELB fails open: where no target is healthy, the unhealthy ones get the requests.
    private List<IPEndPoint> Eligible(IReadOnlyCollection<TargetRecord> targets)
    {
        List<IPEndPoint> In(string state) =>
            [.. targets.Where(each => !each.IsDraining && each.State == state).Select(endpoint).OfType<IPEndPoint>()];
        return In("healthy") is { Count: > 0 } healthy ? healthy : In("unhealthy");
    }

    private void Open(ListenerRecord listener)
    {
        if (_listeners.TryGetValue(listener.Id, out var open)
            && (open.Port != listener.Port || KindOf(open.Protocol) != KindOf(listener.Protocol)))
        {
            Close(listener.Id);
            open = default;
        }

        var routes = open.Routes ?? new Routes();
        routes.Use(
            [.. tables.RulesByListener[listener.Id]
                .OrderBy(rule => rule.Priority)
                .Select(rule => new Route(rule.Conditions, ActionOf(rule.Actions)))],
            ActionOf(listener.DefaultActions));
        _listeners[listener.Id] = (RelayOf(open.Relay, listener, routes), routes, listener.Port, listener.Protocol);
    }

    private IListening? RelayOf(IListening? open, ListenerRecord listener, Routes routes)
    {
        if (tables.LoadBalancers.Find(listener.LoadBalancerArn) is not { } balancer)
        {
            return open;
        }

        var settings = RelaySettings.Of(balancer, listener, TlsOf(listener));
        if (open is null)
        {
            var meter = MeterOf(balancer.Id);
            return Start(IPAddress.Parse(balancer.Address), listener.Port, place => KindOf(listener.Protocol) == "http"
                ? new Relay(place, settings, routes.Find, meter, cloud.Time)
                : new TcpRelay(place, settings, () => (routes.Otherwise as ListenerAction.Forward)?.Pools.Next(), meter));
        }

        open.Use(settings);
        return open;
    }

    private static IListening? Start(IPAddress address, int port, Func<IPEndPoint, IListening> open)
    {
        foreach (var place in new IPEndPoint[] { new(address, port), new(address, 0), new(IPAddress.Loopback, 0) })
        {
            try
            {
                return open(place);
            }
            catch (SocketException)
            {
                // Low ports need privileges, and not every system has all of 127.0.0.0/8.
            }
        }

        return null;
    }

    private void Close(string listenerArn)
    {
        _tls.Remove(listenerArn);
        if (_listeners.Remove(listenerArn, out var closed) && closed.Relay is { } relay)
        {
            cloud.Background.Run("relay " + listenerArn, async _ => await relay.DrainAsync().ConfigureAwait(false));
        }
    }

    private ListenerAction? ActionOf(IReadOnlyList<Action> actions) => actions.MaxBy(each => each.Order ?? 0) switch
    {
        { Type.Value: "redirect", RedirectConfig: { } redirect } => new ListenerAction.Redirect(redirect),
        { Type.Value: "fixed-response", FixedResponseConfig: { } answer } => new ListenerAction.Answer(answer),
        { Type.Value: "forward" } forward => new ListenerAction.Forward(PoolsOf(forward)),
        _ => null,
    };

    private WeightedPools PoolsOf(Action forward) => new(forward.ForwardConfig?.TargetGroups is { Count: > 0 } groups
        ? [.. groups.Select(each => (PoolOf(each.TargetGroupArn), each.Weight ?? 1))]
        : [(PoolOf(forward.TargetGroupArn), 1)])
    {
        Keeps = forward.ForwardConfig?.TargetGroupStickinessConfig is { Enabled: true } keeps
            ? TimeSpan.FromSeconds(keeps.DurationSeconds ?? 3600)
            : null,
    };

    private TargetPool PoolOf(string groupArn)
    {
        if (!_pools.TryGetValue(groupArn, out var pool))
        {
            _pools.Add(groupArn, pool = new TargetPool(groupArn, Seal));
            Settle(groupArn);
        }

        return pool;
    }

    private void Settle(string groupArn)
    {
        if (tables.TargetGroups.Find(groupArn) is { } group)
        {
            var pool = _pools[groupArn];
            pool.SpeaksHttp2 = group.SpeaksHttp2;
            pool.SpeaksTls = group.Protocol is "HTTPS" or "TLS";
            pool.Stickiness = Stickiness.Of(group.Attributes);
            pool.Algorithm = group.Attributes.GetValueOrDefault("load_balancing.algorithm.type", "round_robin");
            pool.SaysWhoCalls = group.Attributes.GetValueOrDefault("proxy_protocol_v2.enabled") == "true";
        }
    }

    // A client must not be able to name a target that it was not sent to.
    private string Seal(string name) => Convert.ToBase64String(cloud.Key.Derive("stickiness", Encoding.UTF8.GetBytes(name)));

    private static string KindOf(string protocol) => protocol is "HTTP" or "HTTPS" ? "http" : "tcp";

    private ServerTls? TlsOf(ListenerRecord listener)
    {
        if (listener.Protocol is not ("HTTPS" or "TLS") || listener.Certificates.IsEmpty)
        {
            return null;
        }

        var records = listener.Certificates.Select(certificates.Table.Find).OfType<CertificateRecord>().ToList();
        var key = string.Join('|', records.Select(each => $"{each.Id}@{each.ImportedAt.UtcTicks}").Prepend(listener.SslPolicy));
        if (records.Count > 0 && (!_tls.TryGetValue(listener.Id, out var made) || made.Key != key))
        {
            _tls[listener.Id] = made = (key, new ServerTls(
                SslPolicies.ProtocolsOf(listener.SslPolicy),
                [.. records.Select(each =>
                {
                    var (certificate, chain) = certificates.Open(each.Id);
                    Func<string, bool> covers = CertificateStore.FactsOf(each).Covers;
                    return (covers, SslStreamCertificateContext.Create(certificate, chain, offline: true));
                })]));
        }

        return _tls.GetValueOrDefault(listener.Id).Tls;
    }
}
