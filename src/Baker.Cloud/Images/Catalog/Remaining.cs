namespace Baker.Cloud.Images.Catalog;

/// <summary>Something that could not be removed.</summary>
/// <param name="Id">The image, the snapshot, or the file.</param>
/// <param name="Region">Where it is; empty for a file.</param>
/// <param name="Why">What the cloud or the system answered.</param>
/// <param name="Command">What removes it by hand.</param>
public sealed record Remaining(string Id, string Region, string Why, string Command)
{
    public override string ToString() => $"{Id}{(Region.Length == 0 ? "" : $" in {Region}")} remains: {Why}";
}
