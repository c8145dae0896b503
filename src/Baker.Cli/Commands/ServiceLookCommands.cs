using System.Globalization;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Discovery;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>service:list</c> and <c>service:show</c>: what the catalogue has, and how it is.</summary>
internal static class ServiceLookCommands
{
    private const string NotAnnounced = "not announced";

    private static readonly string[] s_head = ["SERVICE", "GROUP", "INSTANCE", "ADDRESS", "ZONE", "VERSION", "SINCE", "STATE"];

    /// <summary>The version, the zone and since when: where a terminal is too narrow for all.</summary>
    private static readonly int[] s_less = [5, 4, 6];

    public static void List(CommandLineApplication command, Session session)
    {
        command.Description = "List the services that nodes have announced, and how each is.";
        var asked = command.Argument("service", "The services; all where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "service:list", async fleet =>
        {
            var names = asked.Values.OfType<string>().Distinct().ToList();
            var view = await ServiceView.ReadAsync(session, fleet, names is [var one] ? one : null).ConfigureAwait(false);
            names.ForEach(name => view.Require(name));
            if (view.TooMany is { } tooMany)
            {
                session.Terminal.Error.WriteLine(tooMany);
            }

            bool IsAsked(ServiceName service) => names.Count == 0 || names.Contains(service);
            var rows = view.Announced.Where(each => IsAsked(each.Entry.Service)).ToList();
            var silent = Silent(view).Where(each => IsAsked(each.Service)).ToList();
            session.Terminal.Out.WriteLine(json.HasValue()
                ? new JArray(rows.Select(Described).Concat(silent.Select(each => Described(each.Group, each.Service)))).Indented()
                : TextTable.Of(
                    s_head,
                    [.. rows.Select(Row), .. silent.Select(each => Row(each.Group, each.Service))],
                    session.Terminal.Columns,
                    s_less));
            return ExitCode.Done;
        }));
    }

    public static void Show(CommandLineApplication command, Session session)
    {
        command.Description = "Show a service: who provides it, who needs it, where it is.";
        var asked = command.Argument("service", "The service.");
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "service:show", async fleet =>
        {
            var name = FleetArguments.Required(asked);
            var view = await ServiceView.ReadAsync(session, fleet, name).ConfigureAwait(false);
            var (service, graph, announced) = (view.Require(name), view.Graph, view.Announced.ToList());
            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(new JObject
                {
                    ["service"] = name,
                    ["provided_by"] = new JArray(graph.ProvidersOf(service).Select(group => group.Name.ToString())),
                    ["needed_by"] = new JArray(graph.NeedersOf(service).Select(each => new JObject
                    {
                        ["group"] = each.Group.Name.ToString(),
                        ["optional"] = each.Need.IsOptional,
                    })),
                    ["entries"] = new JArray(announced.Select(Described)),
                }.Indented());
                return ExitCode.Done;
            }

            var output = session.Terminal.Out;
            var needers = graph.NeedersOf(service).Select(each => each.Group.Name + (each.Need.IsOptional ? " (optional)" : ""));
            output.WriteLine($"provided by  {Names(graph.ProvidersOf(service).Select(group => group.Name.ToString()))}");
            output.WriteLine($"needed by    {Names(needers)}");
            output.WriteLine();
            output.WriteLine(announced.Count == 0 ? "No node has announced it."
                : TextTable.Of(s_head, announced.Select(Row), session.Terminal.Columns, s_less));
            return ExitCode.Done;
        }));
    }

    /// <summary>The services that groups provide and none of their nodes has announced.</summary>
    private static IEnumerable<(ServiceGroup Group, ServiceName Service)> Silent(ServiceView view) => view.Graph.Groups
        .SelectMany(group => group.Provides.Select(service => (Group: group, Service: service.Name)))
        .Where(each => !view.Announced.Any(other => other.Entry.Group == each.Group.Name && other.Entry.Service == each.Service));

    private static string[] Row(AnnouncedService each) =>
    [
        each.Entry.Service,
        each.Entry.Group,
        each.Entry.Instance,
        Address(each.Entry),
        Or(each.Entry.Zone),
        Or(each.Entry.Version),
        each.Entry.Since.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        each.Health.Text,
    ];

    private static string[] Row(ServiceGroup group, ServiceName service) =>
        [service, group.Name, "-", "-", "-", "-", "-", NotAnnounced];

    internal static JObject Described(AnnouncedService each)
    {
        var json = each.Entry.ToJson();
        json["region"] = each.Region;
        json["announced"] = json["state"];
        json["state"] = each.Health.Word;
        json["reason"] = each.Health.Reason;
        return json;
    }

    private static JObject Described(ServiceGroup group, ServiceName service) => new()
    {
        ["service"] = service.ToString(),
        ["group"] = group.Name.ToString(),
        ["region"] = group.Region,
        ["state"] = NotAnnounced,
    };

    internal static string Address(ServiceEntry entry)
    {
        var host = entry.Address.Contains(':') ? $"[{entry.Address}]" : entry.Address;
        return entry.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{host}:{port}") : host;
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } all ? all : "no group";

    private static string Or(string text) => text.Length == 0 ? "-" : text;
}
