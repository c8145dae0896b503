using Baker.Cli.Installing;
using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>self:install</c>: the program as a command of this machine.</summary>
internal static class SelfCommands
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("self:install", command =>
    {
        command.Description = "Build the native program from this clone and install it.";
        var prefix = command.Option(
            "--prefix <DIR>",
            "Where to: DIR/bin/package, what it needs in DIR/libexec/package, its manual in DIR/share (default: ~/.local).",
            CommandOptionType.SingleValue);
        var readyToRun = command.Option(
            "--ready-to-run",
            "Install the program that needs the .NET runtime, as where no C linker is at hand.",
            CommandOptionType.NoValue);
        var dryRun = command.Option("--dry-run", "Only say what would be done; exit 2.", CommandOptionType.NoValue);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(async () =>
            (int)await new InstallCommand(session, AppContext.BaseDirectory).RunAsync(
                prefix.Value(),
                readyToRun.HasValue(),
                dryRun.HasValue(),
                json.HasValue()).ConfigureAwait(false));
    });
}
