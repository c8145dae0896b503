using System.IO.Hashing;
using System.Net;
using System.Text;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// The targets that a listener balances over, in turn. New requests go to <see cref="Replace"/>'s last set only; those
/// under way finish.
/// </summary>
/// <param name="arn">The target group.</param>
/// <param name="seal">Makes of a name what a client may be told of it.</param>
internal sealed class TargetPool(string arn = "", Func<string, string>? seal = null)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, BalancedTarget> _known = [];
    private BalancedTarget[] _eligible = [];
    private int _turn = -1;

    public string Arn => arn;

    /// <summary>What a cookie says in the group's place.</summary>
    public string Token { get; } = seal?.Invoke(arn) ?? arn;

    /// <summary>Whether the targets speak HTTP/2, as those of a group of the protocol version HTTP2 or GRPC do.</summary>
    public bool SpeaksHttp2 { get; set; }

    /// <summary>Whether targets are spoken to in TLS, their certificates unlooked at, as AWS does.</summary>
    public bool SpeaksTls { get; set; }

    /// <summary>How clients are kept with a target; null where they are not.</summary>
    public Stickiness? Stickiness { get; set; }

    /// <summary><c>round_robin</c>, <c>least_outstanding_requests</c> or <c>weighted_random</c>.</summary>
    public string Algorithm { get; set; } = "round_robin";

    /// <summary>Whether a version 2 header of the PROXY protocol comes first on a connection.</summary>
    public bool SaysWhoCalls { get; set; }

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
    /// <param name="token">What the client's cookie says of the target that it was with.</param>
    /// <param name="client">The client's address, where it alone decides.</param>
    public BalancedTarget? Take(string? token = null, IPAddress? client = null)
    {
        lock (_gate)
        {
            if (_eligible.Length == 0)
            {
                return null;
            }

            var target = client is not null ? _eligible.MaxBy(each => Rank(client, each))!
                : token is not null && Array.Find(_eligible, each => each.Token == token) is { } kept ? kept
                : Next();
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

    private BalancedTarget Next()
    {
        if (Algorithm == "weighted_random")
        {
#pragma warning disable CA5394 // which target is no secret
            return _eligible[Random.Shared.Next(_eligible.Length)];
#pragma warning restore CA5394
        }

        _turn = (_turn + 1) % _eligible.Length;
        return Algorithm == "least_outstanding_requests"
            ? _eligible[_turn..].Concat(_eligible[.._turn]).MinBy(each => each.InFlight)!
            : _eligible[_turn];
    }

    // The same client has the same target for as long as it is there, and no other client moves when one leaves.
    private static ulong Rank(IPAddress client, BalancedTarget target) =>
        XxHash3.HashToUInt64(Encoding.ASCII.GetBytes($"{client} {target.Address}"));

    private BalancedTarget Known(IPEndPoint address)
    {
        if (!_known.TryGetValue(address, out var target))
        {
            _known.Add(address, target = new BalancedTarget(address, seal?.Invoke($"{arn} {address}") ?? $"{address}"));
        }

        return target;
    }
}
