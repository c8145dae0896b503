using System.Collections.Immutable;
using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>Where a Packer template finds the project's files; all folders are relative to the project's folder.</summary>
public sealed record PackerLayout(
    PackerFormat Format,
    string PackerFolder,
    string BuildsFolder)
{
    /// <summary>Tags the image with the template that it is built from; null where Packer is not run now.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>The tag that holds the environment beside Baker's own.</summary>
    public string EnvironmentTag { get; init; } = NodeTagging.Usual.EnvironmentKey;

    /// <summary>Tags the image with the commits of its source trees, which only a run knows.</summary>
    public ImmutableArray<CodeTree> Code { get; init; } = [];

    /// <summary>Whether Packer is to build on the local cloud, where it can log in to no instance: nothing is provisioned then.</summary>
    public bool IsRehearsal { get; init; }

    /// <summary>A file of the project, from the folder of what is rendered on, whichever folder Packer is started in; in HCL2 the template
    /// writes <c>${path.root}/</c> in front of it.</summary>
    public string PathOf(string file) =>
        (Format == PackerFormat.Json ? "{{template_dir}}/" : "")
        + string.Concat(Enumerable.Repeat("../", PackerFolder.Trim('/').Split('/').Count(part => part != "."))) + file;
}
