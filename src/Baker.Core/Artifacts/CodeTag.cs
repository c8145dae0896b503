namespace Baker.Core.Artifacts;

/// <summary>A source tree of an image, as the image's tag tells it.</summary>
public sealed record CodeTag(string Path, string Commit, string Wanted, string Repository)
{
    /// <summary>What the tag's key begins with; the path follows.</summary>
    public const string Prefix = "baker:code:";

    /// <summary>Null where it is another tag.</summary>
    public static CodeTag? Of(string key, string value) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) && value.Split(' ', 3) is [var commit, var wanted, var repository]
            ? new CodeTag(key[Prefix.Length..], commit, wanted, repository)
            : null;

    public override string ToString() => $"{Path} at {(Commit.Length > 12 ? Commit[..12] : Commit)} ({Wanted} of {Repository})";
}
