using Baker.Cli.Fleets;
using Baker.Cli.Local;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary>
/// <c>local:serve</c>, <c>local:env</c>, <c>local:status</c>, <c>local:image</c> and <c>local:reset</c>: a project's local cloud.
/// </summary>
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
            var json = command.Option("--json", "Print them as JSON.", CommandOptionType.NoValue);
            command.OnExecute(async () =>
                (int)await LocalExports.RunAsync(session, manifest.Load(session), json.HasValue()).ConfigureAwait(false));
        });
        app.Command("local:status", command =>
        {
            command.Description = "Show what the local cloud holds and what was asked of it.";
            var manifest = ManifestOptions.On(command);
            var json = command.Option("--json", "Print it as JSON.", CommandOptionType.NoValue);
            command.OnExecute(async () =>
                (int)await LocalStatus.RunAsync(session, manifest.Load(session), json.HasValue()).ConfigureAwait(false));
        });
        app.Command("local:image", command =>
        {
            command.Description = "Give base images a root file system of their own; without one they are this host.";
            command.Command("add", add =>
            {
                add.Description = "Let instances of a base image begin with the files of a tarball.";
                var manifest = ManifestOptions.On(add);
                var image = add.Argument("image", "The image's id, as local:image list shows it.");
                var tarball = add.Argument("tarball", "A root file system: .tar, or compressed with gzip, xz or zstd.");
                var suite = add.Option(
                    "--debootstrap <SUITE>",
                    "Install this suite of Debian or Ubuntu instead (as root).",
                    CommandOptionType.SingleValue);
                add.OnExecute(async () => (int)await LocalImages.AddAsync(
                    session,
                    manifest.Load(session),
                    FleetArguments.Required(image),
                    tarball.Value,
                    suite.Value()).ConfigureAwait(false));
            });
            command.Command("list", list =>
            {
                list.Description = "Show the base images that the groups start from, and what each is here.";
                var manifest = ManifestOptions.On(list);
                var json = list.Option("--json", "Print it as JSON.", CommandOptionType.NoValue);
                list.OnExecute(() => (int)LocalImages.List(session, manifest.Load(session), json.HasValue()));
            });
            command.Command("remove", remove =>
            {
                remove.Description = "Let a base image be this host again.";
                var manifest = ManifestOptions.On(remove);
                var image = remove.Argument("image", "The image's id.");
                remove.OnExecute(async () => (int)await LocalImages.RemoveAsync(
                    session,
                    manifest.Load(session),
                    FleetArguments.Required(image)).ConfigureAwait(false));
            });
            command.OnExecute(() =>
            {
                command.ShowHelp();
                return (int)ExitCode.BadInput;
            });
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
            var json = command.Option("--json", "Print what was removed as JSON.", CommandOptionType.NoValue);
            command.OnExecute(async () => (int)await LocalReset.RunAsync(
                session,
                manifest.Load(session),
                yes.HasValue(),
                dryRun.HasValue(),
                json.HasValue()).ConfigureAwait(false));
        });
    }
}
