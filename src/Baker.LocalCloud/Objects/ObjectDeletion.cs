using System.Xml;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Objects;

/// <summary>Reads what <c>DeleteObjects</c> is to delete: <c>Delete/Object/Key</c>, a thousand at most, as in S3.</summary>
internal static class ObjectDeletion
{
    private const int MostKeys = 1000;
    private const int Deepest = 3;
    private const int Largest = 8 * 1024 * 1024;

    private static readonly XmlReaderSettings s_settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        MaxCharactersInDocument = Largest,
    };

    /// <exception cref="CloudException">The body is no such list.</exception>
    public static List<string> Keys(byte[] body)
    {
        var keys = new List<string>();
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body), s_settings);
            reader.Read();
            while (!reader.EOF)
            {
                if (reader.Depth > Deepest)
                {
                    throw new XmlException("It is nested too deep.");
                }

                if (reader is { NodeType: XmlNodeType.Element, LocalName: "VersionId" })
                {
                    if (reader.ReadElementContentAsString() is { Length: > 0 } version && version != "null")
                    {
                        throw new CloudException("NotImplemented", "The local cloud keeps one version of an object alone.", 501);
                    }
                }
                else if (reader is not { NodeType: XmlNodeType.Element, LocalName: "Key" })
                {
                    reader.Read();
                }
                else if (keys.Count == MostKeys)
                {
                    throw new XmlException($"It has more than {MostKeys} keys.");
                }
                else
                {
                    keys.Add(reader.ReadElementContentAsString());
                }
            }
        }
        catch (XmlException error)
        {
            throw new CloudException("MalformedXML", $"The XML you provided was not well-formed or did not validate. {error.Message}");
        }

        return keys;
    }
}
