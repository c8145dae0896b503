using System.Text;

namespace Baker.Cli.Sessions;

/// <summary>Makes whole lines of what comes in pieces.</summary>
internal sealed class PartLine
{
    private readonly StringBuilder _part = new();

    /// <summary>The lines that the piece ends.</summary>
    public IEnumerable<string> Add(string text)
    {
        _part.Append(text);
        var all = _part.ToString();
        var end = all.LastIndexOf('\n');
        if (end < 0)
        {
            return [];
        }

        _part.Clear().Append(all, end + 1, all.Length - end - 1);
        return all[..end].Split('\n').Select(line => line.TrimEnd('\r'));
    }

    /// <summary>What has come since the last line ended.</summary>
    public string End()
    {
        var rest = _part.ToString();
        _part.Clear();
        return rest;
    }
}
