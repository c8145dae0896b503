using System.Text;

namespace Baker.Cli.Sessions;

/// <summary>Writes, and tells what it has written.</summary>
internal sealed class CopyWriter : TextWriter
{
    private readonly TextWriter _inner;
    private readonly Action<string> _copy;

    public CopyWriter(TextWriter inner, Action<string> copy)
    {
        (_inner, _copy) = (inner, copy);
        CoreNewLine = ['\n'];
    }

    public override Encoding Encoding => _inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void Write(string? value)
    {
        _inner.Write(value);
        _copy(value ?? "");
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => _inner.Flush();
}
