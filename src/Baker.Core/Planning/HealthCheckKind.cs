namespace Baker.Core.Planning;

/// <summary>What an Auto Scaling group asks about its instances: EC2's status checks only, or the target groups too.</summary>
public enum HealthCheckKind
{
    EC2,
    ELB,
}
