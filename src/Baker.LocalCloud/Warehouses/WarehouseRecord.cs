using System.Text.Json.Serialization;
using Amazon.Redshift.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Storage;
using Baker.Sdk.Wire.Generated;

namespace Baker.LocalCloud.Warehouses;

/// <summary>A cluster of Redshift. Its id is region and name.</summary>
internal sealed record WarehouseRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Arn { get; init; }

    /// <summary>What Redshift shows of it, without what changes by itself. Never changed in place.</summary>
    public required Cluster Shown { get; init; }

    public required string State { get; init; }

    public DateTimeOffset Due { get; init; }

    public required string SubnetGroup { get; init; }

    public string? EngineId { get; init; }

    public required string Address { get; init; }

    public required int Port { get; init; }

    public string Name => Shown.ClusterIdentifier;
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WarehouseConverter)])]
[JsonSerializable(typeof(WarehouseRecord))]
internal sealed partial class WarehouseJson : JsonSerializerContext;

internal sealed class WarehouseConverter() : WireConverter<Cluster>(RedshiftWire.OnCluster);
