using System.Collections.Immutable;
using System.Globalization;
using Amazon.EC2.Model;
using Baker.Cloud.Runs;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>One image of a group in one region, as its tags tell.</summary>
public sealed record CatalogImage
{
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string Group { get; init; }

    public string Name { get; init; } = "";

    /// <summary>EC2's word: <c>available</c>, <c>pending</c>, <c>failed</c>, …</summary>
    public string State { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    public string? Fingerprint { get; init; }

    /// <summary>The environments that have baked it or found it to be theirs; empty: it was baked in none.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>The source trees on it.</summary>
    public ImmutableArray<CodeTag> Code { get; init; } = [];

    public string? Run { get; init; }

    /// <summary>EC2's word: <c>x86_64</c>, <c>arm64</c>.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>What its tests showed; null where there was none.</summary>
    public Verification? Verification { get; init; }

    /// <summary>Whether it is of no use because it did not pass its tests.</summary>
    public bool IsRejected => Verification?.Passed == false;

    /// <summary>The image that it was made from.</summary>
    public string? SourceId { get; init; }

    /// <summary>From when on nothing is to launch it; null where nobody said so.</summary>
    public Revocation? Revocation { get; init; }

    /// <summary>Who still works on it; null once it is finished.</summary>
    public Lease? Lease { get; init; }

    public ImmutableArray<string> SnapshotIds { get; init; } = [];

    public bool IsAvailable => State == "available";

    public bool IsPending => State is "pending" or "transient";

    /// <summary>It will never be usable; a disabled image is not failed, somebody disabled it.</summary>
    public bool IsFailed => State is "failed" or "invalid" or "error";

    /// <summary>Whether the newest of an environment may be this one; without an environment, whether it was baked in none.</summary>
    public bool IsOf(EnvironmentName? environment) =>
        Environments.IsEmpty || (environment is { } name && Environments.Contains(name.ToString()));

    /// <summary>Why it is not to be used, to be put behind its id; null where a fleet may launch it and an image start from it.</summary>
    public string? WhyNot(DateTimeOffset now)
    {
        if (Revocation is { } revocation && revocation.Holds(now))
        {
            return revocation.Words(now);
        }

        // One with a lease on it is not finished: its run may still remove it.
        return !IsAvailable ? $"is {State}"
            : Lease is { } lease ? $"is not finished{(lease.IsOver(now) ? "" : ": its bake is under way")}"
            : null;
    }

    /// <summary>Reads an image; null where no tag says which group it is of.</summary>
    public static CatalogImage? Of(Image image, string region)
    {
        var tags = (image.Tags ?? []).DistinctBy(tag => tag.Key).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
        if ((tags.GetValueOrDefault(BakerTags.Group) ?? tags.GetValueOrDefault(BakerTags.UserGroup)) is not { } group)
        {
            return null;
        }

        return new CatalogImage
        {
            Id = image.ImageId,
            Region = region,
            Group = group,
            Name = image.Name ?? "",
            State = image.State?.Value ?? "",
            Created = DateTimeOffset.TryParse(
                image.CreationDate,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var created)
                ? created
                : default,
            Fingerprint = tags.GetValueOrDefault(BakerTags.Fingerprint) is { Length: > 0 } fingerprint ? fingerprint : null,
            Environments = [.. (tags.GetValueOrDefault(BakerTags.Environment) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            Architecture = image.Architecture?.Value ?? "",
            Verification = Verification.Parse(tags.GetValueOrDefault(BakerTags.Verification)),
            Code =
            [
                .. tags
                    .Select(tag => CodeTag.Of(tag.Key, tag.Value ?? ""))
                    .OfType<CodeTag>()
                    .OrderBy(code => code.Path, StringComparer.Ordinal),
            ],
            Run = tags.GetValueOrDefault(BakerTags.Run),
            SourceId = tags.GetValueOrDefault(BakerTags.Source),
            Revocation = Revocation.Parse(tags.GetValueOrDefault(BakerTags.Revoked)),
            Lease = Lease.Parse(tags.GetValueOrDefault(BakerTags.Lease)),
            SnapshotIds = [.. (image.BlockDeviceMappings ?? [])
                .Select(mapping => mapping.Ebs?.SnapshotId)
                .Where(id => !string.IsNullOrEmpty(id))
                .OfType<string>()
                .Distinct()],
        };
    }
}
