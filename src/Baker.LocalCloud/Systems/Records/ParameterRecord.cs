using System.Collections.Immutable;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Systems.Records;

/// <summary>A parameter with its versions, oldest first.</summary>
internal sealed record ParameterRecord(string Region, string Name) : IResource
{
    public string Id => IdOf(Region, Name);

    public required ImmutableArray<ParameterVersion> Versions { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ParameterVersion Latest => Versions[^1];

    public static string IdOf(string region, string name) => $"{region}|{name}";
}

internal sealed record ParameterVersion(long Version, string Type, string Value, DateTimeOffset ModifiedAt)
{
    public string? Description { get; init; }

    public string Tier { get; init; } = "Standard";

    public string DataType { get; init; } = "text";

    public string? AllowedPattern { get; init; }

    public string? KeyId { get; init; }

    public string User { get; init; } = "";

    public ImmutableArray<string> Labels { get; init; } = [];
}
