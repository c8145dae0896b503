using Baker.Core.Artifacts;

namespace Baker.Core.Tests.Artifacts;

internal sealed class TemplateValueTests
{
    [TestCase("{{ json description }}", "\"a \\\"b\\\" ${c} %{d} {{`{{`}}e}}\\n\"")]
    [TestCase("{{ json attributes.description }}", "\"a \\\"b\\\" ${c} %{d} {{e}}\\n\"")]
    [TestCase("{{ json tags }}", "{\"team\":\"web\",\"cost center\":\"7\"}")]
    [TestCase("{{ json vpc_id }}", "null")]
    [TestCase("{{ tags | json }}", "{\"team\":\"web\",\"cost center\":\"7\"}")]
    [TestCase("\"{{ join security_group_ids \",\" }}\"", "\"sg-12345678\"")]
    [TestCase("\"{{ for tag in tags }}{{ tag.key }}={{ tag.value }};{{ end }}\"", "\"team=web;cost center=7;\"")]
    [TestCase("{{ numbers[0] }}", "1.0")]
    [TestCase("{{ json numbers.size }}", "7")]
    [TestCase("{{ encrypt_boot }}", "false")]
    [TestCase("\"{{ vpc_id }}\"", "\"\"")]
    [TestCase("\"{{ user \"endpoint\" }}\"", "\"{{user `endpoint`}}\"")]
    [TestCase("\"{{ packer \"timestamp\" }} {{ packer \".Path\" }}\"", "\"{{timestamp}} {{.Path}}\"")]
    [TestCase("{{ x = 1.25; json (x + 1) }}", "2.25")]
    [TestCase("{{ json attributes.extra }}", "null")]
    [TestCase("{{ json attributes[\"extra\"] }}", "null")]
    [TestCase("{{ json (attributes.extra ?? \"x\") }}", "\"x\"")]
    [TestCase("{{ json tags?.extra }}", "null")]
    [TestCase("{{ json tags?.extra?.more }}", "null")]
    [TestCase("{{ json (tags.extra ?? \"x\") }}", "\"x\"")]
    [TestCase("{{ json (tags[\"extra\"] ?? \"x\") }}", "\"x\"")]
    [TestCase("{{ json (tags.extra ? 1 : 2) }}", "2")]
    [TestCase("{{ json image_snapshot_tags.odd }}", "\"{{`{{`}}x}}\"")]
    [TestCase("{{ json image_snapshot_tags[\"{{`{{`}}y}}\"] }}", "\"`\"")]
    [TestCase("{{ x = {\nif: 1,\nend: 2 }; json x }}", "{\"if\":1,\"end\":2}")]
    public void Render_Expression_WritesItsValue(string expression, string expected) =>
        Assert.That(RenderedTemplate.Value(expression), Is.EqualTo(expected));

    [Test]
    public void Render_Numbers_KeepTheirSpelling() =>
        Assert.That(RenderedTemplate.Of("{\"x\": [\"{{ join numbers \" \" }}\", {{ json numbers }}]}".Replace("join numbers", "join [numbers[0], numbers[1], numbers[2], numbers[3]]", StringComparison.Ordinal))
            .Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal),
            Is.EqualTo("{\"x\":[\"1.0-01e512345678901234567890\",[1.0,-0,1e5,12345678901234567890,0.1,true,null]]}"));

    [TestCase("vpc_id", false)]
    [TestCase("encrypt_boot", false)]
    [TestCase("blank", false)]
    [TestCase("scripts", false)]
    [TestCase("empty", false)]
    [TestCase("[]", false)]
    [TestCase("name", true)]
    [TestCase("tags", true)]
    [TestCase("security_groups", true)]
    [TestCase("!scripts && !empty", true)]
    [TestCase("vpc_id || scripts || name", true)]
    [TestCase("encrypt_boot != null", true)]
    [TestCase("tags.extra", false)]
    [TestCase("tags.team && !tags.extra && tags[\"extra\"] == null", true)]
    [TestCase("(tags.extra) || name", true)]
    [TestCase("(scripts ? true : false)", false)]
    public void If_EmptyOrMissing_DoesNotHold(string condition, bool holds) =>
        Assert.That(RenderedTemplate.Value($"{{{{ if {condition} }}}}true{{{{ else }}}}false{{{{ end }}}}"), Is.EqualTo(holds ? "true" : "false"));

    [TestCase("{{ hcl attributes.description }}", "\"a \\\"b\\\" $${c} %%{d} {{e}}\\n\"")]
    [TestCase("{{ hcl \"$$${ %% $ \\\\ \\t \\b é 🚀\" }}", "\"$$$${ %% $ \\\\ \\t \\u0008 é 🚀\"")]
    [TestCase("{{ hcl tags }}", "{\"team\" = \"web\", \"cost center\" = \"7\"}")]
    [TestCase("{{ hcl numbers }}", "[1.0, -0, 1e5, 12345678901234567890, 0.1, true, null]")]
    [TestCase("{{ hcl empty }}{{ hcl scripts }}", "{}[]")]
    public void Hcl_Value_IsEscapedAsHclWantsIt(string expression, string expected) =>
        Assert.That(RenderedTemplate.Of(expression, PackerFormat.Hcl2), Is.EqualTo("# Written by package packer:create --format hcl2; edit the manifest or the template instead.\n" + expected));

    [Test]
    public void Render_AgainAfterAMistake_IsAsBefore()
    {
        var template = PackerTemplate.Read("t", "{{ if name == \"bad\" }}{{ x }}{{ end }}{{ x = name }}{\"x\": {{ json x }}}", PackerFormat.Json);
        var group = new Manifest.ReadManifest("{\"web\": {}, \"bad\": {}}");
        var layout = new PackerLayout(PackerFormat.Json, "packer", "builds");
        var first = template.Render(group.Merged("web"), layout);
        Assert.Throws<BakerException>(() => template.Render(group.Merged("bad"), layout));
        Assert.That(template.Render(group.Merged("web"), layout), Is.EqualTo(first).And.Contain("web"));
    }

    [TestCase("templates/own.json.sbn", "templates/own.json.sbn", "templates/own.pkr.hcl.sbn")]
    [TestCase("templates/own.pkr.hcl.sbn", "templates/own.json.sbn", "templates/own.pkr.hcl.sbn")]
    [TestCase("templates/own.sbn", "templates/own.sbn", "templates/own.pkr.hcl.sbn")]
    [TestCase("own", "own", "own.pkr.hcl.sbn")]
    public void TemplateOf_Named_IsTheOneOfTheFormat(string named, string json, string hcl) =>
        Assert.That((PackerFormat.Json.TemplateOf(named), PackerFormat.Hcl2.TemplateOf(named)), Is.EqualTo((json, hcl)));
}
