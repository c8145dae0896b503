using System.Collections;
using System.Runtime.InteropServices;
using Baker.Cli.Manual;
using Baker.Cli.Mistakes;
using Baker.Cli.Sessions;
using Baker.Cli.Watching;
using Baker.Cloud;
using Baker.Core;
using Baker.LocalCloud.Sandboxes;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli;

/// <summary>The front door: signals, the table of commands, and the one place where errors become exit codes.</summary>
internal static class Program
{
    /// <summary>One that comes sooner, in milliseconds, is the same one: a terminal and a wrapper may both send it.</summary>
    private const long SecondInterrupt = 1000;

    // In a method of its own: the runtime opens what a method names before it runs it.
    private static int Main(string[] arguments) => Descriptors.AreTooFew() ? Descriptors.Refuse() : Start(arguments);

    private static int Start(string[] arguments)
    {
        try
        {
            Descriptors.Fill();
            return arguments is [['s', 'a', 'n', 'd', 'b', 'o', 'x', ':', ..], ..] ? EnterSandbox(arguments) : (int)RunProcess(arguments);
        }
#pragma warning disable CA1031 // no thread can be had, or the folder that it was started in is gone
        catch (Exception failure)
        {
            return (int)Report(Terminal.OfProcess(), failure, new Masks(), arguments);
        }
#pragma warning restore CA1031
    }

    // The local cloud starts the program this way in an instance's namespaces.
    private static int EnterSandbox(string[] arguments) => SandboxEntry.Run(arguments);

    private static ExitCode RunProcess(string[] arguments)
    {
        WarmUp.StartFor(arguments);
        using var asked = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        var first = 0L;
        void OnSignal(PosixSignalContext context)
        {
            // A second Ctrl-C or SIGTERM is let through: it ends what cannot be stopped, such as the reading of a pipe.
            context.Cancel = context.Signal == PosixSignal.SIGHUP
                || !stop.IsCancellationRequested
                || Environment.TickCount64 - first < SecondInterrupt;
            first = stop.IsCancellationRequested ? first : Environment.TickCount64;
            asked.Cancel();
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        var session = new Session(
            Terminal.OfProcess(),
            Directory.GetCurrentDirectory(),
            new(static () => EnvironmentOfProcess()),
            TimeProvider.System,
            stop.Token)
        {
            Asked = asked.Token,
        };
        return Run(session, arguments);
    }

    /// <summary>Runs one invocation; what the tests call.</summary>
    internal static Task<ExitCode> RunAsync(Session session, string[] arguments) => Task.FromResult(Run(session, arguments));

    // Neither asynchronous nor written with LINQ: that would be compiled anew at every start (10 ms).
    private static Dictionary<string, string> EnvironmentOfProcess()
    {
        var variables = new Dictionary<string, string>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }

    private static ExitCode Run(Session session, string[] arguments)
    {
        try
        {
            var code = WatchOption.IsIn(ref arguments, out var every)
                ? new WatchLoop(session, arguments, every, Dispatch).RunAsync().GetAwaiter().GetResult()
                : Dispatch(session, arguments);
            session.Terminal.Out.Flush();
            return code;
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            Finish(session);
            session.Terminal.Error.WriteLine(Tint.Warning, "package: interrupted");
            Tell(session.Terminal, arguments, ErrorLine.Interrupted);
            return ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // the last line of defence: what nobody can explain is a bug
        catch (Exception failure)
        {
            Finish(session);
            return Report(session.Terminal, failure, session.Masks, arguments);
        }
#pragma warning restore CA1031
        finally
        {
            session.Log.Dispose();
        }
    }

    private static ExitCode Report(Terminal terminal, Exception failure, Masks masks, string[] arguments)
    {
        var output = terminal.Error;
        if (CloudFailure.Explain(failure) is not { } error)
        {
            output.WriteLine(masks.In($"package: this is a bug in Baker; please report it with what follows.\n{failure}"));
            Tell(terminal, arguments, () => masks.In(ErrorLine.Bug(failure)));
            return ExitCode.Bug;
        }

        output.WriteLine(Tint.Bad, masks.In($"package: {error.Message}"));
        if (error.Remedy is not null)
        {
            output.WriteLine(masks.In($"  {error.Remedy}"));
        }

        Tell(terminal, arguments, () => masks.In(ErrorLine.Line(error)));
        return error.Code;
    }

    // For a program that asked for JSON. Where it reads no more, the exit code tells it.
    private static void Tell(Terminal terminal, string[] arguments, Func<string> line)
    {
        if (ErrorLine.IsWanted(arguments))
        {
            try
            {
                terminal.Out.WriteLine(line());
                terminal.Out.Flush();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Said on standard error.
            }
        }
    }

    // What was said before the failure; where it cannot be written either, the failure is what counts.
    private static void Finish(Session session)
    {
        try
        {
            session.Terminal.Out.Flush();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Told already, or about to be.
        }
    }

    private static ExitCode Dispatch(Session session, string[] arguments)
    {
        var console = new TerminalConsole(session.Terminal, arguments);
        using var app = new CommandLineApplication(
            new CommandHelp(session.Terminal.Width),
            console,
            session.WorkingFolder,
            throwOnUnexpectedArg: true)
        {
            Name = "package",
            Description = "Chef roles, Packer templates, machine images and fleets from one nodes.json.",
        };
        app.HelpOption("-?|-h|--help", inherited: true);
        app.VersionOption("--version", () => typeof(Program).Assembly.GetName().Version?.ToString(3) ?? "unknown");
        app.OnExecute(() =>
        {
            app.ShowHelp();
            return (int)ExitCode.BadInput;
        });
        foreach (var register in CommandTable.For(arguments))
        {
            register(app, session);
        }

        WatchOption.OfferOn(app);
        RunLog.OfferOn(app);

        try
        {
            // What Execute of the library does, without its validators: they make attributes by reflection, which a native program cannot.
            var command = app.Parse(arguments).SelectedCommand;
            session.Log.Begin(session, command);
            var code = command.IsShowingInformation ? ExitCode.Done : (ExitCode)command.Invoke();
            console.Show();
            return code;
        }
        catch (CommandParsingException error)
        {
            throw Mistake.Explain(error, app, arguments);
        }
    }
}
