namespace Baker.Core.Resources;

/// <summary>Resources in the words of people.</summary>
public static class ResourceWords
{
    public static string Key(ResourceKind kind) => kind switch
    {
        ResourceKind.SecurityGroup => "security-group",
        ResourceKind.SecurityGroupRule => "security-group-rule",
        ResourceKind.TargetGroup => "target-group",
        ResourceKind.ListenerRule => "listener-rule",
        ResourceKind.WarmPool => "warm-pool",
        _ => kind.ToString().ToLowerInvariant(),
    };

    public static string Of(Resource resource) => resource.Kind switch
    {
        ResourceKind.SecurityGroupRule => $"the rule {resource.Name}",
        ResourceKind.Endpoints => $"the endpoints of {resource.Name}",
        ResourceKind.Services => $"what {resource.Name} provides and needs",
        ResourceKind.Subscription or ResourceKind.Listener or ResourceKind.ListenerRule or ResourceKind.WarmPool => $"the {resource.Name}",
        _ => $"{Key(resource.Kind).Replace('-', ' ')} {resource.Name}",
    };

    public static string Create(Resource resource) => resource.Kind switch
    {
        ResourceKind.SecurityGroupRule => $"allow {resource.Name}",
        ResourceKind.Balancer => $"create {resource["type"]} balancer {resource.Name}, {resource["scheme"]}",
        ResourceKind.TargetGroup => $"create target group {resource.Name} ({resource["protocol"]} {resource["port"]}), "
            + $"health check {Check(resource)}",
        ResourceKind.Listener or ResourceKind.ListenerRule => $"create the {resource.Name}: {Action(resource)}",
        ResourceKind.Subscription => $"create the {resource.Name}",
        ResourceKind.Endpoints => $"give nodes {Of(resource)} ({resource["store"]}): {resource["host"]}:{resource["port"]}",
        ResourceKind.Services => $"tell nodes of {Of(resource)}",
        ResourceKind.WarmPool => $"give {resource.Parent} a warm pool",
        ResourceKind.Alarm => $"create alarm {resource.Name}: {resource["metric"]} {resource["comparison"]} {resource["threshold"]}",
        _ => $"create {Of(resource)}",
    };

    public static string Change(Resource resource) => resource.Kind switch
    {
        ResourceKind.Endpoints => $"give nodes other endpoints of {resource.Name}",
        ResourceKind.Services => $"tell nodes anew of {Of(resource)}",
        _ => $"change {Of(resource)}",
    };

    public static string Remove(Resource resource) => resource.Kind switch
    {
        ResourceKind.SecurityGroupRule => $"no longer allow {resource.Name}",
        ResourceKind.Endpoints => $"no longer give nodes {Of(resource)}; the datastore stays",
        ResourceKind.Services => $"no longer tell nodes of {Of(resource)}",
        _ => $"delete {Of(resource)}",
    };

    /// <summary>A reference or an ARN as a person calls it.</summary>
    public static string Short(string text) => text.StartsWith(Reference.Begin)
        ? text[(text.IndexOf(':') + 1)..^1]
        : text.StartsWith("arn:", StringComparison.Ordinal) && text.Split('/') is [_, var name, ..] ? name : text;

    private static string Check(Resource group) =>
        group["health_check.path"] is { Length: > 0 } path ? path : group["health_check.protocol"] is { Length: > 0 } protocol
            ? protocol : "TCP";

    private static string Action(Resource resource) => ForwardAction.TryParse(resource["action"]) is { } action ? action.ToString() : "";
}
