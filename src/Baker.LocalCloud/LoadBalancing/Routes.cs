using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Querying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The rules of one listener as its relay asks them; replaced whole, from another thread.</summary>
internal sealed class Routes
{
    private volatile Table _table = new([], new WeightedPools([]));

    public void Use(ImmutableArray<Route> rules, WeightedPools otherwise) => _table = new Table(rules, otherwise);

    /// <summary>The pool for a request; null where an action sends it nowhere.</summary>
    public TargetPool? Find(HttpRequest request)
    {
        var table = _table;
        foreach (var rule in table.Rules)
        {
            if (rule.Applies(request))
            {
                return rule.Pools.Next();
            }
        }

        return table.Otherwise.Next();
    }

    private sealed record Table(ImmutableArray<Route> Rules, WeightedPools Otherwise);
}

/// <summary>One rule: when it applies and where it sends.</summary>
internal sealed record Route(IReadOnlyList<RuleCondition> Conditions, WeightedPools Pools)
{
    public bool Applies(HttpRequest request) => Conditions.All(condition => Holds(condition, request));

    private static bool Holds(RuleCondition condition, HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?')[0];
        return condition.Field switch
        {
            "path-pattern" => Any(condition.PathPatternConfig?.Values ?? condition.Values, path),
            "host-header" => Any(condition.HostHeaderConfig?.Values ?? condition.Values, request.Host.Host.ToLowerInvariant()),
            "http-header" => condition.HttpHeaderConfig is { } header && Any(header.Values, request.Headers[header.HttpHeaderName]),
            "http-request-method" => condition.HttpRequestMethodConfig?.Values?.Contains(request.Method) == true,
            "query-string" => condition.QueryStringConfig?.Values?.Exists(pair => HasQuery(target, pair)) == true,
            _ => false,
        };
    }

    private static bool Any(List<string>? patterns, string? text) =>
        patterns?.Exists(pattern => new Wildcard(pattern).Matches(text)) == true;

    private static bool HasQuery(string target, QueryStringKeyValuePair wanted) =>
        target.Split('?', 2) is [_, var query] && query.Split('&').Select(part => part.Split('=', 2))
            .Any(part => (wanted.Key is null || new Wildcard(wanted.Key).Matches(part[0]))
                && new Wildcard(wanted.Value).Matches(part.Length > 1 ? part[1] : ""));
}
