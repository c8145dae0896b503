using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Manifest;

public sealed class SchemaTests
{
    [Test]
    public void Schema_Attributes_AreThoseOfTheReaderEachDescribed()
    {
        var properties = (JObject)Schema()["definitions"]!["group"]!["properties"]!;
        Assert.That(properties.Properties().Select(property => property.Name), Is.EquivalentTo(AttributeTable.Names));
        Assert.That(properties.Properties().Select(property => (string?)property.Value["description"]), Has.None.Null);
    }

    [Test]
    public void Manifest_SchemaKey_IsNoGroup()
    {
        var read = new ReadManifest("{\"$schema\": \"docs/nodes.schema.json\", \"a\": {}}");
        Assert.That((read.Diagnostics.Count, read.Manifest.Groups.Count), Is.EqualTo((0, 1)));
    }

    private static JObject Schema()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Baker.sln")))
        {
            folder = folder.Parent!;
        }

        return JObject.Parse(File.ReadAllText(Path.Combine(folder.FullName, "docs/nodes.schema.json")));
    }
}
