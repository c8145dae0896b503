namespace Baker.Cli.Sessions;

/// <summary>
/// What is said, and below it what is under way: on a terminal rows that are redrawn in place; elsewhere a line for each where nothing
/// has been said for a while. A run has one, whatever works in it.
/// </summary>
internal sealed class LiveDisplay(Terminal terminal, TimeProvider time)
{
    /// <summary>More rows than that are shown in a line each.</summary>
    private const int MostInFull = 3;

    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, ILiveRow> _rows = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private List<string> _drawn = [];

    /// <summary>Shows a row until it is taken away; a row of the same key goes.</summary>
    public void Show(string key, ILiveRow row)
    {
        lock (_gate)
        {
            _rows[key] = row;
            _timer ??= time.CreateTimer(_ => OnTime(), null, Period, Period);
        }
    }

    public void Remove(string key)
    {
        lock (_gate)
        {
            if (_rows.Remove(key) && _rows.Count == 0)
            {
                Erase();
                _timer?.Dispose();
                _timer = null;
            }
        }
    }

    /// <summary>Prints a line above the rows.</summary>
    public void Say(string line) => Write(line + "\n");

    /// <summary>Prints text above the rows; on a terminal it is whole lines.</summary>
    public void Write(string text)
    {
        lock (_gate)
        {
            Erase();
            terminal.Error.Write(text);
            if (terminal.IsInteractive)
            {
                Draw();
            }
            else
            {
                _timer?.Change(Period, Period);
            }
        }
    }

    private TimeSpan Period => terminal.IsInteractive ? s_redraw : s_silence;

    private void OnTime()
    {
        lock (_gate)
        {
            if (terminal.IsInteractive)
            {
                Erase();
                Draw();
                return;
            }

            foreach (var row in _rows.Values)
            {
                terminal.Error.WriteLine($"  still {row.Brief}");
            }
        }
    }

    private void Erase()
    {
        terminal.Drawing.Write(ToTheTopOf(_drawn, terminal.Width));
        _drawn = [];
    }

    private void Draw()
    {
        if (_rows.Count == 0)
        {
            return;
        }

        var lines = _rows.Count > MostInFull
            ? [.. _rows.Values.Select(row => row.Brief)]
            : _rows.Values.SelectMany(row => row.Full(terminal.Width - 1)).ToList();
        var room = Math.Max(4, terminal.Height - 3);
        if (lines.Count > room)
        {
            lines = [.. lines.Take(room - 1), $"and {lines.Count - room + 1} more"];
        }

        _drawn = [.. lines.Select(line => Cut(line, terminal.Width - 1))];
        terminal.Screen.Write(string.Concat(_drawn.Select(line => line + "\n")));
    }

    /// <summary>
    /// What brings the cursor to where these lines begin, and clears all from there: a window that is narrower by now has broken them.
    /// </summary>
    internal static string ToTheTopOf(IReadOnlyCollection<string> lines, int width) =>
        lines.Count == 0 ? "" : $"\r\u001b[{lines.Sum(line => Rows(line, width))}A\u001b[J";

    /// <summary>How many rows a line takes.</summary>
    internal static int Rows(string line, int width) => Math.Max(1, (line.Length + width - 1) / width);

    /// <summary>A line in so many columns.</summary>
    internal static string Cut(string line, int width) =>
        line.Length <= width ? line : line[..Math.Max(0, width - 1)] + "…";
}
