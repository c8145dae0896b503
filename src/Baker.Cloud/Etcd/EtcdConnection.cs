using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Baker.Cloud.Etcd;

/// <summary>How etcd is reached.</summary>
public sealed record EtcdConnection
{
    /// <summary>Asked in turn.</summary>
    public required ImmutableArray<EtcdEndpoint> Endpoints { get; init; }

    /// <summary>Null where etcd asks for none.</summary>
    public string? User { get; init; }

    public string Password { get; init; } = "";

    /// <summary>Where the user stands; null where nothing names it.</summary>
    public string? UserPlace { get; init; }

    /// <summary>What etcd's certificate is checked with; null: what the machine trusts.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The client's certificate with its key; null where etcd asks for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>How long an endpoint may take to answer.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);
}
