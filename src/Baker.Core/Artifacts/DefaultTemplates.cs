using System.Text;

namespace Baker.Core.Artifacts;

/// <summary>Baker's own Packer templates, the files of <c>templates/</c>, as the program carries them.</summary>
public static class DefaultTemplates
{
    public static string Of(PackerFormat format)
    {
        using var stream = typeof(DefaultTemplates).Assembly.GetManifestResourceStream(format.DefaultTemplate)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
