using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Manifest;

public sealed class EnvironmentTests
{
    private const string Two = """
        {"__base__": {"tags": {"team": "web"}, "security_groups": ["all"], "region": "us-east-1"},
         "www": {"tags": {"tier": "front"}, "security_groups": ["www"], "instance_type": "m5.large"},
         "db": {"instance_type": "r5.large", "description": "data"},
         "__environments__": {
           "staging": {"__base__": {"instance_type": "t3.small", "security_groups": ["staging"], "description": null},
                       "www": {"tags": {"tier": "back"}, "region": "us-west-2"}, "db": null},
           "production": {"__description__": "the real one", "__cookbook_versions__": {"nginx": "~> 2.1"},
                          "__base__": {"default_attributes": {"pool": 1.50}, "override_attributes": {"a": {"b": []}}}}}}
        """;

    [TestCase("{\"__environments__\": []}", "1:22", "BK008", "an object")]
    [TestCase("{\"__environments__\": {\"a b\": {}}}", "1:23", "BK006", "name of an environment")]
    [TestCase("{\"__environments__\": {\"__base__\": {}}}", "1:23", "BK006", "name of an environment")]
    [TestCase("{\"__environments__\": {\"\": {}}}", "1:23", "BK006", "name of an environment")]
    [TestCase("{\"__environments__\": {\"a\": {}, \"a\": {}}}", "1:32", "BK005", "second time")]
    [TestCase("{\"__environments__\": {\"a.b\": {}, \"A-B\": {}}}", "1:34", "BK006", "differs from the one at 1:23")]
    [TestCase("{\"__environments__\": {\"a\": 1}}", "1:28", "BK008", "an object")]
    [TestCase("{\"__environments__\": {\"a\": null}}", "1:28", "BK008", "an object")]
    [TestCase("{\"www\": {}, \"__environments__\": {\"a\": {\"wwww\": {}}}}", "1:40", "BK006", "has none of that name")]
    [TestCase("{\"www\": {}, \"__environments__\": {\"a\": {\"www\": []}}}", "1:47", "BK008", "a.www must be an object")]
    [TestCase("{\"__environments__\": {\"a\": {\"__bas__\": {}}}}", "1:29", "BK007", "no reserved key of an environment")]
    [TestCase("{\"__environments__\": {\"a\": {\"__base__\": []}}}", "1:41", "BK008", "a.__base__ must be an object")]
    [TestCase("{\"__environments__\": {\"a\": {\"__base__\": {\"region\": 1}}}}", "1:52", "BK008", "region must be a region")]
    [TestCase("{\"__environments__\": {\"a\": {\"__description__\": 1}}}", "1:48", "BK008", "a text")]
    [TestCase("{\"__environments__\": {\"a\": {\"__cookbook_versions__\": {\"nginx\": \"latest\"}}}}", "1:64", "BK009", "a constraint of Chef's")]
    [TestCase("{\"__environments__\": {\"a\": {\"__cookbook_versions__\": []}}}", "1:54", "BK008", "an object")]
    [TestCase("{\"www\": {\"source_ami\": \"ami-12345678\"}, \"__environments__\": {\"a\": {\"www\": {\"source_group\": \"w\"}}}, \"w\": {}}", "1:92", "BK010", "only one of them can hold")]
    [TestCase("{\"www\": {\"autoscale\": {\"node_max\": 2}}, \"__environments__\": {\"a\": {\"www\": {\"autoscale\": {\"node_min\": 3}}}}}", "1:102", "BK010", "above its node_max 2 at 1:36")]
    [TestCase("{\"www\": {}, \"__environments__\": {\"a\": {\"__base__\": {\"source_group\": \"wwx\"}}}}", "1:69", "BK009", "there is no such group")]
    [TestCase("{\"__settings__\": {\"environment\": \"stagin\"}, \"__environments__\": {\"staging\": {}}}", "1:34", "BK009", "no such environment")]
    [TestCase("{\"__settings__\": {\"environment\": \"a\"}}", "1:34", "BK009", "no such environment")]
    [TestCase("{\"__settings__\": {\"environments_folder\": \"roles\"}}", "1:42", "BK010", "the same folder")]
    [TestCase("{\"__environment__\": {}}", "1:2", "BK007", "no reserved key")]
    [TestCase("{\"__settings__\": {\"name_tag\": \"{{number}}\"}}", "1:31", "BK009", "made of texts and")]
    [TestCase("{\"__settings__\": {\"name_tag\": \"{{n}}{{n}}\"}}", "1:31", "BK009", "made of texts and")]
    [TestCase("{\"__settings__\": {\"environment_tag\": \"my env\"}}", "1:38", "BK009", "the key of a tag")]
    [TestCase("{\"__settings__\": {\"type_tag\": \"Name\"}}", "1:31", "BK009", "the key of a tag")]
    [TestCase("{\"__settings__\": {\"type_tag\": \"Env\", \"environment_tag\": \"Env\"}}", "1:31", "BK010", "are both \"Env\"")]
    [TestCase("{\"__settings__\": {\"type_tag\": \"environment\"}}", "1:31", "BK010", "are both \"environment\"")]
    [TestCase("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": {}, \"__environments__\": {\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": {}}}", "1:92", "BK006", "too many for a launch template")]
    public void Environments_Mistake_IsToldAtItsPlace(string text, string place, string code, string words)
    {
        var errors = new ReadManifest(text).Errors.DistinctBy(error => (error.Position, error.Message)).ToList();
        Assert.That(errors, Has.Count.EqualTo(1), string.Join('\n', errors));
        Assert.That((errors[0].Position.ToString(), errors[0].Code), Is.EqualTo((place, code)), errors[0].ToString());
        Assert.That(errors[0].Message, Does.Contain(words));
    }

