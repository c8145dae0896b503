using System.Text;

namespace Baker.Cloud.Communicators;

/// <summary>The end of an output, for the report of a failure.</summary>
/// <param name="kept">How many characters of it are kept at least.</param>
internal sealed class OutputTail(int kept = 32_000)
{
    private readonly StringBuilder _text = new();

    public void Add(string text)
    {
        _text.Append(text);
        if (_text.Length > 2 * kept)
        {
            _text.Remove(0, _text.Length - kept);
        }
    }

    public IEnumerable<string> LastLines(int count) => ToString().Split('\n').TakeLast(count);

    public override string ToString() => _text.ToString().TrimEnd();
}
