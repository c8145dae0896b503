using System.Net;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A target as a pool has it.</summary>
internal sealed class BalancedTarget(IPEndPoint address)
{
    /// <summary>What a request's path is put after.</summary>
    public string Url { get; } = $"http://{address}";

    /// <summary>Requests under way; counted under the pool's lock.</summary>
    public int InFlight { get; set; }
}
