namespace Baker.Core.Manifest;

/// <summary>Where a top-level key's name and value stand in the manifest.</summary>
public sealed record GroupEntry(string Name, int NameOffset, int Start, int End);
