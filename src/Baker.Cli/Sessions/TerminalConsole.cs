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

    // What the library writes is data only when it was asked for; else it is a hint beside an error.
    public TextWriter Out { get; } = arguments is [] || arguments.Any(argument => argument is "--help" or "-h" or "-?" or "--version")
        ? terminal.Out
        : terminal.Error;

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
}
