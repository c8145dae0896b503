using System.Collections.Immutable;
using System.Text.Json;
using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud;

/// <summary>What a manifest names and does not make: the local cloud has it all.</summary>
public sealed record NamedResources
{
    /// <summary>Each of these images exists, and an instance of any of them is this host.</summary>
    public ImmutableArray<BaseImage> BaseImages { get; init; } = [];

    /// <summary>Security groups, by id or by name: each exists in its region's default network.</summary>
    public ImmutableArray<NamedResource> SecurityGroups { get; init; } = [];

    /// <summary>Subnets, by id: each exists in its region's default network.</summary>
    public ImmutableArray<NamedResource> Subnets { get; init; } = [];

    /// <exception cref="JsonException">It is none.</exception>
    public static NamedResources FromJson(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, StatusJson.Default.NamedResources) ?? new NamedResources();

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, StatusJson.Default.NamedResources);

    /// <summary>These and those of another manifest, or of the same one after an edit.</summary>
    public NamedResources With(NamedResources more) => new()
    {
        BaseImages = [.. BaseImages.Concat(more.BaseImages).DistinctBy(image => (image.Region, image.ParameterName, Compute.Images.BaseImages.IdOf(image)))],
        SecurityGroups = [.. SecurityGroups.Union(more.SecurityGroups)],
        Subnets = [.. Subnets.Union(more.Subnets)],
    };
}
