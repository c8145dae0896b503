namespace Baker.Core.Manifest;

/// <summary>A place in a file.</summary>
public sealed record SourcePlace(string File, Position Position);
