using System.Collections.Immutable;

namespace Baker.Core.Artifacts;

/// <summary>What is known to be in an image.</summary>
/// <param name="Packages">Null where nothing ran on the instance that could have told.</param>
/// <param name="Files">What was brought to the instance, and the SHA-256 of each, in hexadecimal.</param>
public sealed record ImageContents(
    string Group,
    string ImageId,
    string ImageName,
    DateTimeOffset Finished,
    PackageListing? Packages,
    ImmutableSortedDictionary<string, string> Files)
{
    /// <summary>The commits of its source trees, by where they lie.</summary>
    public ImmutableSortedDictionary<string, CodeTag> Code { get; init; } =
        ImmutableSortedDictionary.Create<string, CodeTag>(StringComparer.Ordinal);

    public string SourceImageId { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    /// <summary>Of a bake's input, and of what its instance told.</summary>
    public static ImageContents Of(
        BakeInput input,
        string imageId,
        string imageName,
        DateTimeOffset finished,
        PackageListing? packages)
    {
        var files = input.Files
            .DistinctBy(file => file.Path)
            .ToImmutableSortedDictionary(file => file.Path, file => Convert.ToHexStringLower(file.Digest.Span), StringComparer.Ordinal);
        return new ImageContents(input.Group.Name, imageId, imageName, finished, packages, files)
        {
            Code = input.Code
                .Select(tree => CodeTag.Of(tree.Tag.Key, tree.Tag.Value))
                .OfType<CodeTag>()
                .ToImmutableSortedDictionary(tag => tag.Path, tag => tag, StringComparer.Ordinal),
        };
    }
}
