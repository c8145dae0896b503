using Baker.Core.Discovery;

namespace Baker.Core.Tests.Discovery;

public sealed class CatalogPathTests
{
    [TestCase(1, "/a/0 is no entry of the catalogue, and is passed over; rm /a/0 removes it.")]
    [TestCase(2, "/a/0, /a/1 are no entries of the catalogue, and are passed over; rm /a/0 removes the first.")]
    [TestCase(40, "/a/0, /a/1, /a/2 and 37 more are no entries of the catalogue, and are passed over; rm /a/0 removes the first.")]
    public void PassedOver_OfSoMany_NamesTheFirst(int count, string text) =>
        Assert.That(CatalogPath.PassedOver([.. Enumerable.Range(0, count).Select(each => $"/a/{each}")], "rm"), Is.EqualTo(text));

    /// <summary>Who may write below a service chooses the name, and somebody else runs the command.</summary>
    [TestCase("/a/i-$(touch x)", "; rm '/a/i-$(touch x)' removes it.")]
    [TestCase("/a/i- --prefix", "; rm '/a/i- --prefix' removes it.")]
    [TestCase("/a/i-;touch x;", "; rm '/a/i-;touch x;' removes it.")]
    [TestCase("/a/i-'q", "; rm '/a/i-'\\''q' removes it.")]
    [TestCase("/a/i-\n$(x)`id`\"", "; no command line can have such a name: use a client of the catalogue.")]
    [TestCase("/a/i-\uFFFD", "; no command line can have such a name: use a client of the catalogue.")]
    public void PassedOver_HostileName_IsOneWordOfTheCommand(string name, string end) =>
        Assert.That(CatalogPath.PassedOver([name], "rm"), Does.EndWith(end));

    [Test]
    public void PassedOver_NameWithALineFeed_ForgesNoLine() =>
        Assert.That(CatalogPath.PassedOver(["/a/i-\nforged"], "rm"), Does.Not.Contain("\n"));
}
