using Baker.Cli.Sessions;

namespace Baker.Cli.Tests.Sessions;

public sealed class ColoursTests
{
    [TestCase(true, "TERM=xterm", true)]
    [TestCase(false, "TERM=xterm", false)]
    [TestCase(true, "TERM=dumb", false)]
    [TestCase(true, "", false)]
    [TestCase(true, "TERM=xterm NO_COLOR=1", false)]
    [TestCase(true, "TERM=xterm NO_COLOR=", true)]
    [TestCase(true, "TERM=xterm CLICOLOR=0", false)]
    [TestCase(false, "CLICOLOR_FORCE=1", true)]
    [TestCase(false, "CLICOLOR_FORCE=0", false)]
    [TestCase(false, "CLICOLOR_FORCE=1 NO_COLOR=1", false)]
    public void AreWanted_OfTheEnvironment_IsAsItSays(bool isTerminal, string variables, bool expected)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('=')).ToDictionary(each => each[0], each => each[1]);

        Assert.That(Colours.AreWanted(isTerminal, set.GetValueOrDefault), Is.EqualTo(expected));
    }

    [Test]
    public void WriteLine_WithColour_ColoursTheLineAndDisarmsWhatIsInIt()
    {
        using var coloured = new StringWriter();
        using var plain = new StringWriter();

        new PlainWriter(coloured, hasColour: true).WriteLine(Tint.Bad, "a\u001b[2Jb");
        new PlainWriter(plain).WriteLine(Tint.Bad, "a\u001b[2Jb");

        Assert.That(coloured.ToString(), Is.EqualTo("\u001b[31ma·[2Jb\u001b[0m\n"));
        Assert.That(plain.ToString(), Is.EqualTo("a·[2Jb\n"));
    }

    [Test]
    public void WriteLine_ToAFileWithColour_HasEveryCharacter()
    {
        using var file = new StringWriter();

        new PlainWriter(file, hasColour: true, isRead: false).WriteLine("a\u2028b");

        Assert.That(file.ToString(), Is.EqualTo("a\u2028b\n"));
    }
}
