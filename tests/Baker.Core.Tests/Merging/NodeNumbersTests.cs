using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Merging;

public sealed class NodeNumbersTests
{
    private static readonly GroupName s_web = GroupName.Parse("web");

    private static readonly EnvironmentName s_prod = EnvironmentName.Parse("prod");

    [TestCase("", "a=1 b=2")]
    [TestCase("prodweb2", "b=1")]
    [TestCase("prodweb1", "b=2")]
    [TestCase("prodweb02", "a=1 b=2")]
    [TestCase("prodweb", "a=1 b=2")]
    [TestCase("prodweb3x", "a=1 b=2")]
    [TestCase("stagingweb1", "a=1 b=2")]
    public void Missing_OneNodeWithThatName_TheOthersGetTheLowestFree(string name, string expected) =>
        Assert.That(Named((name, "a"), ("", "b")), Is.EqualTo(expected));

    [Test]
    public void Missing_TwoOfOneNumber_TheOlderKeepsIt() =>
        Assert.That(Named(("prodweb1", "a"), ("prodweb1", "b"), ("prodweb3", "c")), Is.EqualTo("b=2"));

    [Test]
    public void Missing_NodeThatStandsAlone_KeepsItsNameAndItsNumber()
    {
        var numbers = NodeTagging.Usual.NumbersOf(s_web, s_prod)!;
        var names = numbers.Missing([("a", "box", Time(0), true), ("b", "prodweb1", Time(3), true), ("c", "prodweb1", Time(1), false)]);
        Assert.That(names.Select(each => $"{each.Key} {each.Value}"), Is.EqualTo(new[] { "c prodweb2" }));
    }

    [Test]
    public void Names_WithoutAnEnvironment_AreTheGroups()
    {
        Assert.That(NodeTagging.Usual.NameOf(s_web, null), Is.EqualTo("web"));
        Assert.That(NodeTagging.Usual.NumbersOf(s_web, null), Is.Null);
        Assert.That(NodeTagging.Usual.Of(s_web, null), Is.Empty);
    }

    [TestCase("{{group}}-{{n}}.{{environment}}", "web-.prod", "web-", ".prod")]
    [TestCase("{{n}}", "", "", "")]
    public void Names_Pattern_IsFilled(string pattern, string name, string before, string after)
    {
        var tagging = NodeTagging.Usual with { NamePattern = pattern };
        Assert.That((tagging.NameOf(s_web, s_prod), tagging.NumbersOf(s_web, s_prod)), Is.EqualTo((name, new NodeNumbers(before, after))));
    }

    [Test]
    public void Names_PatternWithoutANumber_NumbersNothing() =>
        Assert.That((NodeTagging.Usual with { NamePattern = "{{group}}" }).NumbersOf(s_web, s_prod), Is.Null);

    private static string Named(params (string Name, string Id)[] nodes) => string.Join(
        ' ',
        NodeTagging.Usual.NumbersOf(s_web, s_prod)!
            .Missing(nodes.Select((node, index) => (node.Id, node.Name, Time(index), false)))
            .Select(each => $"{each.Key}={each.Value["prodweb".Length..]}"));

    private static DateTimeOffset Time(int minutes) => DateTimeOffset.UnixEpoch.AddMinutes(minutes);
}
