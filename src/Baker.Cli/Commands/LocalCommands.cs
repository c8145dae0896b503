using Baker.Cli.Local;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>local:serve</c>, <c>local:env</c>, <c>local:status</c> and <c>local:reset</c>: the local cloud of a project.</summary>
internal static class LocalCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("local:serve", command =>
        {
            command.Description = "Serve the local cloud on 127.0.0.1, for the AWS CLI, Packer, Terraform and SDKs.";
            var manifest = ManifestOptions.On(command);
            var port = command.Option("--port <PORT>", "The port (default 4571; 0 takes any free one).", CommandOptionType.SingleValue);
            var noExec = command.Option("--no-exec", "Run nothing on the instances.", CommandOptionType.NoValue);
            var open = command.Option(
                "--open",
                "Take any access key, from whoever reaches the port: every user of this machine.",
                CommandOptionType.NoValue);
            command.OnExecute(async () => (int)await LocalServe.RunAsync(
                session,
                manifest.Load(session),
                port.Value(),
                !noExec.HasValue(),
                open.HasValue()).ConfigureAwait(false));
        });
        app.Command("local:env", command =>
        {
            command.Description = "Print the exports with which programs reach the local:serve of this project, its keys among them.";
            var manifest = ManifestOptions.On(command);
            command.OnExecute(async () => (int)await LocalExports.RunAsync(session, manifest.Load(session)).ConfigureAwait(false));
        });
        app.Command("local:status", command =>
        {
            command.Description = "Show what the local cloud holds and what was asked of it.";
            var manifest = ManifestOptions.On(command);
            var json = command.Option("--json", "Print it as JSON.", CommandOptionType.NoValue);
            command.OnExecute(async () =>
                (int)await LocalStatus.RunAsync(session, manifest.Load(session), json.HasValue()).ConfigureAwait(false));
        });
        app.Command("local:reset", command =>
        {
            command.Description = "End every instance of the local cloud and remove all that it holds.";
            var manifest = ManifestOptions.On(command);
            var yes = command.Option("--yes", "Do it; without this, nothing is removed.", CommandOptionType.NoValue);
            var dryRun = command.Option(
                "--dry-run",
                "Only say what would be removed; exit 2 if there is anything.",
                CommandOptionType.NoValue);
            command.OnExecute(async () =>
                (int)await LocalReset.RunAsync(session, manifest.Load(session), yes.HasValue(), dryRun.HasValue()).ConfigureAwait(false));
        });
    }
}
