using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Querying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The rules of one listener as its relay asks them; replaced whole, from another thread.</summary>
internal sealed class Routes
{
    private volatile Table _table = new([], null);

    public void Use(ImmutableArray<Route> rules, ListenerAction? otherwise) => _table = new Table(rules, otherwise);

    /// <summary>What is done with connections, which have nothing that a rule could look at.</summary>
    public ListenerAction? Otherwise => _table.Otherwise;

    /// <summary>What is done with a request; null where nothing is.</summary>
    public ListenerAction? Find(HttpRequest request)
    {
        var table = _table;
        foreach (var rule in table.Rules)
        {
            if (rule.Applies(request))
            {
                return rule.Action;
            }
        }

        return table.Otherwise;
    }

    private sealed record Table(ImmutableArray<Route> Rules, ListenerAction? Otherwise);
}

/// <summary>One rule: when it applies and what it does.</summary>
internal sealed class Route(IReadOnlyList<RuleCondition> conditions, ListenerAction? action)
{
    private readonly ImmutableArray<Func<HttpRequest, bool>> _conditions = [.. conditions.Select(Read)];

    public ListenerAction? Action => action;

    public bool Applies(HttpRequest request) => _conditions.All(holds => holds(request));

    private static Func<HttpRequest, bool> Read(RuleCondition condition)
    {
        switch (condition.Field)
        {
            case "path-pattern":
                var paths = Any(condition.PathPatternConfig?.Values ?? condition.Values, condition.PathPatternConfig?.RegexValues);
                return request => paths(TargetOf(request).Split('?')[0]);
            case "host-header":
                var hosts = Any(
                    Lower(condition.HostHeaderConfig?.Values ?? condition.Values),
                    condition.HostHeaderConfig?.RegexValues);
                return request => hosts(request.Host.Host.ToLowerInvariant());
            case "http-header" when condition.HttpHeaderConfig is { HttpHeaderName: { } name } header:
                var values = Any(Lower(header.Values), header.RegexValues);
                return request => request.Headers[name].Any(each => values(each?.ToLowerInvariant()));
            case "http-request-method":
                var methods = condition.HttpRequestMethodConfig?.Values ?? condition.Values ?? [];
                return request => methods.Contains(request.Method);
            case "query-string":
                var pairs = (condition.QueryStringConfig?.Values ?? [])
                    .ConvertAll(each => (
                        Key: each.Key is null ? null : new Wildcard(each.Key.ToLowerInvariant()),
                        Value: new Wildcard(each.Value.ToLowerInvariant())));
                return request => TargetOf(request).Split('?', 2) is [_, var query]
                    && query.ToLowerInvariant().Split('&').Select(part => part.Split('=', 2)).Any(part =>
                        pairs.Exists(pair => pair.Key?.Matches(part[0]) != false && pair.Value.Matches(part.Length > 1 ? part[1] : "")));
            case "source-ip":
                var networks = (condition.SourceIpConfig?.Values ?? condition.Values ?? []).ConvertAll(IPNetwork.Parse);
                return request => request.HttpContext.Connection.RemoteIpAddress is { } client
                    && networks.Exists(each => each.Contains(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client));
            default:
                return static _ => false;
        }
    }

    private static string TargetOf(HttpRequest request) =>
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    private static List<string>? Lower(List<string>? patterns) => patterns?.ConvertAll(each => each.ToLowerInvariant());

    private static Func<string?, bool> Any(List<string>? patterns, List<string>? expressions)
    {
        var wildcards = (patterns ?? []).ConvertAll(each => new Wildcard(each));
        var regexes = (expressions ?? []).ConvertAll(each =>
            new Regex(each, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        return text => wildcards.Exists(each => each.Matches(text)) || (text is not null && regexes.Exists(each => each.IsMatch(text)));
    }
}
