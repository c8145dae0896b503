namespace Baker.Core.Manifest;

/// <summary>One property of an object: its name, a string, and its value.</summary>
public readonly record struct ValueProperty(ManifestValue Name, ManifestValue Value);
