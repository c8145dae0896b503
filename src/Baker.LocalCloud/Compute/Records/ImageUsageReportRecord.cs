using System.Collections.Immutable;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A report of what other accounts use of an image.</summary>
internal sealed record ImageUsageReportRecord : ITagged
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string OwnerId { get; init; }

    public required string ImageId { get; init; }

    public ImmutableArray<string> ResourceTypes { get; init; } = [];

    public ImmutableArray<string> AccountIds { get; init; } = [];

    public string? ClientToken { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset StateDue { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
