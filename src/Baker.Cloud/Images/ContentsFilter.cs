using System.Text;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images;

/// <summary>Takes the line that lists an instance's packages out of its output, however that comes in pieces.</summary>
/// <param name="show">Gets everything else.</param>
internal sealed class ContentsFilter(Action<string> show)
{
    private readonly StringBuilder _held = new();
    private bool _isLineStart = true;
    private bool _isListing;

    /// <summary>The packages, once they were told; null where they were not.</summary>
    public PackageListing? Found { get; private set; }

    public void Add(string text)
    {
        var shown = new StringBuilder();
        foreach (var letter in text)
        {
            if (_isListing)
            {
                Hold(letter);
            }
            else if (_isLineStart && Expected(letter))
            {
                _held.Append(letter);
                _isListing = _held.Length == PackageListing.Mark.Length;
                if (_isListing)
                {
                    _held.Clear();
                }
            }
            else
            {
                shown.Append(_held).Append(letter);
                _held.Clear();
                _isLineStart = letter == '\n';
            }
        }

        if (shown.Length > 0)
        {
            show(shown.ToString());
        }
    }

    /// <summary>At the end of the output: what looked like the beginning of the line, and was none.</summary>
    public void End()
    {
        if (_isListing)
        {
            Hold('\n');
        }
        else if (_held.Length > 0)
        {
            show(_held.ToString());
            _held.Clear();
        }
    }

    private bool Expected(char letter) => _held.Length < PackageListing.Mark.Length && PackageListing.Mark[_held.Length] == letter;

    private void Hold(char letter)
    {
        if (letter != '\n')
        {
            _held.Append(letter);
            return;
        }

        Found = PackageListing.Parse(_held.ToString()) ?? Found;
        _held.Clear();
        (_isListing, _isLineStart) = (false, true);
    }
}
