namespace Baker.Core.Manifest;

/// <summary>Where a group's name and value stand in the manifest.</summary>
public sealed record GroupEntry(GroupName Name, int NameOffset, int Start, int End);
