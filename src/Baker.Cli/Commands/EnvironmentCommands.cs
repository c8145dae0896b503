using System.Globalization;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>environment:list</c>: the environments of the manifest.</summary>
internal static class EnvironmentCommands
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("environment:list", command =>
    {
        command.Description = "List the environments of the manifest.";
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        var manifest = ManifestOptions.On(command);
        command.OnExecute(() => List(session, manifest.Load(session), json.HasValue()));
    });

    private static int List(Session session, NodeProject project, bool json)
    {
        project.CheckAll();
        var environments = project.Manifest.Environments;
        if (json)
        {
            session.Terminal.Out.WriteLine(new JArray(environments.Select(environment => new JObject
            {
                ["name"] = environment.Name.ToString(),
                ["description"] = environment.Description,
                ["chosen"] = environment == project.Environment,
                ["groups"] = new JArray(project.Manifest.In(environment).Groups.Select(group => group.Name.ToString())),
            })).Indented());
            return (int)ExitCode.Done;
        }

        if (environments.Count == 0)
        {
            session.Terminal.Error.WriteLine($"{project.Manifest.Source.Name} has no environment.");
            return (int)ExitCode.Done;
        }

        session.Terminal.Out.WriteLine(TextTable.Of(
            ["ENVIRONMENT", "GROUPS", "DESCRIPTION"],
            environments.Select(environment => new[]
            {
                environment.Name.ToString(),
                project.Manifest.In(environment).Groups.Count.ToString(CultureInfo.InvariantCulture),
                environment.Description.ReplaceLineEndings(" "),
            }),
            session.Terminal.Columns,
            right: [1]));
        return (int)ExitCode.Done;
    }
}
