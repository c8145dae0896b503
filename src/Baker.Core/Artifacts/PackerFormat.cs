namespace Baker.Core.Artifacts;

/// <summary>
/// One of the two languages that HashiCorp Packer reads: the names of its files, and of the template they are rendered
/// from.
/// </summary>
public sealed class PackerFormat
{
    private const string TemplateExtension = ".sbn";

    private PackerFormat(string name, string extension)
    {
        Name = name;
        Extension = extension;
    }

    public static PackerFormat Json { get; } = new("json", ".json");

    /// <summary>The only one in which newer versions of Packer take the plugins that a build needs.</summary>
    public static PackerFormat Hcl2 { get; } = new("hcl2", ".pkr.hcl");

    public static IReadOnlyList<PackerFormat> All { get; } = [Json, Hcl2];

    /// <summary>As <c>--format</c> calls it.</summary>
    public string Name { get; }

    /// <summary>Of what is rendered: <c>packer/GROUP.json</c>, <c>packer/GROUP.pkr.hcl</c>.</summary>
    public string Extension { get; }

    /// <summary>The file name of the template that is used where none is named.</summary>
    public string DefaultTemplate => $"packer{Extension}{TemplateExtension}";

    /// <summary>The template of this format that a group means by its <c>template</c>: <c>templates/own.json.sbn</c> stands for
    /// <c>templates/own.pkr.hcl.sbn</c> too.</summary>
    public string TemplateOf(string named)
    {
        var stem = Without(named, TemplateExtension);
        var other = this == Json ? Hcl2 : Json;
        return stem.EndsWith(other.Extension, StringComparison.Ordinal) ? Without(stem, other.Extension) + Extension + TemplateExtension
            : this == Json || stem.EndsWith(Extension, StringComparison.Ordinal) ? named
            : stem + Extension + TemplateExtension;
    }

    private static string Without(string text, string end) => text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text;
}
