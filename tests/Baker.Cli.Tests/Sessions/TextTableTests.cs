using Baker.Cli.Sessions;

namespace Baker.Cli.Tests.Sessions;

public sealed class TextTableTests
{
    private static readonly string[] s_head = ["ID", "NAME", "ZONE", "STATE"];

    private static readonly string[][] s_rows =
    [
        ["i-0123456789abcdef0", "www-production-blue", "us-east-1a", "not healthy in www-production: Target.ResponseCodeMismatch"],
        ["i-1", "b", "us-east-1b", "healthy"],
    ];

    [Test]
    public void Of_RoomForAll_WrapsNothing()
    {
        var lines = TextTable.Of(s_head, s_rows, columns: 200, less: [2]).Split('\n');

        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[1], Does.EndWith("us-east-1a  not healthy in www-production: Target.ResponseCodeMismatch"));
        Assert.That(TextTable.Of(s_head, s_rows), Is.EqualTo(string.Join('\n', lines)));
    }

    [TestCase(80)]
    [TestCase(60)]
    [TestCase(45)]
    public void Of_LessRoom_LosesTheLesserColumnAndNoWordOfTheOthers(int columns)
    {
        var text = TextTable.Of(s_head, s_rows, columns, less: [2]);

        Assert.That(text.Split('\n').Select(line => line.Length), Is.All.LessThanOrEqualTo(columns));
        Assert.That(text, Does.Contain("i-0123456789abcdef0  ").And.Not.Contain("ZONE").And.Not.Contain("us-east"));
        Assert.That(string.Concat(text.Where(char.IsLetter)), Has.Length.EqualTo(string.Concat(s_head.Concat(s_rows.SelectMany(row => row)).Where((_, at) => at % 4 != 2)).Count(char.IsLetter)));
    }

    [Test]
    public void Of_LessRoom_KeepsIdsWhole() => Assert.That(
        TextTable.Of(["GROUP", "IMAGE", "WHY"], [["web", "ami-08d458092258f3839 twice", "because of this and of that"]], columns: 44),
        Does.Contain("ami-08d458092258f3839  "));

    [Test]
    public void Lines_Numbers_StandBelowEachOtherFromTheRight() => Assert.That(
        TextTable.Lines(["A", "MIN"], [["a", "1"], ["b", "1000"]], right: [1]),
        Is.EqualTo(new[] { "A   MIN", "a     1", "b  1000" }));
}
