using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Storage;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A listener of a load balancer.</summary>
internal sealed record ListenerRecord : IResource, IElbTagged
{
    public required string Id { get; init; }

    public required string LoadBalancerArn { get; init; }

    public required int Port { get; init; }

    public string Protocol { get; init; } = "HTTP";

    public string? SslPolicy { get; init; }

    public ImmutableArray<string> Certificates { get; init; } = [];

    public required IReadOnlyList<Action> DefaultActions { get; init; }

    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A rule of a listener; the lowest priority is looked at first.</summary>
internal sealed record ListenerRuleRecord : IResource, IElbTagged
{
    public required string Id { get; init; }

    public required string ListenerArn { get; init; }

    public required int Priority { get; init; }

    public required IReadOnlyList<RuleCondition> Conditions { get; init; }

    public required IReadOnlyList<Action> Actions { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
