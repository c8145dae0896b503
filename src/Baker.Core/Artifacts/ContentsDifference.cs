using System.Collections.Immutable;

namespace Baker.Core.Artifacts;

/// <summary>What one image has that another has not.</summary>
/// <param name="Packages">By name, with the versions before and after; empty where it was not, or is no more.</param>
/// <param name="Files">By path; what became of each.</param>
/// <param name="Code">Source trees whose commit is another: null where there was or is none.</param>
public sealed record ContentsDifference(
    ImmutableArray<(string Name, string Before, string After)> Packages,
    ImmutableArray<(string Path, string What)> Files,
    ImmutableArray<(CodeTag? Before, CodeTag? After)> Code)
{
    /// <summary>Whether the packages of both are known.</summary>
    public bool KnowsPackages { get; private init; }

    /// <summary>The images of the two whose packages nothing has told.</summary>
    public ImmutableArray<string> WithoutPackages { get; private init; } = [];

    public bool IsEmpty => Packages.IsEmpty && Files.IsEmpty && Code.IsEmpty;

    public static ContentsDifference Of(ImageContents before, ImageContents after)
    {
        var knows = before.Packages is not null && after.Packages is not null;
        var (old, now) = (Versions(before), Versions(after));
        return new(
            knows
                ? [.. Keys(old.Keys, now.Keys)
                    .Select(name => (name, old.GetValueOrDefault(name, ""), now.GetValueOrDefault(name, "")))
                    .Where(row => row.Item2 != row.Item3)]
                : [],
            [.. Keys(before.Files.Keys, after.Files.Keys)
                .Select(path => (path, WhatBecame(before.Files.GetValueOrDefault(path), after.Files.GetValueOrDefault(path))))
                .Where(row => row.Item2 is not null)
                .Select(row => (row.path, row.Item2!))],
            [.. Keys(before.Code.Keys, after.Code.Keys)
                .Select(path => (before.Code.GetValueOrDefault(path), after.Code.GetValueOrDefault(path)))
                .Where(row => row.Item1?.Commit != row.Item2?.Commit)])
        {
            KnowsPackages = knows,
            WithoutPackages =
            [
                .. new[] { before, after }.Where(contents => contents.Packages is null).Select(contents => contents.ImageId),
            ],
        };
    }

    // One name may be there in several versions and architectures: kernels, libraries.
    private static Dictionary<string, string> Versions(ImageContents contents) => (contents.Packages?.Packages ?? [])
        .GroupBy(package => package.Name, StringComparer.Ordinal)
        .ToDictionary(
            packages => packages.Key,
            packages => string.Join(", ", packages.Select(package => package.Version).Distinct().Order(StringComparer.Ordinal)),
            StringComparer.Ordinal);

    private static IEnumerable<string> Keys(IEnumerable<string> before, IEnumerable<string> after) =>
        before.Union(after, StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string? WhatBecame(string? before, string? after) =>
        before == after ? null : before is null ? "added" : after is null ? "removed" : "changed";
}
