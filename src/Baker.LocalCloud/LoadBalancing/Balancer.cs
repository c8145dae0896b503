using System.Net;
using System.Net.Sockets;
using Baker.LocalCloud.Running;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The running side of load balancing: a relay for every listener, a pool for every target group.</summary>
internal sealed class Balancer(CloudContext cloud, BalancingTables tables, Func<TargetRecord, IPEndPoint?> endpoint) : IAsyncDisposable
{
    private readonly Dictionary<string, (Relay? Relay, Routes Routes, int Port)> _listeners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TargetPool> _pools = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stalePools = [.. tables.TargetGroups.All.Select(group => group.Id)];
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
        foreach (var (relay, _, _) in _listeners.Values.ToList())
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
        if (_listeners.TryGetValue(listener.Id, out var open) && open.Port != listener.Port)
        {
            Close(listener.Id);
            open = default;
        }

        var routes = open.Routes ?? new Routes();
        routes.Use(
            [.. tables.RulesByListener[listener.Id]
                .OrderBy(rule => rule.Priority)
                .Select(rule => new Route(rule.Conditions, Pools(rule.Actions)))],
            Pools(listener.DefaultActions));
        _listeners[listener.Id] = (RelayOf(open.Relay, listener, routes), routes, listener.Port);
    }

    private Relay? RelayOf(Relay? open, ListenerRecord listener, Routes routes)
    {
        if (tables.LoadBalancers.Find(listener.LoadBalancerArn) is not { } balancer)
        {
            return open;
        }

        var settings = RelaySettings.Of(balancer, listener);
        if (open is null)
        {
            return Start(IPAddress.Parse(balancer.Address), listener.Port, settings, routes);
        }

        open.Use(settings);
        return open;
    }

    private Relay? Start(IPAddress address, int port, RelaySettings settings, Routes routes)
    {
        foreach (var place in new IPEndPoint[] { new(address, port), new(address, 0), new(IPAddress.Loopback, 0) })
        {
            try
            {
                return new Relay(place, settings, routes.Find, cloud.Time);
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
        if (_listeners.Remove(listenerArn, out var closed) && closed.Relay is { } relay)
        {
            cloud.Background.Run("relay " + listenerArn, async _ => await relay.DrainAsync().ConfigureAwait(false));
        }
    }

    private WeightedPools Pools(IReadOnlyList<Action> actions)
    {
        var forward = actions.FirstOrDefault(action => action.Type?.Value == "forward");
        return new WeightedPools(forward switch
        {
            null => [],
            { ForwardConfig.TargetGroups: { Count: > 0 } groups } =>
                [.. groups.Select(each => (PoolOf(each.TargetGroupArn), each.Weight ?? 1))],
            _ => [(PoolOf(forward.TargetGroupArn), 1)],
        });
    }

    private TargetPool PoolOf(string groupArn)
    {
        if (!_pools.TryGetValue(groupArn, out var pool))
        {
            _pools.Add(groupArn, pool = new TargetPool { SpeaksHttp2 = tables.TargetGroups.Find(groupArn)?.SpeaksHttp2 == true });
        }

        return pool;
    }
}
