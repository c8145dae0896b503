namespace Baker.Core.Manifest;

/// <summary>Where a top-level key and its value stand in the manifest, whatever the key means.</summary>
public sealed record OutlineEntry(string Key, int KeyOffset, int Start, int End);
