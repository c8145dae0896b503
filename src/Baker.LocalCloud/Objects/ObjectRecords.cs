using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Objects;

internal sealed record BucketRecord(string Id, string Region, DateTimeOffset CreatedAt) : IResource
{
    /// <summary>Its configurations as they were put, by sub-resource; null for none.</summary>
    public ImmutableSortedDictionary<string, string>? Settings { get; init; }
}

/// <summary>An object; its bytes are in a file of their own.</summary>
internal sealed record ObjectRecord(string Bucket, string Key) : IResource
{
    public string Id => IdOf(Bucket, Key);

    /// <summary>The file's name; a new one for every write, so that readers never see half of one.</summary>
    public required string File { get; init; }

    public long Size { get; init; }

    public required string ETag { get; init; }

    /// <summary>Null where an earlier Baker wrote the object.</summary>
    public ObjectChecksum? Checksum { get; init; }

    public string ContentType { get; init; } = "binary/octet-stream";

    public DateTimeOffset ModifiedAt { get; init; }

    /// <summary><c>x-amz-meta-*</c> and the headers that S3 gives back as they came.</summary>
    public ImmutableSortedDictionary<string, string> Headers { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Null for none.</summary>
    public ImmutableSortedDictionary<string, string>? Tags { get; init; }

    public static string IdOf(string bucket, string key) => $"{bucket}/{key}";
}

[JsonSerializable(typeof(BucketRecord))]
[JsonSerializable(typeof(ObjectRecord))]
internal sealed partial class ObjectJson : JsonSerializerContext;
