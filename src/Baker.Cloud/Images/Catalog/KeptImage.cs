namespace Baker.Cloud.Images.Catalog;

/// <summary>An image that stays, and why.</summary>
/// <param name="IsGuarded">It would have gone, had nobody needed it.</param>
public sealed record KeptImage(CatalogImage Image, string Why, bool IsGuarded)
{
    public override string ToString() => $"keep {Image.Id} \"{Image.Name}\" in {Image.Region} ({Why})";
}
