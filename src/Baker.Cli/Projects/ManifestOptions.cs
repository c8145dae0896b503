using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Projects;

/// <summary>The options that say which manifest a command reads, and how strictly.</summary>
internal sealed record ManifestOptions(CommandOption Manifest, CommandOption Strict)
{
    public static ManifestOptions On(CommandLineApplication command) => new(
        command.Option(
            "--manifest <PATH>",
            "The manifest to read (default: nodes.json here); its folder is the project's folder.",
            CommandOptionType.SingleValue),
        command.Option("--strict", "Take the manifest's warnings for errors.", CommandOptionType.NoValue));

    public string FolderOf(Session session) => ManifestLoading.FolderOf(session, Manifest.Value());

    public NodeProject Load(Session session) => ManifestLoading.Load(session, Manifest.Value(), Strict.HasValue());
}
