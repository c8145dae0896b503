namespace Baker.Cloud.Images.Catalog;

/// <summary>A snapshot that would go, and stays because an image that stays has it.</summary>
public sealed record KeptSnapshot(string Id, string Group, string Region, string Why)
{
    public override string ToString() => $"keep {Id} of {Group} in {Region} ({Why})";
}
