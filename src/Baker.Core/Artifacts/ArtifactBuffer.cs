using System.Text;

namespace Baker.Core.Artifacts;

/// <summary>The UTF-8 bytes of an artefact as they are written; reused from artefact to artefact.</summary>
public sealed class ArtifactBuffer
{
    private byte[] _bytes = new byte[4096];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void Append(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
    }

    public void Append(byte value)
    {
        Reserve(1);
        _bytes[_length++] = value;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
    }

    /// <summary>A line feed and the indent of that level.</summary>
    public void BreakLine(int level)
    {
        var indent = level * 4;
        Reserve(indent + 1);
        _bytes[_length] = (byte)'\n';
        _length++;
        for (var end = _length + indent; _length < end; _length++)
        {
            _bytes[_length] = (byte)' '; // not Span.Fill, which is compiled anew at every start
        }
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }
    }
}
