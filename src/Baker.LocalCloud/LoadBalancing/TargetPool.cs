using System.Net;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// The targets that a listener balances over, in turn. New requests go to <see cref="Replace"/>'s last set only; those
/// under way finish.
/// </summary>
internal sealed class TargetPool
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, BalancedTarget> _known = [];
    private BalancedTarget[] _eligible = [];
    private int _turn = -1;

    /// <summary>Whether the targets speak HTTP/2, as those of a group of the protocol version HTTP2 or GRPC do.</summary>
    public bool SpeaksHttp2 { get; set; }

    /// <summary>Sets the targets that may get new requests: the healthy ones (or all, where none is healthy: ELB fails open).</summary>
    public void Replace(IEnumerable<IPEndPoint> eligible)
    {
        lock (_gate)
        {
            _eligible = [.. eligible.Select(Known)];
            foreach (var (address, _) in _known.Where(each => each.Value.InFlight == 0 && !_eligible.Contains(each.Value)).ToList())
            {
                _known.Remove(address);
            }
        }
    }

    /// <summary>
    /// Takes the next target in turn and counts the request against it; null where there is none. <see cref="Release"/>
    /// ends it.
    /// </summary>
    public BalancedTarget? Take()
    {
        lock (_gate)
        {
            if (_eligible.Length == 0)
            {
                return null;
            }

            _turn = (_turn + 1) % _eligible.Length;
            var target = _eligible[_turn];
            target.InFlight++;
            return target;
        }
    }

    public void Release(BalancedTarget target)
    {
        lock (_gate)
        {
            target.InFlight--;
        }
    }

    /// <summary>Requests under way to a target; a deregistered one is drained early only when this is 0.</summary>
    public int InFlight(IPEndPoint target)
    {
        lock (_gate)
        {
            return _known.GetValueOrDefault(target)?.InFlight ?? 0;
        }
    }

    private BalancedTarget Known(IPEndPoint address)
    {
        if (!_known.TryGetValue(address, out var target))
        {
            _known.Add(address, target = new BalancedTarget(address));
        }

        return target;
    }
}
