using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Sessions;

/// <summary>The terminal as the command-line library wants it. Its own console prepares encodings and colours that no command needs,
/// which takes several milliseconds at every start.</summary>
internal sealed class TerminalConsole(Terminal terminal, string[] arguments) : IConsole
{
    // Signals are the program's own; the library is never told of one.
    public event ConsoleCancelEventHandler? CancelKeyPress
    {
        add { }
        remove { }
    }

    /// <summary>Help, held until <see cref="Show"/>: the library also writes hints of its own beside its errors, which nobody is to
    /// see.</summary>
    public TextWriter Out { get; } = new StringWriter { NewLine = "\n" };

    public TextWriter Error => terminal.Error;

    public TextReader In => TextReader.Null;

    public bool IsInputRedirected => true;

    public bool IsOutputRedirected => !terminal.IsInteractive;

    public bool IsErrorRedirected => !terminal.IsInteractive;

    public ConsoleColor ForegroundColor { get; set; }

    public ConsoleColor BackgroundColor { get; set; }

    public void ResetColor()
    {
    }

    /// <summary>Prints what was held: data where it was asked for, else a message.</summary>
    public void Show()
    {
        var help = ((StringWriter)Out).GetStringBuilder();
        var isData = arguments is [] || arguments.Any(argument => argument is "--help" or "-h" or "-?" or "--version");
        (isData ? terminal.Out : terminal.Error).Write(help.ToString());
        help.Clear();
    }
}
