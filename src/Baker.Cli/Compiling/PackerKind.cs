using System.Text;
using Baker.Cli.Projects;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Compiling;

/// <summary>HashiCorp Packer templates in one of Packer's formats, rendered from the project's templates or Baker's own.</summary>
internal sealed class PackerKind(NodeProject project, PackerFormat format) : IArtifactKind
{
    private readonly PackerTemplates _templates = new(project, format);

    public ArtifactFiles Files => FilesOf(format);

    public string Folder => project.InEnvironment(project.Settings.PackerFolder);

    public IReadOnlyList<IArtifactKind> Siblings =>
        [.. PackerFormat.All.Where(other => other != format).Select(other => new PackerKind(project, other))];

    public ulong Seed
    {
        get
        {
            var code = BitConverter.ToUInt64(typeof(PackerTemplate).Module.ModuleVersionId.ToByteArray());
            return ContentHash.Of(
                Encoding.UTF8.GetBytes($"{Layout.PackerFolder}\n{Layout.BuildsFolder}"),
                code);
        }
    }

    public PackerLayout Layout { get; } = new(
        format,
        project.InEnvironment(project.Settings.PackerFolder),
        project.BuildsFolder)
    {
        EnvironmentTag = project.Settings.EnvironmentTag,
    };

    public static ArtifactFiles FilesOf(PackerFormat format) => new(
        format == PackerFormat.Json ? "packer" : $"packer-{format.Name}",
        format.Extension,
        [.. PackerFormat.All.Where(other => other != format).Select(other => other.Extension)]);

    public string TemplateOf(MergedGroup group) =>
        _templates.NameFor(group.Find("template"u8) is { Kind: ValueKind.String } named ? named.Winner.Text : null);

    public ulong HashOf(string template) => _templates.HashOf(template);

    /// <summary>The hash of the template that the group is rendered from, as the image that Packer makes of it is tagged.</summary>
    public string HashOf(NodeGroup group) => $"{_templates.HashOf(_templates.NameFor(group.Template)):x16}";

    public void Render(MergedGroup group, GroupEntry entry, ArtifactBuffer output) => Render(group, Layout, output);

    public void Render(MergedGroup group, PackerLayout layout, ArtifactBuffer output)
    {
        BakeRequirements.Check(
            group.Name,
            group.Source is not null,
            (group.Find("instance_type"u8) ?? group.Find("instance_types"u8)) is not null);
        _templates.Find(TemplateOf(group)).Render(group, layout, output);
    }

    public bool IsOurs(ReadOnlySpan<byte> start) =>
        start.StartsWith(format == PackerFormat.Json ? "{\n    \""u8 : PackerTemplate.HclHeader);
}
