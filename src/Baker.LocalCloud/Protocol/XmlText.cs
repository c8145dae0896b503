using System.Buffers;
using System.Globalization;
using System.Text;

namespace Baker.LocalCloud.Protocol;

/// <summary>
/// An XML document that grows as UTF-8, the way AWS writes them: no white space, and nothing that XML 1.0 cannot carry, such
/// as the escape sequences in a console's output.
/// </summary>
internal sealed class XmlText : IDisposable
{
    private const int FirstSize = 16 * 1024;
    private const int LongestNumber = 32;
    private const int LargestCharacter = 3;

    // What stands for something else, and what no document may have; \r would be read back as \n.
    private static readonly SearchValues<char> s_special = SearchValues.Create([.. "<>&\r", .. Enumerable.Range(0, 0x20).Select(code => (char)code).Where(c => c is not ('\t' or '\n' or '\r'))]);

    private readonly Stack<string> _open = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _length;

    private XmlText() => Put("<?xml version=\"1.0\" encoding=\"utf-8\"?>"u8);

    public static byte[] Document(Action<XmlText> write)
    {
        using var xml = new XmlText();
        write(xml);
        var document = GC.AllocateUninitializedArray<byte>(xml._length);
        xml._buffer.AsSpan(0, xml._length).CopyTo(document);
        return document;
    }

    public void WriteStartElement(string name, string? xmlNamespace = null)
    {
        _open.Push(name);
        Put("<"u8);
        Put(name);
        if (xmlNamespace is not null)
        {
            Put(" xmlns=\""u8);
            Put(xmlNamespace);
            Put("\""u8);
        }

        Put(">"u8);
    }

    public void WriteEndElement() => Close(_open.Pop());

    public void WriteElementString(string name, string text)
    {
        Open(name);
        Escape(text);
        Close(name);
    }

    public void WriteElement(string name, long value)
    {
        Open(name);
        value.TryFormat(Room(LongestNumber), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
        Close(name);
    }

    public void WriteElement(string name, DateTime value)
    {
        Open(name);
        value.ToUniversalTime().TryFormat(Room(LongestNumber), out var written, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        _length += written;
        Close(name);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Open(string name)
    {
        Put("<"u8);
        Put(name);
        Put(">"u8);
    }

    private void Close(string name)
    {
        Put("</"u8);
        Put(name);
        Put(">"u8);
    }

    private void Escape(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(s_special) is >= 0 and var at)
        {
            PutCharacters(text[..at]);
            Put(text[at] switch
            {
                '<' => "&lt;"u8,
                '>' => "&gt;"u8,
                '&' => "&amp;"u8,
                '\r' => "&#xD;"u8,
                _ => default,
            });
            text = text[(at + 1)..];
        }

        PutCharacters(text);
    }

    private void PutCharacters(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny('\uFFFE', '\uFFFF') is >= 0 and var at)
        {
            Put(text[..at]);
            text = text[(at + 1)..];
        }

        Put(text);
    }

    private void Put(ReadOnlySpan<char> text) => _length += Encoding.UTF8.GetBytes(text, Room(text.Length * LargestCharacter));

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Room(int size)
    {
        if (_buffer.Length - _length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + size));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
