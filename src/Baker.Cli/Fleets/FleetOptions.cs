using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Fleets;

/// <summary>The options that every command on fleets has.</summary>
internal sealed record FleetOptions(ManifestOptions Manifest, CloudChoice Cloud)
{
    public static FleetOptions On(CommandLineApplication command) => new(ManifestOptions.On(command), CloudChoice.On(command));

    public static CommandOption Key(CommandLineApplication command) =>
        command.Option(
            "--key <PATH>",
            "Over SSH: your private key (default: the group's ssh_private_key_file).",
            CommandOptionType.SingleValue);

    /// <summary>The group with the key that the option names, where it names one.</summary>
    public static NodeGroup With(CommandOption key, Session session, NodeGroup group) => key.Value() is { } path
        ? group with { Ssh = group.Ssh with { PrivateKeyFile = Path.Combine(session.WorkingFolder, path), UsesAgent = false } }
        : group;

    public static CommandOption DryRun(CommandLineApplication command) =>
        command.Option("--dry-run", "Print the steps and change nothing; exit 2 if there are any.", CommandOptionType.NoValue);

    public static CommandOption Override(CommandLineApplication command) =>
        command.Option(
            "--override <REASON>",
            "Go on although the environment is frozen or a deploy window is closed; the record keeps the reason.",
            CommandOptionType.SingleValue);

    public static CommandOption Json(CommandLineApplication command) =>
        command.Option("--json", "Print the steps and the result as JSON, an object a line as it happens.", CommandOptionType.NoValue);

    public static CommandOption Wait(CommandLineApplication command) =>
        command.Option("--wait <TIME>", "How long the group may take to become healthy (default 15m).", CommandOptionType.SingleValue);

    public static CommandOption BreakLock(CommandLineApplication command) =>
        command.Option(
            "--break-lock",
            "Take the group's lock from whoever has it. Only when that run is known to be dead.",
            CommandOptionType.NoValue);
}