    [TestCase("{\"www\": {}, \"__environments__\": {\"a\": {\"wwww\": {}}}}", "Did you mean \"www\"?")]
    [TestCase("{\"__environments__\": {\"a\": {\"__bas__\": {}}}}", "Did you mean \"__base__\"?")]
    [TestCase("{\"__environment__\": {}}", "Did you mean \"__environments__\"?")]
    [TestCase("{\"__settings__\": {\"environment\": \"stagin\"}, \"__environments__\": {\"staging\": {}}}", "Did you mean \"staging\"?")]
    [TestCase("{\"www\": {\"source_ami\": \"ami-12345678\"}, \"__environments__\": {\"a\": {\"www\": {\"source_ami_parameter\": \"/x\"}}}}", "Write \"source_ami\": null in a.www to drop what it inherits.")]
    public void Environments_Mistake_SaysWhatToDo(string text, string remedy) =>
        Assert.That(new ReadManifest(text).Errors.First().Remedy, Is.EqualTo(remedy));

    [Test]
    public void Environments_UnknownAttribute_IsAWarningOfItsLayer()
    {
        var read = new ReadManifest("{\"www\": {}, \"__environments__\": {\"a\": {\"www\": {\"colour\": 1}}}}");
        Assert.That(read.Diagnostics.Select(each => $"{each.Position} {each.Message}"), Is.EqualTo(new[] { "1:48 a.www has an attribute \"colour\" that Baker does not know." }));
    }

    [TestCase("env")]
    [TestCase("images")]
    [TestCase("services")]
    public void Groups_NamesThatBakerKeepsOnTheCloud_AreNone(string name) =>
        Assert.That(new ReadManifest($"{{\"{name}\": {{}}}}").Errors.Single().Message, Does.Contain("No group can be called"));

    [Test]
    public void Merge_Environment_LaysItsLayersOverTheGroups()
    {
        var read = new ReadManifest(Two);
        Assert.That(read.Errors, Is.Empty);
        Assert.That(
            GroupText.Of(read.Merged("www", "staging")).ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal),
            Is.EqualTo("{\"tags\":{\"team\":\"web\",\"tier\":\"back\"},\"security_groups\":[\"all\",\"www\",\"staging\"],\"region\":\"us-west-2\",\"instance_type\":\"t3.small\"}"));
        var layers = read.Merged("www", "staging").Attributes.Select(attribute => read.Merged("www", "staging").NameOf(attribute.Layer));
        Assert.That(layers, Is.EqualTo(new[] { "staging.www", "staging.__base__", "staging.www", "staging.__base__" }));
        Assert.That(read.Merged("www", "staging").Find("security_groups"u8)!.Items.Select(item => item.Layer), Is.EqualTo(new[] { Layer.Base, Layer.Group, Layer.EnvironmentBase }));
    }

    [Test]
    public void In_EnvironmentThatLeavesAGroupOut_HasTheOthers()
    {
        var manifest = new ReadManifest(Two).Manifest;
        var staging = manifest.In(manifest.Environments[0]);
        Assert.That(staging.Groups.Select(group => group.Name.ToString()), Is.EqualTo(new[] { "www" }));
        Assert.That(manifest.In(manifest.Environments[1]).Groups, Is.SameAs(manifest.Groups));
        var refused = Assert.Throws<BakerException>(() => GroupNames.Resolve(staging, ["db"]));
        Assert.That(refused!.Message, Does.StartWith("The environment staging leaves the group db out (nodes.json:6:"));
    }

    [Test]
    public void EnvironmentText_Environment_IsChefs()
    {
        var manifest = new ReadManifest(Two).Manifest;
        Assert.That(EnvironmentText.Of(manifest.Environments[1]), Is.EqualTo("""
            {
                "name": "production",
                "description": "the real one",
                "json_class": "Chef::Environment",
                "chef_type": "environment",
                "cookbook_versions": {
                    "nginx": "~> 2.1"
                },
                "default_attributes": {
                    "environment": "production",
                    "pool": 1.50
                },
                "override_attributes": {
                    "a": {
                        "b": []
                    }
                }
            }

            """.ReplaceLineEndings("\n")));
        Assert.That(EnvironmentText.IsOne("{\n    \"name\": \"x\"}"u8), Is.False);
        Assert.That(EnvironmentText.IsOne(System.Text.Encoding.UTF8.GetBytes(EnvironmentText.Of(manifest.Environments[0]))));
    }

    [Test]
    public void EnvironmentText_OwnEnvironmentAttribute_Stays()
    {
        var manifest = new ReadManifest("{\"__environments__\": {\"eu.prod\": {\"__base__\": {\"default_attributes\": {\"environment\": \"live\"}}}}}").Manifest;
        var text = EnvironmentText.Of(manifest.Environments[0]);
        Assert.That(text, Does.Contain("\"environment\": \"live\"").And.Not.Contain("\"environment\": \"eu"));
        Assert.That(text, Does.Contain("\"name\": \"eu_prod\""));
    }
}
