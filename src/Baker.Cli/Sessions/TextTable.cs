using Baker.Core.Manifest;

namespace Baker.Cli.Sessions;

/// <summary>Columns of text, each as wide as its widest cell; where there is no room for that, cells are wrapped.</summary>
internal static class TextTable
{
    /// <summary>A column that is narrower cannot be read.</summary>
    private const int Narrowest = 6;
    private const string Gap = "  ";

    /// <param name="columns">How wide the terminal is; all there are is taken where nothing is said.</param>
    /// <param name="less">The columns that go first where there is no room for all, the least important first.</param>
    /// <param name="right">The columns whose cells are numbers, below each other from the right.</param>
    public static string Of(
        string[] head,
        IEnumerable<string[]> rows,
        int columns = int.MaxValue,
        int[]? less = null,
        int[]? right = null) =>
        string.Join('\n', Lines(head, rows, columns, less, right));

    /// <summary>The head and each row as they are printed, those of wrapped cells with line breaks.</summary>
    public static List<string> Lines(
        string[] head,
        IEnumerable<string[]> rows,
        int columns = int.MaxValue,
        int[]? less = null,
        int[]? right = null)
    {
        var all = rows.Prepend(head).ToList();
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        var shown = Enumerable.Range(0, head.Length).ToList();
        foreach (var column in less ?? [])
        {
            if (Width(widths, shown) > columns)
            {
                shown.Remove(column);
            }
        }

        if (Width(widths, shown) > columns)
        {
            var least = Array.ConvertAll(head, text => Math.Max(Narrowest, text.Length));
            Narrow(widths, shown, [.. least.Select((width, column) => Math.Max(width, all.Max(row => LongestId(row[column]))))], columns);
            Narrow(widths, shown, least, columns); // there is no room for whole ids
        }

        return all.ConvertAll(row => Row(row, widths, shown, right ?? []));
    }

    private static int Width(int[] widths, List<int> shown) => shown.Sum(column => widths[column]) + (Gap.Length * (shown.Count - 1));

    /// <summary>How long the longest id of AWS in a cell is, which is to be copied whole.</summary>
    private static int LongestId(string cell) => cell.Split(' ', ',')
        .Where(word => word.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash && Shapes.IsId(word, word[..(dash + 1)]))
        .Select(word => word.Length)
        .DefaultIfEmpty()
        .Max();

    /// <summary>Takes from the widest column until all have room; the first one names the row, and stays whole.</summary>
    /// <param name="least">What each column keeps.</param>
    private static void Narrow(int[] widths, List<int> shown, int[] least, int columns)
    {
        for (var width = Width(widths, shown); width > columns; width--)
        {
            var widest = -1;
            foreach (var column in shown.Skip(1))
            {
                if (widths[column] > least[column] && (widest < 0 || widths[column] > widths[widest]))
                {
                    widest = column;
                }
            }

            if (widest < 0)
            {
                return;
            }

            widths[widest]--;
        }
    }

    private static string Row(string[] row, int[] widths, List<int> shown, int[] right)
    {
        var cells = shown.ConvertAll(column => Wrap(row[column], widths[column]));
        return string.Join('\n', Enumerable.Range(0, cells.Max(cell => cell.Count)).Select(line => string.Join(
            Gap,
            shown.Select((column, index) =>
            {
                var text = line < cells[index].Count ? cells[index][line] : "";
                return right.Contains(column) ? text.PadLeft(widths[column]) : text.PadRight(widths[column]);
            })).TrimEnd()));
    }

    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        while (text.Length > width)
        {
            var at = text.LastIndexOf(' ', width);
            var end = at > 0 ? at : text.LastIndexOfAny(['-', ',', '/', '.', ':'], width - 1) + 1;
            end = end > 0 ? end : width;
            lines.Add(text[..end].TrimEnd());
            text = text[end..].TrimStart(' ');
        }

        lines.Add(text);
        return lines;
    }
}
