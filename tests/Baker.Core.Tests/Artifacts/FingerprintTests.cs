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
    public void Of_OtherServices_IsTheSame()
    {
        var group = s_group with
        {
            Attributes = new JObject
            {
                ["region"] = "us-east-1",
                ["provides"] = new JObject { ["api"] = new JObject { ["port"] = 8080 } },
                ["needs"] = new JObject { ["cache"] = new JObject() },
                ["services_from"] = "recipe[services::*]",
                ["alarms"] = new JObject { ["busy"] = new JObject { ["metric"] = "CPUUtilization", ["threshold"] = 40 } },
                ["balancer"] = "www",
                ["after"] = "db",
            },
        };

        Assert.That(Fingerprint.Of(s_input with { Group = group }, Source), Is.EqualTo(Fingerprint.Of(s_input, Source)));
    }

    [Test]
    public void Of_AnotherEnvironment_IsAnotherOnlyWhereChefRuns()
    {
        string In(string? name, params string[] recipes) => Fingerprint.Of(
            s_input with { Group = s_group with { RunList = [.. recipes], Environment = name is null ? null : EnvironmentName.Parse(name) } },
            Source);

        Assert.That(In("prod"), Is.EqualTo(In("staging")).And.EqualTo(In(null)));
        Assert.That(In("prod", "recipe[a]"), Is.Not.EqualTo(In("staging", "recipe[a]")));
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
            Fingerprint.Of(s_input with { Cookbooks = [new PayloadFile("cookbooks/a/metadata.rb", "x"u8.ToArray())] }, Source),
            Fingerprint.Of(s_input with { DataBags = [new PayloadFile("data_bags/a/b.json", "{}"u8.ToArray())] }, Source),
            Fingerprint.Of(s_input with { Code = [Tree("/srv/app", "1")] }, Source),
            Fingerprint.Of(s_input with { Code = [Tree("/srv/app", "2")] }, Source),
            Fingerprint.Of(s_input with { Code = [Tree("/srv/b", "1")] }, Source),
            Fingerprint.Of(s_input with { Group = s_group with { UserData = "#!/bin/sh"u8.ToArray() } }, Source),
            Fingerprint.Of(s_input with { Group = s_group with { Attributes = new JObject { ["region"] = "eu-west-1" } } }, Source),
        ];

        Assert.That(all, Is.Unique);
    }

    [Test]
    public void Of_OtherRepositoryBranchOrSecret_IsTheSameAsLongAsTheCommitIs()
    {
        var moved = Tree("/srv/app", "1");
        moved = moved with { Source = moved.Source with { Repository = "other", Branch = "main" } };

        Assert.That(
            Fingerprint.Of(s_input with { Code = [moved], DataBagSecret = "s"u8.ToArray() }, Source),
            Is.EqualTo(Fingerprint.Of(s_input with { Code = [Tree("/srv/app", "1")] }, Source)));
    }

    private static CodeTree Tree(string path, string commit) => new(new CodeSource("git@host:app.git", path), commit, new(() => throw new InvalidOperationException("no tree is fetched for a hash")));
}
