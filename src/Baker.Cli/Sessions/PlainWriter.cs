using System.Text;

namespace Baker.Cli.Sessions;

/// <summary>
/// Writes for people what came from a manifest, a cloud or an instance: a dot stands for whatever would steer the terminal, or show
/// a text in another order than it has.
/// </summary>
internal sealed class PlainWriter : TextWriter
{
    private const char Dot = '·';
    private const string Uncoloured = "\u001b[0m";
    private readonly TextWriter _inner;
    private readonly bool _isRead;

    /// <param name="isRead">Whether a person reads it on a terminal; a file has every character.</param>
    public PlainWriter(TextWriter inner, bool hasColour = false, bool isRead = true)
    {
        (_inner, HasColour, _isRead) = (inner, hasColour, isRead);
        CoreNewLine = ['\n'];
    }

    public bool HasColour { get; }

    public override Encoding Encoding => _inner.Encoding;

    private static bool Steers(char letter) => letter switch
    {
        '\n' or '\t' => false,
        < ' ' or (>= '\u007F' and <= '\u009F') => true,
        '\u061C' or '\u200E' or '\u200F' or '\u2028' or '\u2029' => true,
        _ => letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'),
    };

    public override void Write(char value) => _inner.Write(_isRead && Steers(value) ? Dot : value);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        var from = 0;
        for (var at = 0; _isRead && at < buffer.Length; at++)
        {
            if (Steers(buffer[at]))
            {
                _inner.Write(buffer[from..at]);
                from = at + 1;
                if (buffer[at..] is not ['\r', '\n', ..])
                {
                    _inner.Write(Dot);
                }
            }
        }

        _inner.Write(buffer[from..]);
    }

    // In one piece, because others write too.
    public override void WriteLine(string? value) => Write(value + "\n");

    /// <param name="colour">The escape that begins it.</param>
    public void WriteColoured(string colour, string line)
    {
        using var held = new StringWriter();
        using (var plain = new PlainWriter(held, isRead: _isRead))
        {
            plain.Write(line);
        }

        _inner.Write($"{colour}{held}{Uncoloured}\n");
    }

    public override void Flush() => _inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
