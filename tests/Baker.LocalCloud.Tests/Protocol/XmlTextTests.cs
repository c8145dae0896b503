using System.Text;
using System.Xml.Linq;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Tests.Protocol;

public sealed class XmlTextTests
{
    [TestCase("plain", "plain")]
    [TestCase("", "")]
    [TestCase("<a> & \"b\" 'c'", "<a> & \"b\" 'c'")]
    [TestCase("ü € 😀", "ü € 😀")]
    [TestCase(" two\nlines\r\nand\ttabs ", " two\nlines\r\nand\ttabs ")]
    [TestCase("\u001b[31mred\u001b[0m\0\uFFFE\uFFFF", "[31mred[0m")]
    public void Text_WrittenAndRead_IsTheSame_WithoutWhatXmlCannotCarry(string text, string expected) =>
        Assert.That(Read(xml => xml.WriteElementString("a", text)).Value, Is.EqualTo(expected));

    // An attribute cannot hold such a text.
    [Test]
    public void Text_WithHalfAPair_HasASubstitute() =>
        Assert.That(Read(xml => xml.WriteElementString("a", "half " + (char)0xD83D + " of a pair")).Value, Is.EqualTo("half \uFFFD of a pair"));

    [Test]
    public void Document_LargerThanItsFirstBuffer_IsWhole()
    {
        var root = Read(xml =>
        {
            xml.WriteStartElement("root", "http://example.com/");
            for (var i = 0; i < 10_000; i++)
            {
                xml.WriteStartElement("item");
                xml.WriteElement("number", (long)i);
                xml.WriteElementString("text", new string('é', i % 100));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        });

        XNamespace space = "http://example.com/";
        Assert.That(root.Elements().Select(each => ((int)each.Element(space + "number")!, each.Element(space + "text")!.Value)), Is.EqualTo(Enumerable.Range(0, 10_000).Select(i => (i, new string('é', i % 100)))));
    }

    [Test]
    public void Values_AreWrittenAsAwsDoes()
    {
        var root = Read(xml =>
        {
            xml.WriteStartElement("root");
            xml.WriteElement("least", long.MinValue);
            xml.WriteElement("time", new DateTime(2026, 3, 4, 5, 6, 7, 8, DateTimeKind.Utc));
            xml.WriteEndElement();
        });

        Assert.That(root.Elements().Select(each => each.Value), Is.EqualTo(new[] { "-9223372036854775808", "2026-03-04T05:06:07.008Z" }));
    }

    private static XElement Read(Action<XmlText> write) => XDocument.Parse(Encoding.UTF8.GetString(XmlText.Document(write)), LoadOptions.PreserveWhitespace).Root!;
}
