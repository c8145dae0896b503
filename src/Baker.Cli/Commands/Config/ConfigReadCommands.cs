using System.Globalization;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Configuration;
using Baker.Cloud.Environments;
using Baker.Core;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands.Config;

/// <summary><c>config:list</c> and <c>config:history</c>.</summary>
internal static class ConfigReadCommands
{
    private const string ForAll = "(all)";

    public static void List(CommandLineApplication command, Session session)
    {
        command.Description = "List the variables of groups' nodes, and those for all groups.";
        var groups = command.Argument("group", "The groups; all where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var show = Show(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "config:list", async fleet =>
        {
            var named = fleet.Project.Groups([.. groups.Values.OfType<string>()]);
            var regions = named.Select(group => group.Region).ToHashSet();
            var rows = new List<(ConfigTarget Target, ConfigValue Value)>();
            foreach (var target in ConfigTarget.Of(fleet, group: null)
                .Where(target => regions.Contains(target.Region))
                .Concat(named.Select(group => ConfigTarget.OfGroup(fleet, group))))
            {
                rows.AddRange((await target.Store.ReadAsync(target.Place, show.HasValue(), session.Stop).ConfigureAwait(false))
                    .Select(value => (target, value)));
            }

            var datastores = named.Any(group => !group.Uses.IsEmpty) ? await fleet.DatastoresAsync(named).ConfigureAwait(false) : [];
            rows.AddRange(named.SelectMany(group => OfDatastores(fleet, group, datastores)));
            session.Terminal.Out.WriteLine(json.HasValue()
                ? new JArray(rows.Select(row => Described(row.Target, row.Value))).ToString(Formatting.Indented)
                : TextTable.Of(
                    ["GROUP", "NAME", "VALUE", "VERSION", "CHANGED"],
                    rows.Select(row =>
                        new[] { Group(row.Target), row.Value.Variable, Shown(row.Value), Version(row.Value), Time(row.Value) }),
                    session.Terminal.Columns));
            foreach (var state in datastores.Where(state => state.Found.Problem is not null || state.IsStale))
            {
                session.Terminal.Error.WriteLine($"{state.Name}: {state.Words}"
                    + (state.IsStale ? $"; {fleet.Cloud.Suggested.Package("config:push")} carries it" : ""));
            }

            return ExitCode.Done;
        }));
    }

    public static void History(CommandLineApplication command, Session session)
    {
        command.Description = "List who changed which variable when.";
        var arguments = command.Argument("group", "The group, then the variables (all, if there are none).", multipleValues: true);
        var options = FleetOptions.On(command);
        var forAll = ConfigTarget.ForAllOption(command);
        var show = Show(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "config:history", async fleet =>
        {
            var (group, names) = ConfigTarget.Split(arguments, forAll);
            var rows = new List<(ConfigTarget Target, ConfigValue Value)>();
            foreach (var target in ConfigTarget.Of(fleet, group))
            {
                foreach (var name in names.Count > 0
                    ? names
                    : [.. (await target.Store.ReadAsync(target.Place, withSecrets: false, session.Stop).ConfigureAwait(false))
                        .Select(value => value.Variable)])
                {
                    rows.AddRange((await target.Store.HistoryAsync(target.Place, name, show.HasValue(), session.Stop).ConfigureAwait(false))
                        .Select(value => (target, value)));
                }
            }

            rows = [.. rows.OrderByDescending(row => row.Value.Changed).ThenBy(row => row.Value.Variable, StringComparer.Ordinal)];
            session.Terminal.Out.WriteLine(json.HasValue()
                ? new JArray(rows.Select(row => Described(row.Target, row.Value))).ToString(Formatting.Indented)
                : TextTable.Of(
                    ["CHANGED", "NAME", "VERSION", "VALUE", "BY"],
                    rows.Select(row => row.Value).Select(value =>
                        new[] { Time(value), value.Variable, Version(value), Shown(value), value.By ?? "-" }),
                    session.Terminal.Columns));
            return ExitCode.Done;
        }));
    }

    /// <summary>The variables that a group's nodes are given of datastores.</summary>
    private static IEnumerable<(ConfigTarget Target, ConfigValue Value)> OfDatastores(
        FleetSession fleet,
        NodeGroup group,
        IReadOnlyCollection<DatastoreState> datastores) =>
        datastores.Where(state => state.Region == group.Region && group.Uses.Contains(state.Name)).SelectMany(state =>
            (state.Given?.Variables(state.Name) ?? []).Select(variable => (
                ConfigTarget.OfGroup(fleet, group),
                state.Parameter! with { Variable = variable.Key, Value = variable.Value })));

    private static CommandOption Show(CommandLineApplication command) =>
        command.Option("--show", "Show what secrets hold.", CommandOptionType.NoValue);

    private static string Group(ConfigTarget target) => target.Place.Group?.ToString() ?? ForAll;

    private static string Shown(ConfigValue value) => value.Value is { } text ? text.ReplaceLineEndings("\\n") : Masks.Mask;

    private static string Version(ConfigValue value) => value.Version.ToString(CultureInfo.InvariantCulture);

    private static string Time(ConfigValue value) =>
        value.Changed.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JObject Described(ConfigTarget target, ConfigValue value) => new()
    {
        ["group"] = target.Place.Group?.ToString(),
        ["region"] = target.Region,
        ["name"] = value.Variable,
        ["secret"] = value.IsSecret,
        ["value"] = value.Value,
        ["version"] = value.Version,
        ["changed"] = value.Changed.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["by"] = value.By,
    };
}
