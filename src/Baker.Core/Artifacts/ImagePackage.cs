namespace Baker.Core.Artifacts;

/// <summary>A package of an image's distribution.</summary>
/// <param name="Kind"><c>deb</c>, <c>rpm</c> or <c>apk</c>, as package URLs name them.</param>
public sealed record ImagePackage(string Kind, string Name, string Version, string Architecture);
