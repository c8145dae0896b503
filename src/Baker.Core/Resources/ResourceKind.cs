namespace Baker.Core.Resources;

/// <summary>The kinds of resources around the fleets, in the order in which they are made.</summary>
public enum ResourceKind
{
    SecurityGroup,
    SecurityGroupRule,
    Topic,
    Subscription,
    Balancer,
    TargetGroup,
    Listener,
    ListenerRule,
    Endpoints,
    Services,
    Policy,
    Schedule,
    WarmPool,
    Alarm,
}
