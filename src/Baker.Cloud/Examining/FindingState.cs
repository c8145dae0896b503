namespace Baker.Cloud.Examining;

/// <summary>What a look at the surroundings came to.</summary>
public enum FindingState
{
    Ok,

    /// <summary>Something does not work that not everybody needs, or will not for long.</summary>
    Warning,

    Failed,
}
