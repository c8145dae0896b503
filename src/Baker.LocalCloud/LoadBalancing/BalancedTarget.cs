using System.Net;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A target as a pool has it.</summary>
internal sealed class BalancedTarget(IPEndPoint address, string token)
{
    public IPEndPoint Address => address;

    /// <summary>What a cookie says in its place.</summary>
    public string Token => token;

    /// <summary>What a request's path is put after.</summary>
    public string Url { get; } = $"http://{address}";

    /// <summary>The same where the target speaks TLS.</summary>
    public string SecureUrl { get; } = $"https://{address}";

    /// <summary>Requests under way; counted under the pool's lock.</summary>
    public int InFlight { get; set; }
}
