using System.Text;

namespace Baker.Cli.Sessions;

/// <summary>The one owner of the console: data to <see cref="Out"/>, as it is unless a person reads it; progress and messages to
/// <see cref="Error"/>, without what would steer a terminal.</summary>
#pragma warning disable RS0030 // this type is the place that owns System.Console
internal sealed class Terminal
{
    /// <summary>More characters than a terminal holds of what nobody has read yet.</summary>
    private const int MostTyped = 8192;

    private TextWriter? _screen;

    public required TextWriter Out { get; set; }

    public required TextWriter Error { get; set; }

    /// <summary>What is drawn over soon: on <see cref="Error"/>, and in no copy of it.</summary>
    public TextWriter Screen => _screen ?? Error;

    /// <summary>Where the escapes go that draw progress on <see cref="Error"/> in place.</summary>
    public TextWriter Drawing { get; init; } = TextWriter.Null;

    /// <summary>Where the escapes go that draw data on <see cref="Out"/> in place; null where that is no terminal.</summary>
    public TextWriter? Redrawing { get; init; }

    /// <summary>Where a person's answers are read; null where nobody is there to answer.</summary>
    public TextReader? Answers { get; init; }

    /// <summary>Throws away what was typed before a question was there to be answered.</summary>
    public Action ForgetTyped { get; init; } = () => { };

    /// <summary>What is piped in; null where standard input is a terminal.</summary>
    public Func<TextReader>? Piped { get; init; }

    /// <summary>Asks a person for something that is not shown as it is typed; null where nobody is there to answer.</summary>
    public Func<string, string?>? AskSecret { get; init; }

    /// <summary>Whether progress may be redrawn in place: standard error is a terminal and <c>TERM</c> is not dumb.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether a person reads messages as they come.</summary>
    public bool HasReader { get; init; }

    /// <summary>Whether it has a window, whose size is asked each time: people make it larger and smaller.</summary>
    private bool HasWindow { get; init; }

    public int Width
    {
        get => HasWindow ? SizeOfWindow(() => Console.WindowWidth, field) : field;
        init;
    } = 80;

    /// <summary>How wide tables on <see cref="Out"/> may be: as they are where no terminal shows them.</summary>
    public int Columns
    {
        get => HasWindow && field != int.MaxValue ? SizeOfWindow(() => Console.WindowWidth, field) : field;
        init;
    } = int.MaxValue;

    public int Height
    {
        get => HasWindow ? SizeOfWindow(() => Console.WindowHeight, field) : field;
        init;
    } = 24;

    public static Terminal OfProcess()
    {
        var interactive = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        var utf8 = new UTF8Encoding(false);
        var data = new StreamWriter(Console.OpenStandardOutput(), utf8, 16384) { AutoFlush = false, NewLine = "\n" };
        var error = new StreamWriter(new MessageStream(Console.OpenStandardError()), utf8, 1024) { AutoFlush = true, NewLine = "\n" };
        return new Terminal
        {
            Out = !Console.IsOutputRedirected ? new PlainWriter(data, HasColour(isTerminal: true))
                : HasColour(isTerminal: false) ? new PlainWriter(data, hasColour: true, isRead: false)
                : data,
            Error = new PlainWriter(error, HasColour(!Console.IsErrorRedirected)),
            Drawing = error,
            Redrawing = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "dumb" ? null : data,
            Answers = interactive && !Console.IsInputRedirected ? Console.In : null,
            Piped = Console.IsInputRedirected ? () => Console.In : null,
            ForgetTyped = interactive && !Console.IsInputRedirected ? ForgetKeys : () => { },
            AskSecret = interactive && !Console.IsInputRedirected ? question => ReadUnseen(error, question) : null,
            IsInteractive = interactive,
            HasReader = interactive,
            HasWindow = interactive || !Console.IsOutputRedirected,
            Columns = Console.IsOutputRedirected ? int.MaxValue : 80,
        };
    }

    /// <summary>Tells all that is printed from now on.</summary>
    public void CopyTo(Action<string> copy)
    {
        _screen ??= Error;
        (Out, Error) = (new CopyWriter(Out, copy), new CopyWriter(Error, copy));
    }

    /// <summary>One of the same size that keeps what is printed.</summary>
    public Terminal Kept(TextWriter output, TextWriter error) =>
        new() { Out = output, Error = error, HasReader = HasReader, Width = Width, Columns = Columns, Height = Height };

    private static bool HasColour(bool isTerminal) => Colours.AreWanted(isTerminal, Environment.GetEnvironmentVariable);

    private static void ForgetKeys()
    {
        // A terminal that is gone has always something to read: its end.
        for (var left = MostTyped; left > 0 && Console.KeyAvailable; left--)
        {
            Console.ReadKey(intercept: true);
        }
    }

    private static string? ReadUnseen(TextWriter error, string question)
    {
        error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (key.KeyChar != '\0')
            {
                typed.Append(key.KeyChar);
            }
        }

        error.WriteLine();
        return typed.ToString();
    }

    private static int SizeOfWindow(Func<int> read, int otherwise)
    {
        try
        {
            return read() is > 0 and var size ? size : otherwise;
        }
        catch (IOException)
        {
            return otherwise;
        }
    }
}
