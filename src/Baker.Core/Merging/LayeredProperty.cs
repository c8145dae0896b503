using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>A property of a merged object and the layer its value came from.</summary>
public readonly record struct LayeredProperty(ManifestValue Name, ManifestValue Value, Layer Layer);
