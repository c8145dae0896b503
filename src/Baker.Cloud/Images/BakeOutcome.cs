namespace Baker.Cloud.Images;

/// <summary>How a group's bake ended.</summary>
public enum BakeOutcome
{
    Baked,

    /// <summary>An available image already carries the fingerprint.</summary>
    UpToDate,

    /// <summary>An image that a dead run had begun was finished.</summary>
    Finished,

    /// <summary>An image that was there passed the tests that it had not passed before.</summary>
    Verified,

    Failed,

    Interrupted,
}
