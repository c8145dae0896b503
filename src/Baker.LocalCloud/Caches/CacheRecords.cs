using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Amazon.ElastiCache.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Storage;
using Baker.Sdk.Wire.Generated;

namespace Baker.LocalCloud.Caches;

/// <summary>A cache cluster, alone or a member of a replication group. Its id is region and name.</summary>
internal sealed record CacheRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Arn { get; init; }

    /// <summary>What ElastiCache shows of it, without what changes by itself. Never changed in place.</summary>
    public required CacheCluster Shown { get; init; }

    public required string State { get; init; }

    public DateTimeOffset Due { get; init; }

    public required string SubnetGroup { get; init; }

    public required int Port { get; init; }

    public ImmutableArray<CacheNodeRecord> Nodes { get; init; } = [];

    /// <summary>Which shard of its replication group it is in, from 1.</summary>
    public int Shard { get; init; } = 1;

    public string Name => Shown.CacheClusterId;

    public string? Group => Shown.ReplicationGroupId;
}

/// <summary>A node, and the server that runs for it, where one does.</summary>
internal sealed record CacheNodeRecord(string Id, string Address, string Zone, string? EngineId);

/// <summary>A replication group; its members are cache clusters. Its id is region and name.</summary>
internal sealed record ReplicationRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Arn { get; init; }

    public required ReplicationGroup Shown { get; init; }

    public required string State { get; init; }

    public DateTimeOffset Due { get; init; }

    public required int Port { get; init; }

    /// <summary>The names of the primaries, one a shard.</summary>
    public ImmutableArray<string> Primaries { get; init; } = [];

    public string Token { get; init; } = "";

    public string Name => Shown.ReplicationGroupId;
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(CacheConverter), typeof(ReplicationConverter)])]
[JsonSerializable(typeof(CacheRecord))]
[JsonSerializable(typeof(ReplicationRecord))]
internal sealed partial class CacheJson : JsonSerializerContext;

internal sealed class CacheConverter() : WireConverter<CacheCluster>(ElastiCacheWire.OnCacheCluster);

internal sealed class ReplicationConverter() : WireConverter<ReplicationGroup>(ElastiCacheWire.OnReplicationGroup);
