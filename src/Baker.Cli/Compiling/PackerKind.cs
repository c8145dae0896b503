using System.Collections.Concurrent;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Compiling;

/// <summary>HashiCorp Packer templates, rendered from the project's Handlebars templates.</summary>
internal sealed class PackerKind(NodeProject project) : IArtifactKind
{
    private readonly ConcurrentDictionary<string, Lazy<PackerTemplate>> _templates = new();

    public string Name => "packer";

    public string Folder => project.Settings.PackerFolder;

    /// <summary>Unknown: which template a group uses, and what that holds, shows only when the group is read.</summary>
    public ulong? Seed => null;

    public string DefaultTemplate => $"{project.Settings.TemplatesFolder}/packer.json.hbs";

    public PackerLayout Layout { get; } = new(
        project.Settings.PackerFolder,
        project.Settings.RolesFolder,
        project.Settings.BuildsFolder,
        Directory.Exists(Path.Combine(project.Folder, "cookbooks")) ? "cookbooks" : null);

    public void Render(MergedGroup group, GroupEntry entry, ArtifactBuffer output) => Render(NodeGroupBuilder.Build(group), output);

    public void Render(NodeGroup group, ArtifactBuffer output)
    {
        if (group.Source is null)
        {
            throw new BakerException(ExitCode.BadInput, $"{group.Name} names no image to start from.", "Add source_ami, source_ami_filter or source_ami_parameter to it or to __base__.");
        }

        var name = group.Template ?? DefaultTemplate;
        _templates.GetOrAdd(name, key => new Lazy<PackerTemplate>(() => PackerTemplate.Compile(key, Read(key)))).Value.Render(group, Layout, output);
    }

    public bool IsOurs(ReadOnlySpan<byte> start) => start.StartsWith("{\n    \""u8);

    private string Read(string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(project.Folder, name));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BakerException(ExitCode.BadInput, $"There is no template {name} in {project.Folder}.", "Write it, copy Baker's own templates/packer.json.hbs, or correct the group's \"template\".", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(ExitCode.BadInput, $"The template {name} cannot be read: {error.Message}", "Give yourself read permission.", error);
        }
    }
}
