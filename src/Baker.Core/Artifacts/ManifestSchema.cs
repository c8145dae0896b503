using System.Text;

namespace Baker.Core.Artifacts;

/// <summary>The JSON schema of the manifest, <c>docs/nodes.schema.json</c>, as the program carries it.</summary>
public static class ManifestSchema
{
    public static string Text
    {
        get
        {
            using var stream = typeof(ManifestSchema).Assembly.GetManifestResourceStream("nodes.schema.json")!;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }
}
