using System.Globalization;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Fleets;

/// <summary>What <c>autoscale:status</c> prints: a line a fleet, then what needs a person's eye.</summary>
internal static class StatusText
{
    public static void Write(
        TextWriter output,
        IReadOnlyList<FleetReport> reports,
        IReadOnlyDictionary<string, string?> current,
        bool withInstances,
        bool withTargets,
        Func<GroupName, string> gone,
        int columns)
    {
        List<(FleetReport Report, FleetView? View)> fleets =
        [
            .. reports.SelectMany(report => report.Fleets.Select(view => (report, (FleetView?)view)).DefaultIfEmpty((report, null))),
        ];
        var lines = TextTable.Lines(
            ["GROUP", "NAME", "SERVING", "MIN", "WANT", "MAX", "IMAGE", "STATE"],
            fleets.Select(each => Row(each.Report, each.View, current, gone)),
            columns,
            right: [2, 3, 4, 5]);
        output.WriteLine(lines[0]);
        foreach (var ((_, view), line) in fleets.Zip(lines.Skip(1)))
        {
            output.WriteLine(line);
            foreach (var instance in withInstances && view is not null ? view.Instances : [])
            {
                output.WriteLine(
                    $"  {instance.Id}  {instance.Type}  {instance.Zone}  "
                        + $"{instance.WhyNotHealthy(withTargets ? view!.TargetGroups : []) ?? "healthy"}");
            }
        }

        var journals = Journals(reports);
        foreach (var report in reports)
        {
            foreach (var note in Notes(report, gone(report.Group), journals))
            {
                if (note.StartsWith("WARNING", StringComparison.Ordinal))
                {
                    output.WriteLine(Tint.Warning, note);
                }
                else
                {
                    output.WriteLine(note);
                }
            }
        }

        if (!withTargets && reports.Any(report => report.Fleets.Any(view => !view.TargetGroups.IsEmpty)))
        {
            output.WriteLine("SERVING is what Auto Scaling says: of so many groups the target groups are not asked.");
        }
    }

