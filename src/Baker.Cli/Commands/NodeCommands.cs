using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>node:list</c> and <c>node:show</c>: what the manifest says, after the merge.</summary>
internal static class NodeCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("node:list", command =>
        {
            command.Description = "List the groups of the manifest.";
            var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
            var manifest = ManifestOptions.On(command);
            command.OnExecute(() => NodeListing.List(session, manifest.Load(session), json.HasValue()));
        });
        app.Command("node:show", command =>
        {
            command.Description = "Show one group with all that it inherits.";
            var group = command.Argument("group", "The group to show.");
            var explain = command.Option(
                "--explain",
                "For each value, the layer and the line that it comes from.",
                CommandOptionType.NoValue);
            var json = command.Option("--json", "Print JSON (as without it).", CommandOptionType.NoValue);
            var manifest = ManifestOptions.On(command);
            command.OnExecute(() =>
            {
                var name = FleetArguments.Required(group);
                if (explain.HasValue() && json.HasValue())
                {
                    throw new BakerException(
                        ExitCode.BadInput,
                        "--explain is for people, and --json for programs.",
                        "Leave one of them out.");
                }

                var project = manifest.Load(session);
                var merged = project.Merged(name);
                if (explain.HasValue())
                {
                    GroupExplanation.Print(session.Terminal.Out, merged, project.Manifest.Source);
                }
                else
                {
                    session.Terminal.Out.Write(Baker.Core.Artifacts.GroupText.Of(merged));
                }

                return (int)ExitCode.Done;
            });
        });
    }
}
