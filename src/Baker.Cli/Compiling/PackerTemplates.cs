using System.Collections.Concurrent;
using System.Text;
using Baker.Cli.Projects;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cli.Compiling;

/// <summary>The Packer templates of a project in one format, each read once: a file of the project, or Baker's own where the project has
/// none of the default name.</summary>
internal sealed class PackerTemplates(NodeProject project, PackerFormat format)
{
    private readonly ConcurrentDictionary<string, Lazy<string>> _texts = new();
    private readonly ConcurrentDictionary<string, Lazy<PackerTemplate>> _templates = new();
    private readonly ConcurrentDictionary<string, ulong> _hashes = new();

    public string DefaultName => $"{project.Settings.TemplatesFolder}/{format.DefaultTemplate}";

    /// <summary>The file that a group's <c>template</c> means.</summary>
    public string NameFor(string? named) => named is null ? DefaultName : format.TemplateOf(named);

    public PackerTemplate Find(string name) =>
        _templates.GetOrAdd(name, key => new Lazy<PackerTemplate>(() => PackerTemplate.Read(key, TextOf(key), format))).Value;

    /// <summary>0 for a template that cannot be read: who renders it says why.</summary>
    public ulong HashOf(string name) => _hashes.GetOrAdd(name, key =>
    {
        try
        {
            return ContentHash.Of(Encoding.UTF8.GetBytes(TextOf(key)), 1);
        }
        catch (BakerException)
        {
            return 0;
        }
    });

    private string TextOf(string name) => _texts.GetOrAdd(name, key => new Lazy<string>(() => Read(key))).Value;

    private string Read(string name)
    {
        var path = Path.Combine(project.Folder, name);
        byte[] bytes;
        try
        {
            bytes = project.Read(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new FileInfo(path).LinkTarget is { } target ? throw Dangling(name, target, error)
                : name == DefaultName ? DefaultTemplates.Of(format)
                : throw Missing(name, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The template {name} cannot be read: {error.Message}",
                "Give yourself read permission.",
                error);
        }

        return Text(name, bytes);
    }

    private static string Text(string name, byte[] bytes)
    {
        var source = new SourceText(name, bytes);
        return source.FirstInvalid() is >= 0 and var offset
            ? throw ProjectFile.NotUtf8(source, offset, "template")
            : Encoding.UTF8.GetString(bytes.AsSpan(source.Start));
    }

    private static BakerException Dangling(string name, string target, Exception error) => new(
        ExitCode.BadInput,
        $"The template {name} is a link to {target}, which does not exist.",
        "Correct the link; without it Baker's own template is used for the default name.",
        error);

    private BakerException Missing(string name, Exception error) => new(
        ExitCode.BadInput,
        $"There is no template {name} in {project.Folder}.",
        "Write it (package template:export gives Baker's own as a start), or correct the group's \"template\".",
        error);
}
