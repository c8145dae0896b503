namespace Baker.Cloud.Images.Catalog;

/// <summary>What <c>image:revoke</c> was asked to do.</summary>
/// <param name="Image">The image, by its id or its name.</param>
/// <param name="Revocation">From when on, and why; null takes an earlier one back.</param>
/// <param name="WithDescendants">Whether what was made from it is meant, too.</param>
public sealed record RevocationOrder(string Image, Revocation? Revocation, bool WithDescendants);
