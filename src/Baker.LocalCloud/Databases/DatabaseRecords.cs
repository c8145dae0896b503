using System.Text.Json.Serialization;
using Amazon.RDS.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Storage;
using Baker.Sdk.Wire.Generated;

namespace Baker.LocalCloud.Databases;

/// <summary>A DB instance. Its id is region and name.</summary>
internal sealed record DatabaseRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Arn { get; init; }

    /// <summary>What RDS shows of it, without what changes by itself. Never changed in place.</summary>
    public required DBInstance Shown { get; init; }

    public required string State { get; init; }

    public DateTimeOffset Due { get; init; }

    public required string SubnetGroup { get; init; }

    /// <summary>The server that runs for it; of a cluster's writer none, since that one's is the cluster's.</summary>
    public string? EngineId { get; init; }

    /// <summary>Of a cluster's writer the cluster's.</summary>
    public required string Address { get; init; }

    public required int Port { get; init; }

    public string Name => Shown.DBInstanceIdentifier;

    public string? Cluster => Shown.DBClusterIdentifier;
}

/// <summary>A DB cluster of Aurora: a server that its writer is, and one more for each reader. Its id is region and name.</summary>
internal sealed record DatabaseClusterRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Arn { get; init; }

    public required DBCluster Shown { get; init; }

    public required string State { get; init; }

    public DateTimeOffset Due { get; init; }

    public required string SubnetGroup { get; init; }

    public required string Password { get; init; }

    public string? EngineId { get; init; }

    /// <summary>The name of the instance that writes; null where there is none.</summary>
    public string? Writer { get; init; }

    public required string Address { get; init; }

    public string Name => Shown.DBClusterIdentifier;
}

/// <summary>An endpoint of a cluster that a user made. Its id is region and name.</summary>
internal sealed record CustomEndpointRecord(string Id, string Region, DBClusterEndpoint Shown) : IResource;

internal sealed record DatabaseSnapshotRecord(string Id, string Region, DBSnapshot Shown) : IResource;

internal sealed record ClusterSnapshotRecord(string Id, string Region, DBClusterSnapshot Shown) : IResource;

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(InstanceConverter), typeof(ClusterConverter), typeof(EndpointConverter), typeof(SnapshotConverter),
        typeof(ClusterSnapshotConverter),
    ])]
[JsonSerializable(typeof(DatabaseRecord))]
[JsonSerializable(typeof(DatabaseClusterRecord))]
[JsonSerializable(typeof(CustomEndpointRecord))]
[JsonSerializable(typeof(DatabaseSnapshotRecord))]
[JsonSerializable(typeof(ClusterSnapshotRecord))]
internal sealed partial class DatabaseJson : JsonSerializerContext;

internal sealed class InstanceConverter() : WireConverter<DBInstance>(RDSWire.OnDBInstance);

internal sealed class ClusterConverter() : WireConverter<DBCluster>(RDSWire.OnDBCluster);

internal sealed class EndpointConverter() : WireConverter<DBClusterEndpoint>(RDSWire.OnDBClusterEndpoint);

internal sealed class SnapshotConverter() : WireConverter<DBSnapshot>(RDSWire.OnDBSnapshot);

internal sealed class ClusterSnapshotConverter() : WireConverter<DBClusterSnapshot>(RDSWire.OnDBClusterSnapshot);
