namespace Baker.Cloud.Images;

/// <summary>How a group's bake ended.</summary>
public enum BakeOutcome
{
    Baked,

    /// <summary>An available image already carries the fingerprint.</summary>
    UpToDate,

    /// <summary>An image that a dead run had begun was finished.</summary>
    Finished,

    Failed,

    Interrupted,
}
