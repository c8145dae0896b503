using System.Collections.Immutable;
using System.Globalization;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>change:list</c> and <c>change:show</c>: the records of changes.</summary>
internal static class ChangeCommands
{
    /// <summary>As many as a person reads.</summary>
    private const int MostPackages = 10;

    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("change:list", command => List(command, session));
        app.Command("change:show", command => Show(command, session));
    }

    private static void List(CommandLineApplication command, Session session)
    {
        command.Description = "List the changes of fleets, nodes and environments, the newest first.";
        var groups = command.Argument("group", "Those of these groups; all where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "change:list", async fleet =>
        {
            var named = groups.Values.OfType<string>().ToList();
            var wanted = named.Count == 0 ? [] : fleet.Project.Groups(named).Select(group => group.Name.ToString()).ToHashSet();
            var records = (await ReadAsync(session, fleet).ConfigureAwait(false))
                .FindAll(record => wanted.Count == 0 || record.Subject.Split(", ").Any(wanted.Contains));
            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(new JArray(records.Select(record => record.ToJson())).Indented());
                return ExitCode.Done;
            }

            if (records.Count == 0)
            {
                session.Terminal.Error.WriteLine("No change is recorded.");
                return ExitCode.Done;
            }

            session.Terminal.Out.WriteLine(TextTable.Of(
                ["ID", "COMMAND", "RESULT", "TOOK", "BY", "SUBJECT"],
                records.Select(record => new[]
                {
                    record.Id,
                    record.Command,
                    record.Result,
                    DurationText.Of(record.Ended - record.Began),
                    record.Owner,
                    record.Subject + (record.Override is null ? "" : "  (overridden)"),
                }),
                session.Terminal.Columns));

            return ExitCode.Done;
        }));
    }

    private static void Show(CommandLineApplication command, Session session)
    {
        command.Description = "Show the record of a change: what it did, and what was seen meanwhile.";
        var asked = command.Argument("id", "Its id, which change:list shows.");
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "change:show", async fleet =>
        {
            var id = FleetArguments.Required(asked);
            var records = await ReadAsync(session, fleet).ConfigureAwait(false);
            var record = await WholeAsync(session, fleet, id, records).ConfigureAwait(false) ?? throw new BakerException(
                ExitCode.BadInput,
                $"There is no record of a change {Quoting.Quote(id)}.",
                DidYouMean.Suggest(
                    id,
                    records.Select(each => each.Id),
                    $"{fleet.Cloud.Suggested.Package("change:list")} shows them; those of another environment are there."));
            record = await FreshAsync(session, fleet, record).ConfigureAwait(false);
            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(record.ToJson().Indented());
            }
            else
            {
                foreach (var line in Lines(fleet, record))
                {
                    session.Terminal.Out.WriteLine(line);
                }
            }

            return ExitCode.Done;
        }));
    }

    /// <summary>A record as the folder or the bucket has it, which is whole; else as much as the parameter holds.</summary>
    private static async Task<ChangeRecord?> WholeAsync(Session session, FleetSession fleet, string id, List<ChangeRecord> records)
    {
        var known = records.Find(each => each.Id == id);
        if (File.Exists(Path.Combine(fleet.Project.Folder, ChangeRecording.FolderOf(fleet.Project), $"{known?.Id}.json")))
        {
            return known;
        }

        foreach (var region in fleet.Regions)
        {
            var store = ChangeRecording.Store(fleet, fleet.Context(fleet.Gone.Of(default, region)));
            if (await store.FindAsync(id, session.Stop).ConfigureAwait(false) is { } whole)
            {
                return whole;
            }
        }

        return known;
    }

    /// <summary>Those of the folder, which are whole, and those that the cloud has besides: this environment's, the newest first.</summary>
    internal static async Task<List<ChangeRecord>> ReadAsync(Session session, FleetSession fleet)
    {
        var records = new Dictionary<string, ChangeRecord>(StringComparer.Ordinal);
        foreach (var region in fleet.Regions)
        {
            foreach (var record in await new ChangeStore(fleet.Context(fleet.Gone.Of(default, region))).ReadAsync(session.Stop)
                .ConfigureAwait(false))
            {
                records.TryAdd(record.Id, record);
            }
        }

        var folder = Path.Combine(fleet.Project.Folder, ChangeRecording.FolderOf(fleet.Project));
        var cloud = fleet.Cloud.Region(fleet.Regions[0]).Clients.CloudName;
        foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.json") : [])
        {
            if (OfFile(session, file) is { } record
                && record.Cloud == cloud
                && record.Environment == fleet.Project.Environment?.Name.ToString())
            {
                records[record.Id] = record;
            }
        }

        return
        [
            .. records.Values
                .OrderByDescending(record => record.Began)
                .ThenByDescending(record => record.Ended)
                .ThenByDescending(record => record.Id, StringComparer.Ordinal),
        ];
    }

    private static ChangeRecord? OfFile(Session session, string file)
    {
        try
        {
            return ChangeRecord.Parse(File.ReadAllText(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            var why = error is JsonException ? "it is no record of a change" : error.Message;
            session.Terminal.Error.WriteLine($"{Path.GetFileName(file)} is left out: {why}");
            return null;
        }
    }

    /// <summary>CloudWatch has the last minutes of a change only later: as long as it keeps minutes it is asked again.</summary>
    private static async Task<ChangeRecord> FreshAsync(Session session, FleetSession fleet, ChangeRecord record)
    {
        var now = session.Time.GetUtcNow();
        if (record.TargetGroups.IsEmpty || now - record.Ended > TimeSpan.FromDays(15))
        {
            return record;
        }

        try
        {
            var seen = ImmutableArray.CreateBuilder<TrafficSeen>();
            foreach (var region in record.TargetGroups.GroupBy(arn => arn.Split(':')[3]))
            {
                var witness = new ChangeWitness(fleet.Context(fleet.Gone.Of(default, region.Key)));
                seen.AddRange(await ChangeRecording.TrafficAsync(witness, record, [.. region], now, session.Stop).ConfigureAwait(false));
            }

            return seen.Count == 0 ? record : record with { Traffic = seen.ToImmutable() };
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            session.Terminal.Error.WriteLine($"CloudWatch could not be asked again: {error.Message}");
            return record;
        }
    }

    private static string Commits(FleetMove.State? state) =>
        state is null || state.Commits.IsEmpty ? "none known" : string.Join(", ", state.Commits);

    private static IEnumerable<string> Lines(FleetSession fleet, ChangeRecord record)
    {
        yield return $"{record.Id}: {record.Command} of {record.Subject}, {record.Result}";
        yield return $"by {record.Owner}, {TimeText.Of(record.Began)} to {TimeText.Of(record.Ended)} "
            + $"({DurationText.Of(record.Ended - record.Began)})";
        if (record.Override is { } reason)
        {
            yield return $"overridden: {reason}";
        }

        if (record.Failure is { } failure)
        {
            yield return $"failed: {failure}";
        }

        foreach (var move in record.Fleets)
        {
            yield return $"{move.Group}: {move.From?.ToString() ?? "no fleet"} -> {move.To?.ToString() ?? "no fleet"}";
            if (Commits(move.From) != Commits(move.To))
            {
                yield return $"  source: {Commits(move.From)} -> {Commits(move.To)}";
            }

            if (move.Packages is { } packages && move.From?.Image != move.To?.Image)
            {
                yield return packages.IsEmpty
                    ? "  packages: the same"
                    : string.Create(CultureInfo.InvariantCulture, $"  packages: {packages.Length} changed: ")
                        + string.Join(", ", packages.Take(MostPackages)) + (packages.Length > MostPackages ? ", …" : "");
            }

            if (move is { From.Image: { } old, To.Image: { } fresh } && old != fresh)
            {
                yield return $"  {fleet.Cloud.Suggested.Package($"image:diff {old} {fresh}")} shows what is in them";
            }
        }

        foreach (var (group, least) in record.LeastHealthy)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{group}: at least {least} healthy at every look");
        }

        foreach (var seen in record.Traffic)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{seen.When,-6}  {TimeText.Of(seen.From)} to {TimeText.Of(seen.To)}: {seen.Requests} requests, "
                    + $"{seen.TargetErrors} answered 5xx by targets, {seen.BalancerErrors} by balancers");
        }

        yield return record.Alarms.IsEmpty ? "no alarm went off" : $"alarms that went off: {string.Join(", ", record.Alarms)}";
        foreach (var (text, result, seconds) in record.Steps)
        {
            var ended = result == "done" ? "" : $" ({result})";
            yield return string.Create(CultureInfo.InvariantCulture, $"{seconds,8:0.0} s  {text}{ended}");
        }

        yield return record.Leftovers switch
        {
            null => "what is left over was not counted",
            { IsEmpty: true } => "nothing is left over",
            { } left => $"left over: {string.Join("; ", left)}",
        };
    }
}
