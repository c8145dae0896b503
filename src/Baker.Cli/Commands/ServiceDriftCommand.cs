using Baker.Cli.Baking;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Discovery;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>service:drift</c>: where the manifest, the cookbooks and the catalogue are apart.</summary>
internal static class ServiceDriftCommand
{
    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Show where manifest, cookbooks and catalogue differ on services; exit 2 if they do.";
        var asked = command.Argument("group", "The groups; all where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "service:drift", async fleet =>
        {
            var named = asked.Values.OfType<string>().ToList();
            var all = fleet.Project.Groups([]);
            var groups = fleet.Project.Groups(named);
            var view = await ServiceView.ReadAsync(session, fleet, asked: null).ConfigureAwait(false);
            var running = (await fleet.NodesAsync(named).ConfigureAwait(false))
                .FindAll(node => node.State == "running" && node.DrainedBy is null);
            var cookbooks = new ProjectCookbooks(fleet.Project);
            var drifts = groups.SelectMany(group => ServiceDrifts.InManifest(group, cookbooks.HasRecipe))
                .Concat(ServiceDrifts.InCatalog(
                    all,
                    [.. view.Announced.Select(each => (each.Entry, each.Health))],
                    running.ConvertAll(node => (node.Group, node.Id)),
                    session.Time.GetUtcNow())
                    .Where(each => named.Count == 0 || named.Contains(each.Group) || IsNeeded(each)))
                .ToList();
            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(new JArray(drifts.Select(Described)).Indented());
            }
            else
            {
                drifts.ForEach(each => session.Terminal.Out.WriteLine(each.Text));
                if (drifts.Count == 0)
                {
                    session.Terminal.Error.WriteLine("Manifest, cookbooks and catalogue agree.");
                }
            }

            return drifts.Count > 0 ? ExitCode.Changes : ExitCode.Done;

            // What is gone is the matter of those who need it, too.
            bool IsNeeded(ServiceDrift drift) =>
                drift.Kind == "withdrawn" && groups.Any(group => group.Needs.Any(need => need.Name == drift.Service));
        }));
    }

    private static JObject Described(ServiceDrift drift) => new()
    {
        ["kind"] = drift.Kind,
        ["group"] = drift.Group.ToString(),
        ["service"] = drift.Service,
        ["instance"] = drift.Instance,
        ["text"] = drift.Text,
    };
}
