using System.Text;

namespace Baker.Cloud.Images;

/// <summary>The end of an output, for the report of a failure.</summary>
internal sealed class OutputTail
{
    private const int Kept = 32_000;

    private readonly StringBuilder _text = new();

    public void Add(string text)
    {
        _text.Append(text);
        if (_text.Length > 2 * Kept)
        {
            _text.Remove(0, _text.Length - Kept);
        }
    }

    public IEnumerable<string> LastLines(int count) => _text.ToString().TrimEnd().Split('\n').TakeLast(count);
}
