using System.Collections.Immutable;
using System.Text;
using Baker.Core.Artifacts;
using Baker.Core.Cookbooks;

namespace Baker.Core.Tests.Cookbooks;

internal sealed class CookbookTests
{
    [TestCase("depends 'a'\n  depends(\"b\", '>= 1.0')\n# depends 'c'\n", "a,b")]
    [TestCase("name 'x'\nversion '1.2.0'\n", "")]
    [TestCase("%w{a b}.each { |name| depends name }\n", null)]
    [TestCase("depends 'a' if RUBY_VERSION > '3'\n", null)]
    [TestCase("depends \"#{prefix}-a\"\n", null)]
    public void OfRuby_Metadata_NamesWhatItDependsOnOrIsUnknown(string text, string? expected) =>
        Assert.That(CookbookMetadata.OfRuby(text).Dependencies is { } known ? string.Join(',', known) : null, Is.EqualTo(expected));

    [Test]
    public void OfJson_Metadata_IsRead()
    {
        var read = CookbookMetadata.OfJson("""{"name": "web", "version": "1.0.1", "dependencies": {"apt": ">= 0.0.0", "nginx": "~> 2"}}""");

        Assert.That((read.Name, read.Version, string.Join(',', read.Dependencies!.Value)), Is.EqualTo(("web", "1.0.1", "apt,nginx")));
    }

    [Test]
    public void Of_RunList_TakesDependenciesAndNothingElse()
    {
        var choice = CookbookChoice.Of(["recipe[web::site@1.0.0]"], Known(("web", "depends 'base'"), ("base", ""), ("other", "")), null);

        Assert.That(Names(choice), Is.EqualTo(new[] { "base", "web" }));
        Assert.That(choice.DataBags, Is.Empty);
    }

    [Test]
    public void Of_DependenciesUnknown_TakesAll()
    {
        var known = Known(("web", "%w{a}.each { |n| depends n }"), ("other", ""));
        Assert.That(Names(CookbookChoice.Of(["web"], known, null)), Is.EqualTo(new[] { "other", "web" }));

        var bare = known.SetItem("web", known["web"] with { Metadata = null });
        Assert.That(Names(CookbookChoice.Of(["web"], bare, null)), Is.EqualTo(new[] { "other", "web" }));
    }

    [Test]
    public void Of_CookbookOfTheImage_MayReadAnyDataBag() =>
        Assert.That(CookbookChoice.Of(["web", "sudo"], Known(("web", "")), null).DataBags, Is.Null);

    [Test]
    public void Of_CyclicDependencies_Ends() =>
        Assert.That(Names(CookbookChoice.Of(["a"], Known(("a", "depends 'b'"), ("b", "depends 'a'")), null)), Is.EqualTo(new[] { "a", "b" }));

    [Test]
    public void Of_Berksfile_IsFollowedInsteadOfTheMetadata()
    {
        var locked = CookbookLock.OfBerksfile("DEPENDENCIES\n  web\n    path: .\n\nGRAPH\n  base (1.0.0)\n  web (2.0.0)\n    base (>= 1.0)\n", "cookbooks");

        Assert.That(Names(CookbookChoice.Of(["web"], Known(("web", "depends 'other'"), ("base", ""), ("other", "")), locked)), Is.EqualTo(new[] { "base", "web" }));
    }

    [Test]
    public void Of_Policyfile_IsFollowed()
    {
        var locked = CookbookLock.OfPolicyfile(
            """
            {"cookbook_locks": {"web": {"version": "2.0.0"}, "base": {"version": "1.0.0"}},
             "solution_dependencies": {"dependencies": {"web (2.0.0)": [["base", ">= 0.0.0"]], "base (1.0.0)": []}}}
            """,
            "cookbooks");

        Assert.That(Names(CookbookChoice.Of(["web"], Known(("web", ""), ("base", "")), locked)), Is.EqualTo(new[] { "base", "web" }));
    }

    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"cookbook_locks": []}""")]
    public void OfPolicyfile_NoLock_IsRefused(string text) =>
        Assert.That(() => CookbookLock.OfPolicyfile(text, "cookbooks"), Throws.InstanceOf<Newtonsoft.Json.JsonException>());

    [TestCase("""{"cookbook_locks": {"a": "x"}}""")]
    [TestCase("""{"cookbook_locks": {"a": {"version": 1}}, "solution_dependencies": "x"}""")]
    [TestCase("""{"cookbook_locks": {"a": {}}, "solution_dependencies": {"dependencies": {"a (1)": [["b"], [], [1], "x"]}}}""")]
    public void OfPolicyfile_OddShapes_LocksWhatItCan(string text) =>
        Assert.That(CookbookLock.OfPolicyfile(text, "cookbooks").Cookbooks.Keys, Is.EqualTo(new[] { "a" }));

    [Test]
    public void Of_LockedAndNotVendored_SaysHowToVendor()
    {
        var locked = CookbookLock.OfBerksfile("GRAPH\n  base (1.0.0)\n  web (2.0.0)\n    base (>= 1.0)\n", "vendor");

        var missing = Assert.Throws<BakerException>(() => CookbookChoice.Of(["web"], Known(("web", "")), locked))!;
        var other = Assert.Throws<BakerException>(() => CookbookChoice.Of(["base"], Known(("base", "version '0.9.0'")), locked))!;

        Assert.That(missing.Message, Does.Contain("base 1.0.0").And.Contain("no cookbooks folder"));
        Assert.That(other.Message, Is.EqualTo("cookbooks/base is base 0.9.0, and Berksfile.lock has version 1.0.0."));
        Assert.That(other.Remedy, Does.Contain("berks vendor vendor"));
    }

    [TestCase("users = data_bag('users')\n", "users", true)]
    [TestCase("x = data_bag_item(:keys, 'a')\ny = Chef::EncryptedDataBagItem.load(\"more\", 'b')\n", "keys,more", true)]
    [TestCase("data_bag_item(node['bag'], 'x')\n", "", false)]
    [TestCase("data_bag_item(\"#{env}-users\", 'x')\n", "", false)]
    [TestCase("# data_bag(whatever)\nnode['data_bag']\nsearch(:node, 'x')\nresearch = 1\n", "node", true)]
    [TestCase("bags = %w(a b)\nbags.each { |bag| data_bag bag }\n", "", false)]
    public void DataBags_InRuby_AreThoseThatItNames(string ruby, string names, bool isCertain)
    {
        var use = DataBagUse.In([new PayloadFile("cookbooks/a/recipes/default.rb", Encoding.UTF8.GetBytes(ruby)), new PayloadFile("cookbooks/a/spec/a_spec.rb", "data_bag(x)"u8.ToArray())]);

        Assert.That((string.Join(',', use.Names), use.IsCertain), Is.EqualTo((names, isCertain)));
    }

    private static string[] Names(CookbookChoice choice) => [.. choice.Cookbooks.Select(cookbook => cookbook.Name)];

    private static ImmutableDictionary<string, Cookbook> Known(params (string Name, string Metadata)[] cookbooks) => cookbooks.ToImmutableDictionary(
        cookbook => cookbook.Name,
        cookbook => new Cookbook(cookbook.Name, $"cookbooks/{cookbook.Name}", CookbookMetadata.OfRuby(cookbook.Metadata), []));
}
