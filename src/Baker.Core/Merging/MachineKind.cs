using System.Collections.Immutable;

namespace Baker.Core.Merging;

/// <summary>What a group's machines of one architecture are: their types, in the order to try, and the image to start from.</summary>
public sealed record MachineKind(string Architecture, ImmutableArray<string> InstanceTypes, SourceImage? Source);
