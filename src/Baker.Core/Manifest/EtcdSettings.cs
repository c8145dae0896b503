using System.Collections.Immutable;

namespace Baker.Core.Manifest;

/// <summary>How etcd is reached, where the catalogue of services is there. Files are of the project, or have their whole path.</summary>
public sealed record EtcdSettings
{
    /// <summary>The variable that holds the user's password where none is named.</summary>
    public const string UsualPasswordVariable = "BAKER_ETCD_PASSWORD";

    /// <summary>Addresses of the members of one cluster, asked in turn.</summary>
    public required ImmutableArray<SettingsText> Endpoints { get; init; }

    /// <summary>Null where etcd asks for none.</summary>
    public SettingsText? User { get; init; }

    /// <summary>The environment's variable that holds the password; on nodes one of their configuration.</summary>
    public required SettingsText PasswordVariable { get; init; }

    /// <summary>Certificates in PEM that etcd's is checked with; null: the machine's.</summary>
    public SettingsText? CaFile { get; init; }

    /// <summary>The client's certificate in PEM; null where etcd asks for none.</summary>
    public SettingsText? CertificateFile { get; init; }

    /// <summary>The key of that certificate, in PEM.</summary>
    public SettingsText? KeyFile { get; init; }
}
