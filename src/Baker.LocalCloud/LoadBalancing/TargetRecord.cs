using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>One target of a group, with the state that its last health checks gave it.</summary>
internal sealed record TargetRecord : IResource
{
    public required string Id { get; init; }

    public required string GroupArn { get; init; }

    /// <summary>The instance id, or the address of a group of type ip.</summary>
    public required string Target { get; init; }

    public required int Port { get; init; }

    public string? Zone { get; init; }

    /// <summary>
    /// <c>initial</c>, <c>healthy</c>, <c>unhealthy</c> or <c>draining</c>; what shows as <c>unused</c> is worked out on
    /// reading.
    /// </summary>
    public string State { get; init; } = "initial";

    public string? Reason { get; init; } = "Elb.RegistrationInProgress";

    public string? Description { get; init; } = "Target registration is in progress";

    public DateTimeOffset RegisteredAt { get; init; }

    public DateTimeOffset? DrainsUntil { get; init; }

    public bool IsDraining => DrainsUntil is not null;

    public static string IdOf(string groupArn, string target, int port) => $"{groupArn}|{target}|{port}";
}
