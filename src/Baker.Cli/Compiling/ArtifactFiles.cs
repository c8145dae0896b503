namespace Baker.Cli.Compiling;

/// <summary>What a kind of artefact is called on disk: the name of its cache, and what its files' names end in.</summary>
internal sealed record ArtifactFiles(string Cache, string Extension);
