using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary>The commands on services, and the one of them that needs no cloud: who needs whom.</summary>
internal static class ServiceCommands
{
    private static readonly string[] s_formats = ["text", "dot", "json"];

    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("service:graph", command => Graph(command, session));
        app.Command("service:list", command => ServiceLookCommands.List(command, session));
        app.Command("service:show", command => ServiceLookCommands.Show(command, session));
        app.Command("service:watch", command => ServiceWatchCommand.Set(command, session));
        app.Command("service:drift", command => ServiceDriftCommand.Set(command, session));
        app.Command("service:decommission", command => ServiceDecommissionCommand.Set(command, session));
    }

    private static void Graph(CommandLineApplication command, Session session)
    {
        command.Description = "Show which groups provide services, and which need them.";
        var format = command.Option(
            "--format",
            "text (default), dot for Graphviz, or json.",
            CommandOptionType.SingleValue).Taking(s_formats);
        var json = command.Option("--json", "Print JSON: the same as --format json.", CommandOptionType.NoValue);
        var manifest = ManifestOptions.On(command);
        command.OnExecute(() =>
        {
            var asked = format.Chosen(s_formats);
            if (json.HasValue())
            {
                asked = format.HasValue() && asked != "json"
                    ? throw new BakerException(
                        ExitCode.BadInput,
                        $"--json and --format {asked} are two forms of one thing.",
                        "Leave one of them out.")
                    : "json";
            }

            var project = manifest.Load(session);
            var graph = new ServiceGraph(project.Groups([]).Select(ServiceGroup.Of));
            if (asked == "text" && graph.Groups.IsEmpty)
            {
                session.Terminal.Error.WriteLine($"No group of {project.Manifest.Source.Name} provides or needs a service.");
                return (int)ExitCode.Done;
            }

            session.Terminal.Out.Write(asked switch
            {
                "json" => ServiceGraphText.Json(graph, project.Environment?.Name).Indented() + "\n",
                "dot" => ServiceGraphText.Dot(graph),
                _ => ServiceGraphText.Text(graph),
            });
            return (int)ExitCode.Done;
        });
    }
}
