namespace Baker.Cli.Compiling;

/// <summary>What a kind of artefact is called on disk: the name of its cache, what its files' names end in, and what those of other kinds
/// in the same folder do.</summary>
internal sealed record ArtifactFiles(string Cache, string Extension, params IReadOnlyList<string> Others)
{
    public FolderListing List(string folder, string shown) => FolderListing.Of(folder, shown, [Extension, .. Others]);
}
