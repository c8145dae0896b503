using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Discovery;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>service:decommission</c>: tells the others that a service goes, before it does.</summary>
internal static class ServiceDecommissionCommand
{
    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Withdraw a service from the catalogue, and remove what dead nodes left there.";
        var asked = command.Argument("service", "The service.");
        var nodes = command.Option("--node <ID>", "Only on this instance; may be given several times.", CommandOptionType.MultipleValue);
        var options = FleetOptions.On(command);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "service:decommission", async fleet =>
        {
            var name = FleetArguments.Required(asked);
            var only = nodes.Values.OfType<string>().ToHashSet(StringComparer.Ordinal);
            using var change = fleet.Change("service-decommission", dryRun.HasValue(), json.HasValue());
            var view = await ServiceView.ReadAsync(session, fleet, name).ConfigureAwait(false);
            var service = view.Require(name);
            if (only.FirstOrDefault(node => view.Announced.All(each => each.Entry.Instance != node)) is { } unknown)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{Quoting.Quote(unknown)} has not announced {service}.",
                    $"{fleet.Cloud.Suggested.Package($"service:show {service}")} shows the instances that have.");
            }

            var chosen = view.Entries.Where(each => only.Count == 0 || only.Contains(each.Announced.Entry.Instance)).ToList();
            if (Warning(view, service, [.. chosen.Select(each => each.Announced)]) is { } warning)
            {
                change.Say(warning);
            }

            await change.ApplyAsync(new ServiceWithdrawal(service, chosen)).ConfigureAwait(false);
            return change.End(
                ExitCode.Done,
                view.Entries.IsEmpty ? $"No node has announced {service}."
                    : change.Count == 0 ? $"{service} is withdrawn already."
                    : chosen.Count < view.Entries.Length ? Rest(service, chosen.ConvertAll(each => each.Announced.Entry.Instance), view)
                    : Next(view, service),
                new JObject { ["service"] = name });
        }));
    }

    /// <summary>Who would be left without the service; null where nobody would.</summary>
    private static string? Warning(ServiceView view, ServiceName service, List<AnnouncedService> chosen) =>
        chosen.Exists(ServicePreflight.Serves) && !view.Announced.Except(chosen).Any(ServicePreflight.Serves)
            ? ServicePreflight.Words(view.Graph, service)
            : null;

    private static string Rest(ServiceName service, List<string> gone, ServiceView view) =>
        $"{string.Join(", ", gone)} {(gone.Count == 1 ? "has" : "have")} {service} no more; {view.Entries.Length - gone.Count} of "
            + $"{view.Entries.Length} announced instances stay.";

    private static string Next(ServiceView view, ServiceName service)
    {
        var providers = view.Graph.ProvidersOf(service).Select(group => group.Name).ToList();
        return providers.Count == 0
            ? $"{service} is withdrawn; no group provides it any more."
            : $"{service} is withdrawn. {string.Join(", ", providers)} still {(providers.Count == 1 ? "provides" : "provide")} it in the "
                + $"manifest: nodes that announce it again serve again (instance:run {providers[0]} -- baker-node notify).";
    }
}
