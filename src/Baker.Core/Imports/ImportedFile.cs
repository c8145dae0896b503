namespace Baker.Core.Imports;

/// <summary>A file of the project that an import makes: a script that was written inline, or user data.</summary>
/// <param name="Path">Relative to the project's folder.</param>
public sealed record ImportedFile(string Path, ReadOnlyMemory<byte> Content);
