using System.Text;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Merging;

/// <summary>The recipes for services that the settings put into run lists: where they stand, and which groups have them.</summary>
public sealed class ServiceRecipeTests
{
    private const string Collect = "recipe[baker-services::collect-services]";
    private const string Decommission = "recipe[baker-services::decommission-services]";
    private const string Notify = "recipe[baker-services::notify-services]";

    [Test]
    public void RunList_OfAGroupThatTakesPart_BeginsWithTwoAndHasTheThirdBeforeItsEnd()
    {
        var read = Read("'__base__': {'run_list': ['recipe[base]'], 'post_run_list': ['recipe[sudo]']}, 'web': {'run_list': ['recipe[web]'], 'post_run_list': ['last'], |needs|}");
        Assert.That(read.Diagnostics, Is.Empty);
        Assert.That(read.Group("web").RunList, Is.EqualTo(new[] { Collect, Decommission, "recipe[base]", "recipe[web]", Notify, "recipe[sudo]", "last" }));
    }

    [TestCase("'web': {'run_list': ['recipe[web]'], |needs|}", new[] { Collect, Decommission, "recipe[web]", Notify }, TestName = "without a list for the end")]
    [TestCase("'web': {'post_run_list': ['recipe[web]'], |needs|}", new[] { Collect, Decommission, Notify, "recipe[web]" }, TestName = "with a list for the end alone")]
    [TestCase("'__base__': {'post_run_list': ['sudo']}, 'web': {'run_list': ['web'], 'post_run_list': null, |needs|}", new[] { Collect, Decommission, "web", Notify }, TestName = "that drops the base's list")]
    [TestCase("'web': {'run_list': ['recipe[seatgeek::collect-services]', 'web'], |needs|}", new[] { Decommission, "recipe[seatgeek::collect-services]", "web", Notify }, TestName = "with one of its own")]
    [TestCase("'web': {'run_list': ['web', 'seatgeek::notify-services@1.0.0'], |needs|}", new[] { Collect, Decommission, "web", "seatgeek::notify-services@1.0.0" }, TestName = "with a bare one of a version")]
    [TestCase("'web': {'run_list': ['recipe[decommission-services]', 'collect-services::default'], 'post_run_list': ['notify-services'], |needs|}", new[] { "recipe[decommission-services]", "collect-services::default", "notify-services" }, TestName = "with cookbooks of these names")]
    [TestCase("'__base__': {'run_list': ['recipe[x::collect-services]', 'recipe[x::decommission-services]'], 'post_run_list': ['recipe[x::notify-services]']}, 'web': {'run_list': ['web'], |needs|}", new[] { "recipe[x::collect-services]", "recipe[x::decommission-services]", "web", "recipe[x::notify-services]" }, TestName = "with the base's")]
    [TestCase("'web': {'run_list': ['role[collect-services]', 'recipe[web::collect-services-too]'], |needs|}", new[] { Collect, Decommission, "role[collect-services]", "recipe[web::collect-services-too]", Notify }, TestName = "with a role and a recipe of names like these")]
    [TestCase("'web': {'run_list': ['recipe[s::web]'], |config|, 'services_from': 'recipe[s::*]'}", new[] { Collect, Decommission, "recipe[s::web]", Notify }, TestName = "that provides what its run list brings")]
    [TestCase("'web': {'run_list': ['web'], |config|, 'provides': {'www': {}}}", new[] { Collect, Decommission, "web", Notify }, TestName = "that provides a service")]
    [TestCase("'web': {'run_list': ['web'], |config|}", new[] { "web" }, TestName = "that neither provides nor needs any")]
    [TestCase("'web': {'run_list': ['web'], |config|, 'needs': {}, 'provides': {'www': null}}", new[] { "web" }, TestName = "whose services are dropped")]
    [TestCase("'web': {'run_list': ['web'], 'config': false, 'needs': {'api': {'optional': true}}}", new[] { "web" }, TestName = "whose nodes have no baker-node")]
    [TestCase("'web': {'run_list': [], |needs|}", new string[0], TestName = "that has no run list")]
    [TestCase("'__base__': {'run_list': ['web']}, 'web': {'run_list': null, |needs|}", new string[0], TestName = "that drops its run list")]
    public void RunList_OfAGroup_HasWhatItLacks(string groups, string[] expected)
    {
        var read = Read(groups);
        Assert.That(read.Diagnostics, Is.Empty);
        Assert.That(read.Group("web").RunList, Is.EqualTo(expected));
    }

