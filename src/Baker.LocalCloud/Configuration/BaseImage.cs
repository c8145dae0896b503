using System.Collections.Immutable;

namespace Baker.LocalCloud.Configuration;

/// <summary>A base image that the manifest names, by its id, by filters, or by an SSM public parameter.</summary>
public sealed record BaseImage
{
    public required string Region { get; init; }

    /// <summary>Null where the manifest gives filters or a parameter: then the id is derived from them.</summary>
    public string? ImageId { get; init; }

    /// <summary>The id that it has here.</summary>
    public string Id => ImageId ?? Identifiers.For("ami", $"{Region} {ParameterName} {Source}");

    /// <summary>DescribeImages filters that must find it, such as <c>name</c> with wildcards.</summary>
    public ImmutableArray<KeyValuePair<string, ImmutableArray<string>>> Filters { get; init; } = [];

    /// <summary>Owner ids or aliases that must find it, such as <c>amazon</c> or <c>099720109477</c>.</summary>
    public ImmutableArray<string> Owners { get; init; } = [];

    /// <summary>cloud-init's default user on it, who is given the key pair of a launch; null: <c>ubuntu</c>.</summary>
    public string? DefaultUser { get; init; }

    /// <summary>The SSM parameter that holds its id.</summary>
    public string? ParameterName { get; init; }

    /// <summary>How it is named, as one text: two are one image where it, the region and the parameter are the same.</summary>
    internal string Source => ImageId
        ?? string.Join(';', Filters.Select(filter => filter.Key + "=" + string.Join(',', filter.Value))) + "|" + string.Join(',', Owners);
}
