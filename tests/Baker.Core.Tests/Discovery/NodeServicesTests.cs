using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Tests.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Discovery;

/// <summary>What nodes are told of their services: the program on them reads it.</summary>
public sealed class NodeServicesTests
{
    [Test]
    public void Text_OfADrain_SaysItsTimeInSeconds()
    {
        var group = new NodeGroup
        {
            Name = GroupName.Parse("web"),
            Attributes = [],
            Services = new ServiceSettings { Drain = ("/usr/local/bin/drain", TimeSpan.FromHours(24)) },
        };

        Assert.That(JObject.Parse(NodeServices.Text(group))["drain"]!.ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("""{"script":"/usr/local/bin/drain","timeout":86400}"""));
    }

    [TestCase("", "ops")]
    [TestCase("'catalog_user': 'www', ", "www")]
    public void Text_OfACatalogInEtcd_HasTheGroupsUser(string own, string user)
    {
        var read = new ReadManifest("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'user': 'ops', 'password_env': 'ETCD'}}, 'web': {" + own + "'config': true, 'iam_instance_profile': 'web', 'provides': {'www': {}}}}");
        Assert.That(read.Diagnostics, Is.Empty);
        var group = read.Group("web");
        var told = JObject.Parse(NodeServices.Text(group with { Services = group.Services with { Catalog = read.Manifest.Settings.Catalog } }));
        Assert.That(((string?)told["catalog"]!["user"], (string?)told["catalog"]!["password_env"]), Is.EqualTo((user, "ETCD")));
    }

    [Test]
    public void Text_OfTheCatalogsSettings_HasWhatTheProgramGoesBy()
    {
        var read = new ReadManifest("{'__settings__': {'catalog': {'attribute': 'seatgeek-services', 'settle': '1m', 'recipes': true}}, 'web': {'config': true, 'iam_instance_profile': 'web',"
            + " 'provides': {'www': {}}, 'drain': {'script': 'd', 'hook': 'down'}, 'autoscale': {'lifecycle_hooks': [{'name': 'down', 'transition': 'terminating'}]}}}");
        Assert.That(read.Diagnostics, Is.Empty);
        var group = read.Group("web");
        var told = JObject.Parse(NodeServices.Text(group with { Services = group.Services with { Catalog = read.Manifest.Settings.Catalog } }));
        Assert.That(((string?)told["attribute"], (int?)told["settle"], (string?)told["hook"], (int?)told["beat"]), Is.EqualTo(("seatgeek-services", 60, "down", 100)));
        Assert.That(JToken.DeepEquals(told["catalog"], new JObject { ["ssm"] = true }));

        var usual = JObject.Parse(NodeServices.Text(new NodeGroup { Name = GroupName.Parse("web"), Attributes = [] }));
        Assert.That(usual.Properties().Select(property => property.Name), Is.EqualTo(new[] { "group", "environment", "provides", "needs", "catalog" }));
    }
}
