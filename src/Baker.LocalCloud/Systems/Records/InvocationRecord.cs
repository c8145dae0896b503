using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Systems.Records;

/// <summary>A command on one instance.</summary>
internal sealed record InvocationRecord(string CommandId, string InstanceId) : IResource
{
    public string Id => IdOf(CommandId, InstanceId);

    public string Region { get; init; } = "";

    public DateTimeOffset RequestedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Pending, InProgress, Success, Cancelled, Failed, TimedOut, Cancelling.</summary>
    public string Status { get; init; } = "Pending";

    public string StatusDetails { get; init; } = "Pending";

    public int ResponseCode { get; init; } = -1;

    /// <summary>The first 24,000 characters.</summary>
    public string Output { get; init; } = "";

    /// <summary>The first 8,000 characters.</summary>
    public string Error { get; init; } = "";

    /// <summary>How often it was delivered.</summary>
    public int Deliveries { get; init; }

    /// <summary>The boot of the instance that it runs on.</summary>
    public SandboxProcess? Sandbox { get; init; }

    /// <summary>It is delivered again once the instance is back from a reboot.</summary>
    public bool AwaitsReboot { get; init; }

    public bool IsDone => Status is "Success" or "Cancelled" or "Failed" or "TimedOut";

    public static string IdOf(string commandId, string instanceId) => $"{commandId}|{instanceId}";
}
