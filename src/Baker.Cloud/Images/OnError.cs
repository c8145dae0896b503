namespace Baker.Cloud.Images;

/// <summary>What a bake that fails leaves (<c>--on-error</c>).</summary>
public enum OnError
{
    /// <summary>Nothing.</summary>
    Cleanup,

    /// <summary>Its instance, for a look, and an image that did not pass its tests.</summary>
    Keep,

    /// <summary>Its instance, on which the next bake of the group goes on.</summary>
    Retry,
}
