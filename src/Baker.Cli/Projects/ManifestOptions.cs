using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Projects;

/// <summary>The options that say which manifest a command reads, in which of its environments, and how strictly.</summary>
internal sealed record ManifestOptions(CommandOption Manifest, CommandOption Environment, CommandOption Strict)
{
    /// <summary>The variable that chooses the environment where no option does.</summary>
    private const string Variable = "BAKER_ENVIRONMENT";

    public static ManifestOptions On(CommandLineApplication command) => new(
        command.Option(
            "--manifest <PATH>",
            "The manifest to read (default: nodes.json here or in a folder above); its folder is the project's folder.",
            CommandOptionType.SingleValue),
        command.Option(
            "-e|--environment <NAME>",
            "The environment (default: BAKER_ENVIRONMENT, else what __settings__ says).",
            CommandOptionType.SingleValue),
        command.Option("--strict", "Take the manifest's warnings for errors.", CommandOptionType.NoValue));

    public string FolderOf(Session session) => ManifestLoading.FolderOf(session, Manifest.Value());

    public NodeProject Load(Session session, string? environment = null) => ManifestLoading
        .Load(session, Manifest.Value(), Strict.HasValue())
        .Choose(environment ?? Environment.Value(), session.Environment.Value.GetValueOrDefault(Variable));

    /// <summary>The same, where a manifest that has environments must be read in one of them.</summary>
    /// <exception cref="BakerException">The argument names one environment, and the option another.</exception>
    public NodeProject LoadInEnvironment(Session session, string? environment = null)
    {
        if (environment is not null && Environment.Value() is { } other && other != environment)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The command is to work on {environment}, and --environment says {other}.",
                "Leave one of the two out.");
        }

        var project = Load(session, environment);
        project.RequireEnvironment();
        return project;
    }
}
