namespace Baker.Core.Planning;

/// <summary>An instance in a target group, as the load balancer sees it.</summary>
public sealed record TargetView(string TargetGroup, string State, string? Reason, string? Description)
{
    public bool IsHealthy => State == "healthy";
}
