using System.Collections.Immutable;
using System.Text;
using Baker.Cli.Changes;
using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Fleets;
using Baker.Cloud.Images;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Fleets;

/// <summary>
/// Keeps a record of one change: as a file of <c>changes/</c>, and on the cloud. What cannot be asked for is left out, and a record that
/// cannot be kept is said; neither fails the change, nor holds its end up for long.
/// </summary>
/// <param name="converges">Whether nodes that run get what the project has now.</param>
internal sealed class ChangeRecording(Session session, FleetSession fleet, string command, IReadOnlyList<NodeGroup> groups, bool converges)
{
    /// <summary>The folder of the records, beside the manifest: each environment's have one of their own.</summary>
    public static string FolderOf(NodeProject project) => project.InEnvironment("changes");

    /// <summary>How long CloudWatch is asked for before and after a change that took less.</summary>
    private static readonly TimeSpan s_least = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>The same once a person has asked to stop.</summary>
    private static readonly TimeSpan s_haste = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, ImmutableArray<(string Group, FleetView Fleet)>> _before = new(StringComparer.Ordinal);
    private ChangeNotifications? _notifications;
    private Task _told = Task.CompletedTask;
    private DateTimeOffset _began = session.Time.GetUtcNow();

    private IEnumerable<string> Regions => GoneGroups.Regions(groups);

