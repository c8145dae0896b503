namespace Baker.Core.Artifacts;

/// <summary>One file that is brought to an instance.</summary>
public sealed record PayloadFile(string Path, ReadOnlyMemory<byte> Content);
