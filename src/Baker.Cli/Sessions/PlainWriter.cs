using System.Text;

namespace Baker.Cli.Sessions;

/// <summary>
/// Writes for people what came from a manifest, a cloud or an instance: a dot stands for whatever would steer the terminal, or show
/// a text in another order than it has.
/// </summary>
internal sealed class PlainWriter : TextWriter
{
    private const char Dot = '·';
    private readonly TextWriter _inner;

    public PlainWriter(TextWriter inner)
    {
        _inner = inner;
        CoreNewLine = ['\n'];
    }

    public override Encoding Encoding => _inner.Encoding;

    private static bool Steers(char letter) => letter switch
    {
        '\n' or '\t' => false,
        < ' ' or (>= '\u007F' and <= '\u009F') => true,
        '\u061C' or '\u200E' or '\u200F' or '\u2028' or '\u2029' => true,
        _ => letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'),
    };

    public override void Write(char value) => _inner.Write(Steers(value) ? Dot : value);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        var from = 0;
        for (var at = 0; at < buffer.Length; at++)
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
