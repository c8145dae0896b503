using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>A value and the layer it came from.</summary>
public readonly record struct LayeredValue(ManifestValue Value, Layer Layer);
