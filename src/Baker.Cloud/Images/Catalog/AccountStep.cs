using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Images.Catalog;

/// <summary>One thing that gives an image to another account, in one region.</summary>
/// <param name="Account">What the manifest calls the account.</param>
public abstract record AccountStep(string Account, string Region) : ChangeStep
{
    /// <summary>Lets the account launch an image, and read its snapshots.</summary>
    public sealed record Share(string Account, string Region, string ImageId, string Name, ImmutableArray<string> SnapshotIds, string Id)
        : AccountStep(Account, Region)
    {
        public override string Key => $"{Region}/share";

        public override string Text => $"share {ImageId} \"{Name}\" in {Region} with {Account} ({Id})";
    }

    /// <summary>Copies an image into the account.</summary>
    /// <param name="From">The region that it is copied from.</param>
    /// <param name="KmsKeyId">The account's key that the copy is encrypted with; null leaves that as it is.</param>
    public sealed record Copy(string Account, string Region, string ImageId, string Name, string From, string? KmsKeyId)
        : AccountStep(Account, Region)
    {
        public override string Key => $"{Region}/copy";

        public override string Text => $"copy {ImageId} \"{Name}\" {(From == Region ? "in" : $"from {From} to")} {Region} into {Account}"
            + (KmsKeyId is null ? "" : $", encrypted with {KmsKeyId}")
            + ", and wait until the copy is available";
    }

    /// <summary>Points the account's channel at the image, or at its copy.</summary>
    /// <param name="ImageId">Null where it is a copy that is still to be made.</param>
    public sealed record Point(string Account, string Region, GroupName Group, string Channel, string? ImageId, string Name, string? Before)
        : AccountStep(Account, Region)
    {
        public override string Key => $"{Region}/{Channel}";

        public override string Text =>
            $"point {Group}:{Channel} of {Account} in {Region} at {ImageId ?? "the copy of"} \"{Name}\" "
                + $"({(Before is null ? "it is new" : $"it is {Before} now")})";
    }
}
