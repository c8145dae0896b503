using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>What load balancers counted of a change's target groups, in whole minutes.</summary>
/// <param name="When"><c>before</c>, <c>during</c> or <c>after</c> the change.</param>
/// <param name="TargetErrors">Answers of 500 and more that targets gave.</param>
/// <param name="BalancerErrors">Those that the balancers gave themselves, also for other target groups of theirs.</param>
public sealed record TrafficSeen(
    string When,
    DateTimeOffset From,
    DateTimeOffset To,
    double Requests,
    double TargetErrors,
    double BalancerErrors)
{
    public JObject ToJson() => new()
    {
        ["when"] = When,
        ["from"] = TimeText.Of(From),
        ["to"] = TimeText.Of(To),
        ["requests"] = Requests,
        ["target_5xx"] = TargetErrors,
        ["balancer_5xx"] = BalancerErrors,
    };

    public static TrafficSeen Of(JObject json) => new(
        (string?)json["when"] ?? "",
        TimeText.TryParse((string?)json["from"]) ?? default,
        TimeText.TryParse((string?)json["to"]) ?? default,
        (double?)json["requests"] ?? 0,
        (double?)json["target_5xx"] ?? 0,
        (double?)json["balancer_5xx"] ?? 0);
}
