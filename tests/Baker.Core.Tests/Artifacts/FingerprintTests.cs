using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Artifacts;

internal sealed class FingerprintTests
{
    private const string Source = "ami-1";
    private static readonly NodeGroup s_group = new() { Name = GroupName.Parse("www"), Attributes = new JObject { ["region"] = "us-east-1", ["autoscale"] = new JObject { ["node_min"] = 1 } } };
    private static readonly BakeInput s_input = new(s_group, [new PayloadFile("scripts/a.sh", "true"u8.ToArray())], []);

    [Test]
    public void Of_SameInput_IsTheSame()
    {
        var again = s_input with { Scripts = [new PayloadFile("scripts/a.sh", "true"u8.ToArray())] };

        Assert.That(Fingerprint.Of(again, Source), Is.EqualTo(Fingerprint.Of(s_input, Source)).And.Match("^[0-9a-f]{32}$"));
    }

    [Test]
    public void Of_OtherFleetSettings_IsTheSame()
    {
        var group = s_group with { Attributes = new JObject { ["region"] = "us-east-1", ["autoscale"] = new JObject { ["node_min"] = 9 } } };

        Assert.That(Fingerprint.Of(s_input with { Group = group }, Source), Is.EqualTo(Fingerprint.Of(s_input, Source)));
    }

    [Test]
    public void Of_OtherPackerTemplate_IsTheSame()
    {
        var group = s_group with { Attributes = new JObject { ["region"] = "us-east-1", ["template"] = "templates/own.json.sbn" } };

        Assert.That(Fingerprint.Of(s_input with { Group = group, TemplateHash = "another" }, Source), Is.EqualTo(Fingerprint.Of(s_input, Source)));
    }

    [Test]
    public void Of_AnythingElseChanged_IsAnother()
    {
        string[] all =
        [
            Fingerprint.Of(s_input, Source),
            Fingerprint.Of(s_input, "ami-2"),
            Fingerprint.Of(s_input with { Scripts = [new PayloadFile("scripts/a.sh", "false"u8.ToArray())] }, Source),
            Fingerprint.Of(s_input with { Scripts = [new PayloadFile("scripts/b.sh", "true"u8.ToArray())] }, Source),
            Fingerprint.Of(s_input with { Scripts = [new PayloadFile("scripts/a.sht", "rue"u8.ToArray())] }, Source),
            Fingerprint.Of(s_input with { Roles = [new PayloadFile("roles/a.json", "{}"u8.ToArray())] }, Source),
            Fingerprint.Of(s_input with { Group = s_group with { UserData = "#!/bin/sh"u8.ToArray() } }, Source),
            Fingerprint.Of(s_input with { Group = s_group with { Attributes = new JObject { ["region"] = "eu-west-1" } } }, Source),
        ];

        Assert.That(all, Is.Unique);
    }
}