    /// <summary>Looks at the fleets as they are before the change.</summary>
    public async Task LookAsync()
    {
        _began = session.Time.GetUtcNow();
        foreach (var region in Regions)
        {
            _before[region] = await Witness(region).FleetsAsync(session.Stop).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What nobody should be surprised by, a line each: suspended processes; fleets of a change that is not over, and what was rolled back
    /// and comes again.
    /// </summary>
    public async Task<IReadOnlyList<string>> WarningsAsync()
    {
        var warnings = Suspended().ToList();
        foreach (var group in converges ? groups : [])
        {
            var seen = _before.GetValueOrDefault(group.Region, []);
            var fleets = seen.Where(each => each.Group == group.Name).Select(each => each.Fleet.Name);
            if (fleets.Order(StringComparer.Ordinal).ToList() is { Count: > 1 } several)
            {
                warnings.Add($"WARNING {group.Name} has several fleets by a change that is not over, and nodes of all are converged: "
                    + $"{string.Join(", ", several)} ({fleet.Cloud.Suggested.Package($"autoscale:status {group.Name}")} shows it)");
            }

            if (Newest(seen, group.Name) is { } view
                && await RolledBack.AgainAsync(fleet, view, group).ConfigureAwait(false) is { } again)
            {
                warnings.Add(again);
            }
        }

        return warnings;
    }

    /// <summary>What Baker itself suspends while it works does not count.</summary>
    private IEnumerable<string> Suspended()
    {
        foreach (var group in groups)
        {
            if (Newest(_before.GetValueOrDefault(group.Region, []), group.Name) is { Suspended.IsEmpty: false } view
                && view.Suspended.Where(process => view.Held is null || process != "AZRebalance").ToList() is { Count: > 0 } processes)
            {
                yield return $"WARNING {view.Name}: suspended: {string.Join(", ", processes)} "
                    + $"({fleet.Cloud.Suggested.Package($"autoscale:resume {group.Name}")} resumes what autoscale:suspend suspended)";
            }
        }
    }

    /// <summary>Tells whom the manifest names that the change has begun, while it goes on.</summary>
    public void Tell(Action<string> say)
    {
        _notifications = new ChangeNotifications(session, fleet, groups, say);
        _told = _notifications.SendAsync(
            "begin",
            $"{command} of {Subject}{Place} has begun, by {Operator.OfThisProcess().Name}",
            new JObject
            {
                ["id"] = fleet.Run,
                ["command"] = command,
                ["subject"] = Subject,
                ["environment"] = fleet.Project.Environment?.Name.ToString(),
                ["owner"] = Operator.OfThisProcess().Name,
                ["began"] = TimeText.Of(_began),
            });
    }

    /// <param name="reason">What <c>--override</c> said.</param>
    /// <param name="failure">Why the command ended; null where it came to its end.</param>
    /// <param name="code">How it ended then.</param>
    public async Task EndAsync(ChangeCommand change, string? reason, Exception? failure, ExitCode code)
    {
        var record = new ChangeRecord
        {
            Id = fleet.Run,
            Command = command,
            Subject = Subject,
            Environment = fleet.Project.Environment?.Name.ToString(),
            Cloud = fleet.Cloud.Region(Regions.First()).Clients.CloudName,
            Owner = Operator.OfThisProcess().Name,
            Began = _began,
            Ended = session.Time.GetUtcNow(),
            Result = failure is OperationCanceledException ? "interrupted"
                : failure is null && code == ExitCode.Done ? "done"
                : "failed",
            Failure = failure is null or OperationCanceledException
                ? code == ExitCode.Done ? null : $"some of it was not done (exit code {(int)code})"
                : CloudFailure.Explain(failure)?.Message ?? failure.Message,
            Override = reason,
            Steps = change.Told,
            LeastHealthy =
            [
                .. fleet.Health.Least
                    .Select(each => KeyValuePair.Create(ArnText.Name(each.Key), each.Value))
                    .OrderBy(each => each.Key, StringComparer.Ordinal),
            ],
            Leftovers = null,
        };
        var telling = TellEndAsync(record);
        using var bound = new CancellationTokenSource(session.Stop.IsCancellationRequested ? s_haste : s_patience, session.Time);
        await using var hurry = session.Stop.Register(() => bound.CancelAfter(s_haste)).ConfigureAwait(false);
        try
        {
            await WitnessAsync(record, found => record = found, bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error) || error is BakerException or OperationCanceledException)
        {
            change.Say($"the record of this change lacks some of what the cloud knows: {Why(error)}");
        }

        using var rest = new CancellationTokenSource(s_haste, session.Time);
        try
        {
            await Store(fleet, Context(Regions.First())).WriteAsync(Masked(record), rest.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error) || error is BakerException or OperationCanceledException)
        {
            change.Say($"the record of this change is not on the cloud: {Why(error)}");
        }

        try
        {
            var folder = Path.Combine(fleet.Project.Folder, FolderOf(fleet.Project));
            AtomicFile.CreateFolder(folder, FolderOf(fleet.Project));
            var shown = $"{FolderOf(fleet.Project)}/{record.Id}.json";
            var text = Masked(record).ToJson().Indented() + "\n";
            AtomicFile.Write(Path.Combine(folder, $"{record.Id}.json"), Encoding.UTF8.GetBytes(text), shown);
        }
        catch (BakerException error)
        {
            change.Say($"the record of this change is not in {FolderOf(fleet.Project)}/: {error.Message}");
        }

        await telling.ConfigureAwait(false);
    }

    /// <summary>Where the cloud has records: also in the bucket that the project names.</summary>
    public static ChangeStore Store(FleetSession fleet, FleetContext context) =>
        new(context, fleet.Project.Settings.Bucket, fleet.Project.Settings.BucketPrefix);

    /// <summary>What is changed, as the record has it.</summary>
    public string Subject => groups.Count > 5 && fleet.Project.Environment is { } environment
        ? environment.Name
        : string.Join(", ", groups.Select(group => group.Name));

    private string Place => fleet.Project.Environment is { } environment ? $" in {environment.Name}" : "";

    private async Task TellEndAsync(ChangeRecord record)
    {
        await _told.ConfigureAwait(false);
        if (_notifications is { } notifications)
        {
            var json = record.ToJson();
            foreach (var late in new[] { "fleets", "least_healthy", "target_groups", "traffic", "alarms", "steps", "leftovers" })
            {
                json.Remove(late); // in the record itself, when it is whole
            }

            await notifications.SendAsync(
                record.Result == "done" ? "end" : "failure",
                $"{command} of {Subject}{Place} is {record.Result} after {DurationText.Of(record.Ended - record.Began)}"
                    + (record.Failure is { } why ? $": {why}" : ""),
                json).ConfigureAwait(false);
        }
    }

    /// <summary>What load balancers counted before, during and after a change, as far as that is over.</summary>
    public static async Task<ImmutableArray<TrafficSeen>> TrafficAsync(
        ChangeWitness witness,
        ChangeRecord record,
        ImmutableArray<string> targetGroups,
        DateTimeOffset now,
        CancellationToken stop)
    {
        var (from, to) = (Whole(record.Began, up: false), Whole(record.Ended, up: true));
        var beside = to - from > s_least ? to - from : s_least;
        var seen = ImmutableArray.CreateBuilder<TrafficSeen>();
        foreach (var (when, begin, end) in new[] { ("before", from - beside, from), ("during", from, to), ("after", to, to + beside) })
        {
            if (begin < now && await witness.TrafficAsync(when, targetGroups, begin, end, stop).ConfigureAwait(false) is { } one)
            {
                seen.Add(one);
            }
        }

        return seen.ToImmutable();
    }

    private static DateTimeOffset Whole(DateTimeOffset moment, bool up)
    {
        var rest = moment.UtcTicks % TimeSpan.TicksPerMinute;
        return rest == 0 ? moment : moment.AddTicks(up ? TimeSpan.TicksPerMinute - rest : -rest);
    }

    private static string Why(Exception error) =>
        error is OperationCanceledException ? "it did not answer in time" : CloudFailure.Explain(error)?.Message ?? error.Message;

    /// <summary>Asks for one thing after the other, so that what is known by the end of the patience is kept.</summary>
    private async Task WitnessAsync(ChangeRecord record, Action<ChangeRecord> keep, CancellationToken stop)
    {
        void Keep(ChangeRecord found) => keep(record = found);

        var left = ImmutableArray.CreateBuilder<string>();
        foreach (var region in Regions)
        {
            var witness = Witness(region);
            var mine = groups.Where(group => group.Region == region).Select(group => group.Name).ToList();
            var after = await witness.FleetsAsync(stop).ConfigureAwait(false);
            var before = _before.GetValueOrDefault(region, []);
            var moves = mine
                .Select(group => new FleetMove(group, State(before, group), State(after, group)))
                .Where(move => move.From != move.To)
                .ToList();
            var contents = ContentsStore.Of(fleet.Cloud.Region(region), fleet.Project.Folder, fleet.Project.Settings);
            for (var each = 0; each < moves.Count; each++)
            {
                moves[each] = await witness.WithContentsAsync(moves[each], contents, stop).ConfigureAwait(false);
            }

            var targetGroups = before.Concat(after)
                .Where(each => mine.Exists(group => group == each.Group))
                .SelectMany(each => each.Fleet.TargetGroups)
                .Concat(fleet.Health.Least.Keys.Where(arn => arn.Split(':') is [_, _, _, var its, ..] && its == region))
                .Distinct()
                .ToImmutableArray();
            Keep(record with { Fleets = [.. record.Fleets, .. moves], TargetGroups = [.. record.TargetGroups, .. targetGroups] });
            left.AddRange(await witness.LeftoversAsync(mine, after, stop).ConfigureAwait(false));
            if (region == Regions.Last())
            {
                Keep(record with { Leftovers = left.ToImmutable() });
            }

            var alarms = await witness.AlarmsAsync(record.Began, record.Ended, stop).ConfigureAwait(false);
            Keep(record with { Alarms = [.. record.Alarms, .. alarms] });
            if (!targetGroups.IsEmpty)
            {
                var traffic = await TrafficAsync(witness, record, targetGroups, record.Ended, stop).ConfigureAwait(false);
                Keep(record with { Traffic = [.. record.Traffic, .. traffic] });
            }
        }
    }

    /// <summary>The newest of a group's fleets that are not going.</summary>
    private static FleetMove.State? State(ImmutableArray<(string Group, FleetView Fleet)> fleets, string group) =>
        Newest(fleets, group) is { } view
            ? new(view.Name, view.Tags.GetValueOrDefault(FleetTags.Image), view.Capacity.Desired)
            : null;

    private static FleetView? Newest(ImmutableArray<(string Group, FleetView Fleet)> fleets, string group) => fleets
        .Where(each => each.Group == group && each.Fleet.Status is null)
        .Select(each => each.Fleet)
        .MaxBy(each => each.Created);

    private ChangeRecord Masked(ChangeRecord record) => record with
    {
        Failure = record.Failure is { } why ? session.Masks.In(why) : null,
        Steps = [.. record.Steps.Select(step => (session.Masks.In(step.Text), step.Result, step.Seconds))],
    };

    private FleetContext Context(string region) => fleet.Context(fleet.Gone.Of(default, region)) with { Say = static _ => { } };

    private ChangeWitness Witness(string region) => new(Context(region));
}
