using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Planning;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>freeze</c>: keeps an environment as it is until somebody lifts it.</summary>
internal static class FreezeCommand
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("freeze", command =>
    {
        command.Description = "Freeze an environment, lift that, or show it: freeze on|off|status.";
        command.ExtendedHelpText = """

            Commands that change the environment's fleets, nodes or configuration are refused
            (exit code 3) while it is frozen, and say who froze it, when and why. They go on
            with --override "REASON". Where the manifest has no environments, all that is in none is meant.
            """;
        var verb = command.Argument("on|off|status", "What is to be done.");
        var options = FleetOptions.On(command);
        var why = command.Option("--why <REASON>", "With on: why, which whoever is refused is told.", CommandOptionType.SingleValue);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() =>
        {
            var word = verb.Value;
            if (word is not ("on" or "off" or "status"))
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    word is null ? "On, off or status?" : $"There is no freeze {word}.",
                    "Say freeze on --why \"REASON\", freeze off or freeze status.");
            }

            if (why.HasValue() && word != "on")
            {
                throw new BakerException(ExitCode.BadInput, $"--why has no meaning with freeze {word}.", "Leave it out.");
            }

            var reason = FleetArguments.Reason(why);
            return FleetSession.UseAsync(session, options, $"freeze {word}", fleet => word == "status"
                ? StatusAsync(session, fleet, json.HasValue())
                : ChangeAsync(session, fleet, word == "on", reason, dryRun.HasValue(), json.HasValue()));
        });
    });

    private static List<FleetContext> Regions(FleetSession fleet) =>
        [.. fleet.Regions.Select(region => fleet.Context(fleet.Gone.Of(default, region)))];

    private static async Task<ExitCode> ChangeAsync(
        Session session,
        FleetSession fleet,
        bool freezes,
        string? why,
        bool isDryRun,
        bool isJson)
    {
        var what = FleetGate.NameOf(fleet);
        using var change = fleet.Change($"freeze-{(freezes ? "on" : "off")}", isDryRun, isJson);
        var regions = Regions(fleet);
        await change.ApplyAsync(new FreezeOperation(regions, what, freezes, why)).ConfigureAwait(false);
        var now = change.Count == 0 && freezes ? await new FreezeStore(regions[0]).ReadAsync(session.Stop).ConfigureAwait(false) : null;
        return change.End(
            ExitCode.Done,
            now is not null ? $"{what} is {now.Words}; it stays so."
                : change.Count == 0 && !freezes ? $"{what} is not frozen."
                : freezes ? $"{what} is frozen until {fleet.Cloud.Suggested.Package("freeze off")}"
                : $"{what} is not frozen any more.",
            new JObject { ["environment"] = fleet.Project.Environment?.Name.ToString(), ["frozen"] = freezes });
    }

    private static async Task<ExitCode> StatusAsync(Session session, FleetSession fleet, bool isJson)
    {
        var found = new List<(string Region, FreezeRecord? Record)>();
        foreach (var context in Regions(fleet))
        {
            found.Add((context.Clients.Region, await new FreezeStore(context).ReadAsync(session.Stop).ConfigureAwait(false)));
        }

        var now = session.Time.GetUtcNow();
        var windowed = fleet.Project.Groups([]).Where(group => !group.DeployWindows.IsEmpty).ToList();
        if (isJson)
        {
            var frozen = found.Find(each => each.Record is not null).Record;
            session.Terminal.Out.WriteLine(new JObject
            {
                ["environment"] = fleet.Project.Environment?.Name.ToString(),
                ["frozen"] = frozen is not null,
                ["owner"] = frozen?.Owner,
                ["since"] = frozen?.Since,
                ["why"] = frozen?.Why,
                ["regions"] = new JArray(found.Where(each => each.Record is not null).Select(each => each.Region)),
                ["windows"] = new JArray(windowed.Select(group => new JObject
                {
                    ["group"] = group.Name.ToString(),
                    ["windows"] = new JArray(group.DeployWindows.Select(window => window.Text)),
                    ["open"] = FleetGate.Closed(group, now) is null,
                    ["opens"] = TimeText.Of(group.DeployWindows.Min(window => window.Opens(now))),
                })),
            }.Indented());
            return ExitCode.Done;
        }

        foreach (var record in found.Select(each => each.Record).Distinct())
        {
            var where = found.TrueForAll(each => each.Record == record) ? ""
                : $" in {string.Join(", ", found.Where(each => each.Record == record).Select(each => each.Region))}";
            session.Terminal.Out.WriteLine($"{FleetGate.NameOf(fleet)} is {record?.Words ?? "not frozen"}{where}");
        }

        foreach (var group in windowed)
        {
            session.Terminal.Out.WriteLine(FleetGate.Closed(group, now)
                ?? $"{group.Name} is within its deploy window ({string.Join("; ", group.DeployWindows.Select(window => window.Text))}).");
        }

        return ExitCode.Done;
    }
}