    [TestCase("'ssm'")]
    [TestCase("{}")]
    [TestCase("{'recipes': false}")]
    [TestCase("{'etcd': ['https://a:2379']}")]
    public void RunList_WithoutTheSetting_IsTheGroups(string catalog)
    {
        var read = Read("'web': {'run_list': ['web'], |needs|}", catalog);
        Assert.That(read.Diagnostics, Is.Empty);
        Assert.That(read.Group("web").RunList, Is.EqualTo(new[] { "web" }));
    }

    [TestCase("{'recipes': true}", ExpectedResult = true)]
    [TestCase("{'recipes': true, 'etcd': ['https://a:2379']}", ExpectedResult = false)]
    public bool Catalog_WithRecipes_IsInSsmUnlessEtcdIsNamed(string catalog)
    {
        var settings = Read("'web': {'run_list': ['web'], |needs|}", catalog).Manifest.Settings.Catalog;
        Assert.That(settings.Recipes, Is.Not.Null);
        return settings.Etcd is null;
    }

    [Test]
    public void RunList_InAnEnvironment_HasThemWhereTheGroupTakesPartThere()
    {
        var read = Read("'web': {'run_list': ['web']}, '__environments__': {'staging': {'web': {'run_list': ['more'], |needs|}}, 'other': {}}");
        Assert.That(NodeGroupBuilder.Build(read.Merged("web", "staging")).RunList, Is.EqualTo(new[] { Collect, Decommission, "web", "more", Notify }));
        Assert.That(NodeGroupBuilder.Build(read.Merged("web", "other")).RunList, Is.EqualTo(new[] { "web" }));
    }

    [Test]
    public void RunList_Recipes_StandWhereTheSettingIs()
    {
        var merged = Read("'web': {'run_list': ['web'], |needs|}").Merged("web");
        var items = merged.Find("run_list"u8)!.Items.Concat(merged.Find("post_run_list"u8)!.Items).ToList();
        Assert.That(
            items.Select(item => $"{item.Value.Text} {merged.NameOf(item.Layer)} {item.Value.Position}"),
            Is.EqualTo(new[] { $"{Collect} __settings__ 1:42", $"{Decommission} __settings__ 1:42", "web web 1:71", $"{Notify} __settings__ 1:42" }));
    }

    [Test]
    public void Recipes_OfThePattern_AreNoServices()
    {
        var read = Read("'web': {'run_list': ['recipe[baker-services::web]'], |config|, 'services_from': 'recipe[baker-services::*]'}");
        Assert.That(read.Diagnostics, Is.Empty);
        Assert.That(read.Group("web").ProvidedNames, Is.EqualTo(new[] { "web" }));
    }

    [Test]
    public void Role_OfTheGroup_HasThem()
    {
        var json = new ArtifactBuffer();
        RoleText.Write(Read("'web': {'run_list': ['web'], |needs|}").Merged("web"), json);
        Assert.That(Encoding.UTF8.GetString(json.Written), Does.EndWith($$"""
            "run_list": [
                    "{{Collect}}",
                    "{{Decommission}}",
                    "web",
                    "{{Notify}}"
                ]
            }

            """.ReplaceLineEndings("\n")));
    }

    private static ReadManifest Read(string groups, string catalog = "{'recipes': true}")
    {
        const string Config = "'config': true, 'iam_instance_profile': 'web'";
        return new($"{{'__settings__': {{'catalog': {catalog}}}, {groups
            .Replace("|needs|", $"{Config}, 'needs': {{'api': {{'optional': true}}}}", StringComparison.Ordinal)
            .Replace("|config|", Config, StringComparison.Ordinal)}}}");
    }
}
