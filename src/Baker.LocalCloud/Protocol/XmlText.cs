using System.Text;
using System.Xml;

namespace Baker.LocalCloud.Protocol;

/// <summary>Writes XML documents the way AWS does.</summary>
internal static class XmlText
{
    private static readonly XmlWriterSettings s_settings = new() { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };

    public static byte[] Document(Action<XmlWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, s_settings))
        {
            write(xml);
        }

        return bytes.ToArray();
    }

    /// <summary>Takes out what XML 1.0 cannot carry, such as the escape sequences in a console's output.</summary>
    public static string Clean(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!XmlConvert.IsXmlChar(text[i]) && !char.IsSurrogate(text[i]))
            {
                return string.Concat(text.Where(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c)));
            }
        }

        return text;
    }
}
