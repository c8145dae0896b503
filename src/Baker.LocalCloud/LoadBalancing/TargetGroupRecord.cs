using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A target group, without its targets.</summary>
internal sealed record TargetGroupRecord : IResource, IElbTagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required string VpcId { get; init; }

    public string Protocol { get; init; } = "HTTP";

    public string? ProtocolVersion { get; init; }

    [JsonIgnore]
    public bool SpeaksHttp2 => ProtocolVersion is "HTTP2" or "GRPC";

    public int Port { get; init; } = 80;

    /// <summary><c>instance</c> or <c>ip</c>.</summary>
    public string TargetType { get; init; } = "instance";

    public string IpAddressType { get; init; } = "ipv4";

    public required HealthCheck Check { get; init; }

    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>How the targets of a group are checked. Times are seconds.</summary>
internal sealed record HealthCheck(
    bool Enabled,
    string Protocol,
    string Port,
    string Path,
    string Matcher,
    int Interval,
    int Timeout,
    int HealthyThreshold,
    int UnhealthyThreshold);
