using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Identity;

/// <summary>A role. Its id is its name in small letters: names are one whatever their case.</summary>
internal sealed record RoleRecord(string Id) : IResource
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    public required string UniqueId { get; init; }

    public required string Trust { get; init; }

    public string? Description { get; init; }

    public int LongestSession { get; init; }

    /// <summary>The policy that bounds it, by its ARN; null for none.</summary>
    public string? Boundary { get; init; }

    /// <summary>Its own policies, by name.</summary>
    public required ImmutableSortedDictionary<string, string> Policies { get; init; }

    /// <summary>The ARNs of the managed policies.</summary>
    public required ImmutableArray<string> Attached { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public required ImmutableSortedDictionary<string, string> Tags { get; init; }
}

/// <summary>An instance profile. Its id is its name in small letters.</summary>
internal sealed record ProfileRecord(string Id) : IResource
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    public required string UniqueId { get; init; }

    /// <summary>The id of its role; null for none.</summary>
    public string? RoleId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public required ImmutableSortedDictionary<string, string> Tags { get; init; }
}

/// <summary>A managed policy of the account. Its id is its ARN.</summary>
internal sealed record PolicyRecord(string Id) : IResource
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    public required string UniqueId { get; init; }

    public string? Description { get; init; }

    public required ImmutableArray<PolicyVersionRecord> Versions { get; init; }

    public int DefaultVersion { get; init; }

    /// <summary>The number that the last version had: none has it again.</summary>
    public int LastVersion { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public required ImmutableSortedDictionary<string, string> Tags { get; init; }
}

internal sealed record PolicyVersionRecord(int Number, string Document, DateTimeOffset CreatedAt);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RoleRecord))]
[JsonSerializable(typeof(ProfileRecord))]
[JsonSerializable(typeof(PolicyRecord))]
internal sealed partial class AccessJson : JsonSerializerContext;
