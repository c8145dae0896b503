namespace Baker.Core.Artifacts;

/// <summary>Where a Packer template finds the project's files; all folders are relative to the project's folder.</summary>
public sealed record PackerLayout(string PackerFolder, string RolesFolder, string BuildsFolder, string? CookbooksFolder)
{
    /// <summary>A file of the project as the template names it, whichever folder Packer is started in.</summary>
    public string PathOf(string file) =>
        "{{template_dir}}/" + string.Concat(Enumerable.Repeat("../", PackerFolder.Trim('/').Split('/').Count(part => part != "."))) + file;
}
