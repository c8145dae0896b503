using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Cloud.Images.Catalog;

/// <summary>One thing that is removed.</summary>
public abstract record RemovalStep : ChangeStep
{
    private RemovalStep()
    {
    }

    /// <summary>Deregisters an image and deletes its snapshots.</summary>
    /// <param name="Why">Why this one, in a few words.</param>
    public sealed record RemoveImage(CatalogImage Image, string Why) : RemovalStep
    {
        /// <summary>The image's snapshots without those that another image has too.</summary>
        public ImmutableArray<string> Snapshots { get; init; } = Image.SnapshotIds;

        public override string Key => Image.Id;

        public override string Text =>
            $"deregister {Image.Id} \"{Image.Name}\" in "
            + $"{Image.Region}{(Snapshots.IsEmpty ? "" : $" and delete {string.Join(", ", Snapshots)}")} ({Why})";
    }

    /// <summary>Ends the fast snapshot restore of an image that stays, and that no fleet has any more.</summary>
    public sealed record EndFastRestore(CatalogImage Image) : RemovalStep
    {
        public override string Key => $"{Image.Id}/fast-restore";

        public override string Text => $"disable fast snapshot restore of {Image.Id} \"{Image.Name}\" in {Image.Region} (no fleet has it)";
    }

    /// <summary>Deletes a snapshot that no image uses.</summary>
    public sealed record RemoveSnapshot(CatalogSnapshot Snapshot) : RemovalStep
    {
        public override string Key => Snapshot.Id;

        public override string Text => $"delete {Snapshot.Id} of {Snapshot.Group} in {Snapshot.Region} (no image uses it)";
    }

    /// <summary>Deletes a file of the project.</summary>
    /// <param name="Path">Absolute.</param>
    /// <param name="Name">As a person reads it: relative to the project's folder.</param>
    public sealed record RemoveFile(string Path, string Name) : RemovalStep
    {
        public override string Key => Name;

        public override string Text => $"delete {Name}";
    }
}
