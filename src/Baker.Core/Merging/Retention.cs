namespace Baker.Core.Merging;

/// <summary>Which of a group's images are kept although nothing uses them.</summary>
/// <param name="Images">The newest so many.</param>
/// <param name="Age">And those that are younger than this; null for no others.</param>
public sealed record Retention(int Images, TimeSpan? Age = null)
{
    /// <summary>For a group that says nothing of it.</summary>
    public static Retention Usual { get; } = new(10);
}
