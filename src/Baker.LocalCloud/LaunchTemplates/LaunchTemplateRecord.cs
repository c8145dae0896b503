using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Records;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>A launch template with its versions.</summary>
internal sealed record LaunchTemplateRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string? ClientToken { get; init; }

    public long DefaultVersion { get; init; } = 1;

    /// <summary>The highest number ever given; numbers are not given twice.</summary>
    public long LastNumber { get; init; } = 1;

    public ImmutableArray<LaunchTemplateVersionRecord> Versions { get; init; } = [];

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public long LatestVersion => Versions.Max(each => each.Number);

    public LaunchTemplateVersionRecord? Version(long number) => Versions.FirstOrDefault(each => each.Number == number);
}

/// <summary>One version of a launch template.</summary>
internal sealed record LaunchTemplateVersionRecord(
    long Number,
    string? Description,
    DateTimeOffset CreatedAt,
    RequestLaunchTemplateData Data,
    string? ClientToken);
