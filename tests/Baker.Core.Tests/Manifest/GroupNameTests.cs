using Baker.Core.Manifest;

namespace Baker.Core.Tests.Manifest;

internal sealed class GroupNameTests
{
    [TestCase("web")]
    [TestCase("12_04-www.eu")]
    [TestCase("0")]
    public void Parse_AName_IsThatText(string text)
    {
        var name = GroupName.Parse(text);
        Assert.That((string)name, Is.EqualTo(text));
        Assert.That(name, Is.EqualTo(GroupName.Parse(text)));
        Assert.That($"{name}", Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("-web")]
    [TestCase("../web")]
    [TestCase("web/lock")]
    [TestCase("we b")]
    [TestCase("wéb")]
    [TestCase("web\n")]
    [TestCase("$(id)")]
    public void Parse_AnythingElse_IsRefused(string text) =>
        Assert.That(() => GroupName.Parse(text), Throws.InstanceOf<FormatException>().With.Message.Contains("cannot be the name of a group"));

    [Test]
    public void Parse_Lengths_To63()
    {
        Assert.That(GroupName.IsOne(new string('a', 63)), Is.True);
        Assert.That(GroupName.IsOne(new string('a', 64)), Is.False);
    }
}
