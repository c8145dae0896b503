using System.Xml;

namespace Baker.Sdk.Wire;

/// <summary>An XML element, stripped of namespaces and attributes.</summary>
internal sealed record Element(string Name, string Text, IReadOnlyList<Element> Children)
{
    /// <summary>No reply of AWS's is; the reading of a deeper one would run out of stack.</summary>
    private const int Deepest = 100;

    public Element? Child(string name)
    {
        foreach (var child in Children)
        {
            if (child.Name == name)
            {
                return child;
            }
        }

        return null;
    }

    /// <summary>Reads a document; the stream stays open.</summary>
    public static Element Read(Stream stream)
    {
        using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        reader.MoveToContent();
        return Read(reader);
    }

    private static Element Read(XmlReader reader)
    {
        if (reader.Depth > Deepest)
        {
            throw new XmlException("It is nested too deep.");
        }

        var name = reader.LocalName;
        if (reader.IsEmptyElement)
        {
            return new Element(name, "", []);
        }

        var text = "";
        List<Element>? children = null;
        while (reader.Read() && reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                (children ??= []).Add(Read(reader));
            }
            else if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace
                or XmlNodeType.SignificantWhitespace)
            {
                text += reader.Value;
            }
        }

        return new Element(name, children is null ? text : "", children ?? (IReadOnlyList<Element>)[]);
    }
}
