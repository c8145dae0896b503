using System.Net;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The targets that a listener balances over, in turn. New requests go to <see cref="Replace"/>'s last set only; those under way finish.</summary>
internal sealed class TargetPool
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, int> _inFlight = [];
    private IPEndPoint[] _eligible = [];
    private int _turn;

    /// <summary>Sets the targets that may get new requests: the healthy ones (or all, where none is healthy: ELB fails open).</summary>
    public void Replace(IEnumerable<IPEndPoint> eligible)
    {
        lock (_gate)
        {
            _eligible = [.. eligible];
        }
    }

    /// <summary>Takes the next target in turn and counts the request against it; null where there is none.</summary>
    public IPEndPoint? Take()
    {
        lock (_gate)
        {
            if (_eligible.Length == 0)
            {
                return null;
            }

            var target = _eligible[_turn++ % _eligible.Length];
            _turn &= int.MaxValue;
            _inFlight[target] = _inFlight.GetValueOrDefault(target) + 1;
            return target;
        }
    }

    public void Release(IPEndPoint target)
    {
        lock (_gate)
        {
            if (--_inFlight[target] == 0)
            {
                _inFlight.Remove(target);
            }
        }
    }

    /// <summary>Requests under way to a target; a deregistered one is drained early only when this is 0.</summary>
    public int InFlight(IPEndPoint target)
    {
        lock (_gate)
        {
            return _inFlight.GetValueOrDefault(target);
        }
    }
}
