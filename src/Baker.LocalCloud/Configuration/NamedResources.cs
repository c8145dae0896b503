using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Baker.LocalCloud.Configuration;

/// <summary>What a manifest names and does not make: the local cloud has it all.</summary>
public sealed record NamedResources
{
    /// <summary>Each of these images exists, and an instance of any of them is this host.</summary>
    public ImmutableArray<BaseImage> BaseImages { get; init; } = [];

    /// <summary>Security groups, by id or by name: each exists in its region's default network.</summary>
    public ImmutableArray<NamedResource> SecurityGroups { get; init; } = [];

    /// <summary>Subnets, by id: each exists in its region's default network.</summary>
    public ImmutableArray<NamedResource> Subnets { get; init; } = [];

    /// <summary>Instance profiles, by name or ARN: each exists, with a role of its name. IAM has no regions.</summary>
    public ImmutableArray<string> InstanceProfiles { get; init; } = [];

    /// <exception cref="JsonException">It is none.</exception>
    public static NamedResources FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, ResourcesJson.Default.NamedResources) ?? new NamedResources();

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ResourcesJson.Default.NamedResources);

    /// <summary>These and those of another manifest, or of the same one after an edit.</summary>
    public NamedResources With(NamedResources more) => new()
    {
        BaseImages = [.. BaseImages.Concat(more.BaseImages).DistinctBy(image => (image.Region, image.ParameterName, image.Source))],
        SecurityGroups = [.. SecurityGroups.Union(more.SecurityGroups)],
        Subnets = [.. Subnets.Union(more.Subnets)],
        InstanceProfiles = [.. Given(InstanceProfiles).Union(Given(more.InstanceProfiles))],
    };

    // One that an earlier Baker wrote does not say them.
    private static ImmutableArray<string> Given(ImmutableArray<string> names) => names.IsDefault ? [] : names;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(NamedResources))]
internal sealed partial class ResourcesJson : JsonSerializerContext;
