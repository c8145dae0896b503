using System.Buffers;
using System.Globalization;
using System.Text;

namespace Baker.LocalCloud.Protocol;

/// <summary>
/// An XML document that grows as UTF-8, the way AWS writes them: no white space, and nothing that XML 1.0 cannot carry, such
/// as the escape sequences in a console's output. Names are ASCII.
/// </summary>
internal sealed class XmlText
{
    private const int FirstPiece = 4 * 1024;
    private const int LargestPiece = 256 * 1024;
    private const int LongestValue = 32;
    private const int LargestCharacter = 3;

    // Angle brackets and the slash of an element with an end.
    private const int Marks = 5;

    // What stands for something else, and what no document may have; \r would be read back as \n.
    private static readonly SearchValues<char> s_special =
        SearchValues.Create([.. "<>&", .. Enumerable.Range(0, 0x20).Select(code => (char)code).Where(c => c is not ('\t' or '\n'))]);

    private readonly Stack<string> _open = new();
    private readonly ReplyBytes _written = Protocol.ReplyBytes.OfPieces();
    private byte[] _piece = ArrayPool<byte>.Shared.Rent(FirstPiece);
    private int _length;

    private XmlText() => Put("<?xml version=\"1.0\" encoding=\"utf-8\"?>"u8);

    public static byte[] Document(Action<XmlText> write)
    {
        using var document = ReplyBytes(write);
        return document.ToArray();
    }

    public static ReplyBytes ReplyBytes(Action<XmlText> write)
    {
        var xml = new XmlText();
        write(xml);
        xml._written.AddRented(xml._piece, xml._length);
        return xml._written;
    }

    public void WriteStartElement(string name)
    {
        _open.Push(name);
        Open(name);
    }

    public void WriteStartElement(string name, string xmlNamespace)
    {
        if (xmlNamespace.Length == 0)
        {
            WriteStartElement(name);
            return;
        }

        _open.Push(name);
        Put("<"u8);
        Put(name);
        Put(" xmlns=\""u8);
        Put(xmlNamespace);
        Put("\">"u8);
    }

    public void WriteEndElement() => Close(_open.Pop());

    public void WriteElementString(string name, string text)
    {
        if (text.AsSpan().IndexOfAny(s_special) >= 0 || !TryWriteAscii(name, text))
        {
            Open(name);
            Escape(text);
            Close(name);
        }
    }

    public void WriteElement(string name, long value)
    {
        Open(name);
        value.TryFormat(Room(LongestValue), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
        Close(name);
    }

    /// <summary>Writes a time in milliseconds; what is finer is cut off.</summary>
    public void WriteElement(string name, DateTime value)
    {
        const int AfterMilliseconds = 23;
        Open(name);
        var room = Room(LongestValue);
        value.ToUniversalTime().TryFormat(room, out _, "O", CultureInfo.InvariantCulture);
        room[AfterMilliseconds] = (byte)'Z';
        _length += AfterMilliseconds + 1;
        Close(name);
    }

    // Most of what there is: both tags and the text at once.
    private bool TryWriteAscii(string name, string text)
    {
        var room = Room((2 * name.Length) + text.Length + Marks);
        room[0] = (byte)'<';
        Ascii.FromUtf16(name, room[1..], out var ofName);
        room[1 + ofName] = (byte)'>';
        if (Ascii.FromUtf16(text, room[(2 + ofName)..], out var ofText) != OperationStatus.Done)
        {
            return false;
        }

        var end = room[(2 + ofName + ofText)..];
        end[0] = (byte)'<';
        end[1] = (byte)'/';
        room.Slice(1, ofName).CopyTo(end[2..]);
        end[2 + ofName] = (byte)'>';
        _length += (2 * ofName) + ofText + Marks;
        return true;
    }

    private void Open(string name)
    {
        var room = Room(name.Length + Marks);
        room[0] = (byte)'<';
        Ascii.FromUtf16(name, room[1..], out var written);
        room[1 + written] = (byte)'>';
        _length += written + 2;
    }

    private void Close(string name)
    {
        var room = Room(name.Length + Marks);
        room[0] = (byte)'<';
        room[1] = (byte)'/';
        Ascii.FromUtf16(name, room[2..], out var written);
        room[2 + written] = (byte)'>';
        _length += written + 3;
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

    private void Put(ReadOnlySpan<char> text)
    {
        var room = Room(text.Length * LargestCharacter); // may begin a piece, and with it the length anew
        _length += Encoding.UTF8.GetBytes(text, room);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Room(int size)
    {
        if (_piece.Length - _length < size)
        {
            _written.AddRented(_piece, _length);
            _piece = ArrayPool<byte>.Shared.Rent(Math.Max(size, Math.Min(2 * _piece.Length, LargestPiece)));
            _length = 0;
        }

        return _piece.AsSpan(_length);
    }
}
