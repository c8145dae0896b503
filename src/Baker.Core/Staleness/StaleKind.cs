namespace Baker.Core.Staleness;

/// <summary>What kinds of things may be stale.</summary>
public enum StaleKind
{
    /// <summary>A Chef role or environment of the repository.</summary>
    Role,

    /// <summary>A template for HashiCorp Packer.</summary>
    Template,

    /// <summary>An image whose source image is another one now.</summary>
    Source,

    /// <summary>An image that is missing, was made from something else, or has not passed its tests.</summary>
    Image,

    /// <summary>A channel that points at another image than the current one.</summary>
    Channel,

    /// <summary>A fleet that does not run, has another image, or was made with other settings.</summary>
    Fleet,

    /// <summary>The least and the most that a fleet may have.</summary>
    Size,

    /// <summary>Something around the fleets: security groups, balancers, topics, policies, alarms.</summary>
    Resource,

    /// <summary>What others have changed by hand.</summary>
    Drift,

    /// <summary>What nodes are given of configuration.</summary>
    Configuration,
}