    private static string[] Row(
        FleetReport report,
        FleetView? view,
        IReadOnlyDictionary<string, string?> current,
        Func<GroupName, string> gone)
    {
        if (view is null)
        {
            return [report.Group, "-", "0", "", "", "", "-", "does not run"];
        }

        var isGone = report.IsGone && view.Status is null && report.Journal is null;
        return
        [
            report.Group,
            view.Name,
            Number(Serving(report, view)),
            Number(view.Capacity.Min),
            Number(view.Capacity.Desired),
            Number(view.Capacity.Max),
            view.Tags.GetValueOrDefault(FleetTags.Image, "-"),
            (isGone ? gone(report.Group) : State(report, view, current)) + (report.IsBehindNotice(view) ? ", behind a notice" : ""),
        ];

        static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <param name="suggested">Makes a command whole.</param>
    public static JArray Json(
        IReadOnlyList<FleetReport> reports,
        IReadOnlyDictionary<string, string?> current,
        bool withTargets,
        SuggestedCommands suggested)
    {
        var journals = Journals(reports);
        return new JArray(reports.Select(report => new JObject
        {
            ["group"] = report.Group.ToString(),
            ["in_manifest"] = !report.IsGone,
            ["current"] = IsStale(report, current) is { } stale ? !stale : null,
            ["size_drift"] = new JArray(report.SizeDrift.Select(each => new JObject
            {
                ["name"] = each.Name,
                ["has"] = each.From,
                ["manifest"] = each.To,
            })),
            ["change"] = report.Journal is { } journal ? JObject.Parse(journal.ToText()) : null,
            ["progress"] = report.Journal is { } change && FleetPlan.At(change, journals) is { } at
                ? new JObject { ["step"] = at.Number, ["of"] = at.Of, ["text"] = at.Step.Text }
                : null,
            ["goes_on"] = GoesOn(report) is { } on ? suggested.Package(on) : null,
            ["goes_back"] = GoesBack(report) is { } back ? suggested.Package(back) : null,
            ["lock"] = report.Lock is { } held
                ? new JObject { ["owner"] = held.Owner, ["since"] = held.Since, ["doing"] = held.Doing, ["run"] = held.Run }
                : null,
            ["fleets"] = new JArray(report.Fleets.Select(view => new JObject
            {
                ["name"] = view.Name,
                ["image"] = view.Tags.GetValueOrDefault(FleetTags.Image),
                ["image_problem"] = ImageProblem(report, view),
                ["min"] = view.Capacity.Min,
                ["desired"] = view.Capacity.Desired,
                ["max"] = view.Capacity.Max,
                ["serving"] = Serving(report, view),
                ["standing"] = State(report, view, current),
                ["behind_notice"] = report.IsBehindNotice(view),
                ["suspended"] = new JArray(view.Suspended),
                ["instances"] = new JArray(view.Instances.Select(instance => new JObject
                {
                    ["id"] = instance.Id,
                    ["type"] = instance.Type,
                    ["zone"] = instance.Zone,
                    ["state"] = instance.Lifecycle,
                    ["targets"] = !withTargets
                        ? null
                        : new JObject(instance.Targets.Select(target => new JProperty(ArnText.Name(target.TargetGroup), target.State))),
                })),
            })),
        }));
    }

    // A fleet beside one that has target groups, and in none itself, gets no request: the old one while it is kept. Nor does one that
    // the catalogue of services has no more.
    private static bool IsOut(FleetReport report, FleetView view) =>
        view.TargetGroups.IsEmpty && (report.Fleets.Any(other => !other.TargetGroups.IsEmpty)
            || report.Journal is { Action: FleetAction.Delete, TargetGroups.IsEmpty: false }
            || (report.Journal is { Action: FleetAction.Update } update && update.Old == view.Name && FleetPlan.IsWithdrawn(update)));

    private static int Serving(FleetReport report, FleetView view) =>
        IsOut(report, view) || report.IsBehindNotice(view)
            ? 0
            : view.Instances.Count(instance =>
                instance.IsInService && instance.IsMarkedHealthy && instance.Targets.All(target => target.IsHealthy));

    private static string State(FleetReport report, FleetView view, IReadOnlyDictionary<string, string?> current) =>
        view.Status is { } status ? status
        : report.Journal is { } journal && journal.Old == view.Name && journal.New is not null
            ? (!IsOut(report, view) ? "old" : journal.TargetGroups.IsEmpty ? "old, out of the catalogue" : "old, out of its target groups")
        : report.Journal is { Action: FleetAction.Delete } && IsOut(report, view) ? "being deleted, out of its target groups"
        : report.Journal?.New == view.Name ? "new"
        : IsStale(report, current) switch
        {
            true when report.Channel is { } channel => $"not what {channel} points at",
            true => "stale against nodes.json",
            false => "current",
            null => "runs",
        };

    private static bool? IsStale(FleetReport report, IReadOnlyDictionary<string, string?> current) =>
        report.Fleets.IsEmpty || !current.TryGetValue(report.Group, out var fingerprint) || fingerprint is null ? null
        : report.Fleets.All(view => view.Tags.GetValueOrDefault(BakerTags.Fingerprint) != fingerprint);

    private static IEnumerable<string> Notes(FleetReport report, string gone, Dictionary<GroupName, FleetJournal?> journals)
    {
        if (report.IsGone && !report.Fleets.IsEmpty)
        {
            yield return $"{report.Group}: {gone}: autoscale:delete {report.Group} removes its fleet";
        }

        if (report.Journal is { } journal)
        {
            yield return $"{report.Group}: {Word(journal.Action)} under way since {journal.Since}, "
                + $"begun by {journal.Owner}: {Progress(journal, journals)}";
        }

        if (report.Lock is { } held)
        {
            yield return $"{report.Group}: locked: {held.Describe(report.Silent > held.Lease / 2 ? report.Silent : null)}";
        }
        else if (GoesOn(report) is { } on)
        {
            yield return $"{report.Group}: nobody works on it: {on} goes on" + (GoesBack(report) is { } back ? $", {back} goes back" : "");
        }

        if (report.Notice is { } notice)
        {
            // That of a release goes with it, and nothing else may take it away.
            yield return $"{report.Group}: a maintenance notice answers instead of its nodes since {notice.Since}, by {notice.Owner}"
                + (report.Journal?.Release is null ? $": maintenance:off {report.Group} takes it away" : "");
        }

        foreach (var view in report.Fleets.Where(view => view.Held is not null && report.Lock is null))
        {
            var standby = view.Instances.Where(instance => instance.Lifecycle == "Standby").Select(instance => instance.Id).ToList();
            yield return $"{report.Group}: a deploy of nodes of {view.Name} was not finished"
                + (standby.Count == 0 ? "" : $", OUT OF SERVICE: {string.Join(", ", standby)}")
                + $": instance:deploy {report.Group} --drain goes on, instance:deploy {report.Group} --bring-back takes it back";
        }

        if (!report.SizeDrift.IsEmpty)
        {
            var drift = string.Join(", ", report.SizeDrift.Select(each => $"{each.Name} {each.To} (it has {each.From})"));
            yield return $"{report.Group}: nodes.json says {drift}: autoscale:scale {report.Group} --from-manifest";
        }

        foreach (var view in report.Fleets)
        {
            if (ImageProblem(report, view) is { } why)
            {
                yield return $"WARNING {view.Name}: its image {view.Tags[FleetTags.Image]} {why}";
            }
        }

        foreach (var view in report.Fleets.Where(view => !view.Suspended.IsEmpty))
        {
            yield return $"WARNING {view.Name}: suspended: {string.Join(", ", view.Suspended)}";
        }
    }

    /// <summary>The command that goes on with what is under way; null where that is nothing.</summary>
    private static string? GoesOn(FleetReport report) =>
        report.Journal is { } journal ? $"autoscale:{Word(journal.Action)} {Names(report, journal)}" : null;

    /// <summary>The one that takes it back; null where that cannot be.</summary>
    private static string? GoesBack(FleetReport report) =>
        report.Journal is not { } journal || journal.Action is FleetAction.Rollback
            || FleetPlan.IsEmptied(journal, report.Fleets.FirstOrDefault(view => view.Name == journal.Old)?.Capacity.Desired)
            ? null
            : $"autoscale:rollback {Names(report, journal)}";

    // Groups that are released together go on and back together.
    private static string Names(FleetReport report, FleetJournal journal) =>
        journal.Release is { } release ? string.Join(' ', release.Groups) : report.Group;

    private static Dictionary<GroupName, FleetJournal?> Journals(IEnumerable<FleetReport> reports) =>
        reports.SelectMany(report => report.Beside.Select(each => (each.Key, each.Value)).Append((report.Group, report.Journal)))
            .ToLookup(each => each.Item1, each => each.Item2) // a group that is gone may have fleets in several Regions
            .ToDictionary(each => each.Key, each => each.FirstOrDefault(journal => journal is not null));

    private static string Progress(FleetJournal journal, Dictionary<GroupName, FleetJournal?> journals) => $"step {journal.Step}"
        + (FleetPlan.At(journal, journals) is { } at
            ? string.Create(CultureInfo.InvariantCulture, $" ({at.Number} of {at.Of}): {at.Step.Text}")
            : "");

    private static string? ImageProblem(FleetReport report, FleetView view) =>
        view.Tags.GetValueOrDefault(FleetTags.Image) is { } image ? report.ImageProblems.GetValueOrDefault(image) : null;

    private static string Word(FleetAction action) => action == FleetAction.Roll ? "update" : action.ToString().ToLowerInvariant();
}
