using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>A service that the nodes of a group are told of.</summary>
/// <param name="IsOptional">Whether they do without it where nobody provides it.</param>
/// <param name="Place">Where the manifest names it.</param>
public sealed record NeededService(ServiceName Name, bool IsOptional, Position Place);
