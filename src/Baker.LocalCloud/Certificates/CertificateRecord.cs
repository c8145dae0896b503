using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Certificates;

/// <summary>An imported certificate. Its id is its ARN.</summary>
internal sealed record CertificateRecord : IResource
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    /// <summary>The certificate itself, as PEM.</summary>
    public required string Body { get; init; }

    /// <summary>Its private key, as PEM; only listeners read it.</summary>
    public required string Key { get; init; }

    public string? Chain { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ImportedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CertificateRecord))]
internal sealed partial class CertificateJson : JsonSerializerContext;
