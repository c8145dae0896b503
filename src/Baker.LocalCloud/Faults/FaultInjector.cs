using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Faults;

/// <summary>Carries a fault plan out and counts down what happens only so often. Used under the cloud's lock.</summary>
public sealed class FaultInjector
{
    private readonly Dictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);
    private readonly List<string> _loseReplies = [];
    private readonly List<(string Action, string Code)> _refusals = [];
    private FaultPlan _plan = new();
    private DateTimeOffset? _firstCall;
    private int _imagesFail;
    private int _agentsNeverCome;
    private TimeSpan? _instanceDiesAfter;

    public FaultInjector(FaultPlan plan) => Use(plan);

    public FaultPlan Plan => _plan;

    /// <summary>Starts over with another plan.</summary>
    public void Use(FaultPlan plan)
    {
        _plan = plan;
        _firstCall = null;
        _buckets.Clear();
        _loseReplies.Clear();
        _loseReplies.AddRange(plan.LoseReplies);
        _refusals.Clear();
        _refusals.AddRange(plan.Refusals);
        _imagesFail = plan.ImagesFail;
        _agentsNeverCome = plan.AgentsNeverCome;
        _instanceDiesAfter = plan.InstanceDiesAfter;
    }

    /// <exception cref="CloudException">The call is refused.</exception>
    public void Admit(Call call)
    {
        _firstCall ??= call.Now;
        // Calls that wait for the lock may come a little out of the order of their times.
        if (_plan.ThrottleFor > TimeSpan.Zero && call.Now < _firstCall + _plan.ThrottleFor)
        {
            throw CloudException.Throttled(call.Service);
        }

        if (_plan.RatePerSecond is { } rate)
        {
            Take(call, call.Region, rate, _plan.RateBurst);
        }

        if (_plan.ParameterQuotas && call.Service == ServiceNames.Systems && ParameterQuota(call.Action) is var (kind, perSecond))
        {
            Take(call, $"{call.Region} {kind}", perSecond, perSecond);
        }

        var refusal = _refusals.FindIndex(r => r.Action == call.Action);
        if (refusal >= 0)
        {
            var code = _refusals[refusal].Code;
            _refusals.RemoveAt(refusal);
            throw new CloudException(
                code,
                $"{call.Action} was refused by a fault of the local cloud.",
                code is "InternalError" or "ServiceUnavailable" or "Unavailable" ? 500 : 400);
        }
    }

    /// <summary>What an action counts towards, and how many of it an account has a second; null where there is no such quota.</summary>
    private static (string Kind, int PerSecond)? ParameterQuota(string action) => action switch
    {
        "GetParameter" or "GetParameters" or "GetParametersByPath" => ("reads", 40),
        "PutParameter" => ("writes", 3),
        _ => null,
    };

    private void Take(Call call, string bucketOf, double perSecond, int burst)
    {
        if (!_buckets.TryGetValue(bucketOf, out var bucket))
        {
            _buckets[bucketOf] = bucket = new TokenBucket(perSecond, burst, call.Now);
        }

        if (!bucket.TryTake(call.Now))
        {
            throw CloudException.Throttled(call.Service);
        }
    }

    public bool LosesReply(string action) => _loseReplies.Remove(action);

    public bool HasCapacity(string zone, string type) =>
        !_plan.NoCapacity.Any(none =>
            none == "*" || none == zone || none == type || none == $"{zone}/{type}" || none == $"*/{type}" || none == $"{zone}/*");

    public bool NextImageFails() => _imagesFail > 0 && _imagesFail-- > 0;

    public bool NextAgentNeverComes() => _agentsNeverCome > 0 && _agentsNeverCome-- > 0;

    public TimeSpan? NextInstanceDiesAfter()
    {
        var after = _instanceDiesAfter;
        _instanceDiesAfter = null;
        return after;
    }

    /// <summary>Whether reads find a resource made at this time already.</summary>
    public bool IsVisible(DateTimeOffset created, DateTimeOffset now) =>
        _plan.EventualFor == TimeSpan.Zero || now >= created + _plan.EventualFor;
}
