namespace Baker.Core.Manifest;

/// <summary>A rule for a value: what it expects, in words, and the check.</summary>
internal sealed record ValueCheck(string Expected, string ExpectedItems, Action<CheckContext, string, ManifestValue> Run);
