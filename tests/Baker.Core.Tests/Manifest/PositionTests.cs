using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Tests.Manifest;

internal sealed class PositionTests
{
    [TestCase("")]
    [TestCase("\uFEFF")]
    public void PositionOf_AnyOffset_IsWhereAnEditorShowsIt(string mark)
    {
        // Longer than a block, with characters of one to four bytes on both sides of every border.
        var text = mark + string.Concat(Enumerable.Range(0, 700).Select(number => $"a{number}é€🚀" + (number % 97 == 0 ? "\n" : "")));
        var source = new SourceText("t", Encoding.UTF8.GetBytes(text));
        var (line, column, offset) = (1, 1, mark.Length == 0 ? 0 : 3);
        foreach (var rune in text[mark.Length..].EnumerateRunes())
        {
            Assert.That(source.PositionOf(offset), Is.EqualTo(new Position(line, column)));
            offset += rune.Utf8SequenceLength;
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + rune.Utf16SequenceLength);
        }

        Assert.That(source.PositionOf(offset), Is.EqualTo(new Position(line, column)));
    }
}
