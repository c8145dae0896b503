using Baker.Core.Artifacts;
using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Artifacts;

/// <summary>Renders one template for the group <c>web</c> of a small manifest.</summary>
internal static class RenderedTemplate
{
    private const string Manifest = """
        {"web": {
            "source_ami": "ami-12345678", "description": "a \"b\" ${c} %{d} {{e}}\n", "region": "eu-west-1", "encrypt_boot": false,
            "security_groups": ["sg-12345678", "internal"], "tags": {"team": "web", "cost center": "7"}, "snapshot_tags": {"odd": "{{x}}", "{{y}}": "`"}, "provision": [],
            "launch_block_device_mappings": [{"device_name": "/dev/xvda", "volume_size": 20}],
            "colour": "red", "numbers": [1.0, -0, 1e5, 12345678901234567890, 0.1, true, null], "empty": {}, "blank": ""
        }}
        """;

    public static string Of(string template, PackerFormat? format = null)
    {
        var used = format ?? PackerFormat.Json;
        return PackerTemplate.Read("templates/own.sbn", template, used).Render(new ReadManifest(Manifest).Merged("web"), new PackerLayout(used, "packer", "builds"));
    }

    /// <summary>What an expression writes as a value, in JSON on one line.</summary>
    public static string Value(string expression) =>
        Newtonsoft.Json.Linq.JObject.Parse(Of($"{{\"x\": {expression}}}"))["x"]!.ToString(Newtonsoft.Json.Formatting.None);

    public static BakerException Mistake(string template, PackerFormat? format = null) => Assert.Throws<BakerException>(() => Of(template, format))!;
}
