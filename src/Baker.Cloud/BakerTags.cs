using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Cloud;

/// <summary>The tags that Baker puts on what it makes, by which a later run finds what a dead one left.</summary>
public static class BakerTags
{
    /// <summary>The node group, for Baker.</summary>
    public const string Group = "baker:group";

    /// <summary>The node group, for the user's own tooling.</summary>
    public const string UserGroup = "group";

    /// <summary>The environment whose it is; of an image, those that have baked it or found it to be theirs, with spaces between.</summary>
    public const string Environment = NodeTagging.Environment;

    /// <summary>The id of the run that made it.</summary>
    public const string Run = "baker:run";

    /// <summary>
    /// What it is there for: <see cref="Bake"/>, <see cref="Trial"/>, <c>fleet</c>, or <see cref="Kept"/>: a failed bake's
    /// instance that a person wants to look at.
    /// </summary>
    public const string Purpose = "baker:purpose";

    /// <summary>The <see cref="Purpose"/> of what an image is made with; <c>baker-node</c> gives such an instance nothing.</summary>
    public const string Bake = "bake";

    /// <summary>The <see cref="Purpose"/> of an instance of a finished image that runs its tests, as a node of the fleet would.</summary>
    public const string Trial = "verify";

    /// <summary>The <see cref="Purpose"/> of an instance that a failed bake left for a look.</summary>
    public const string Kept = "kept";

    /// <summary>The <see cref="Purpose"/> of a node that was taken out of its fleet for a look.</summary>
    public const string Quarantined = "quarantine";

    /// <summary>
    /// On what a bake has not finished: until when its run counts as alive (ISO 8601, UTC), and the machine and process it
    /// runs in.
    /// </summary>
    public const string Lease = "baker:lease";

    /// <summary>
    /// On a kept instance with which the next bake of its group goes on: the hash of what it was before its first step.
    /// </summary>
    public const string Retry = "baker:retry";

    /// <summary>On an image: the hash of everything that went into it.</summary>
    public const string Fingerprint = "baker:fingerprint";

    /// <summary>On an image that HashiCorp Packer made: the hash of the template that it followed.</summary>
    public const string Template = PackerTags.Template;

    /// <summary>On an image: whether it passed its tests, and which they were.</summary>
    public const string Verification = Baker.Core.Artifacts.Verification.Tag;

    /// <summary>On an image: the image it was made from.</summary>
    public const string Source = "baker:source";

    /// <summary>On an image whose snapshots are restored at full speed: the availability zones, with spaces between.</summary>
    public const string FastRestore = "baker:fast-restore";

    /// <summary>On an image that nothing may launch any more: from when on (ISO 8601, UTC), and why.</summary>
    public const string Revoked = "baker:revoked";
}
