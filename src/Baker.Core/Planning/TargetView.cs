namespace Baker.Core.Planning;

/// <summary>An instance in a target group, as the load balancer sees it.</summary>
public sealed record TargetView(string TargetGroup, string State, string? Reason, string? Description, int? Port = null)
{
    public bool IsHealthy => State == "healthy";

    /// <summary>No load balancer asks for its health: it never becomes healthy, and nothing depends on that.</summary>
    public bool IsNotUsed => State == "unused" && Reason == "Target.NotInUse";
}
