namespace Baker.Cli.Sessions;

/// <summary>Columns of text, each as wide as its widest cell.</summary>
internal static class TextTable
{
    public static string Of(string[] head, IEnumerable<string[]> rows)
    {
        var all = rows.Prepend(head).ToList();
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        return string.Join(
            '\n',
            all.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }
}
