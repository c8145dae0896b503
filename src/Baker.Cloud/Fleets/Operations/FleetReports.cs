using System.Collections.Immutable;
using Baker.Cloud.Images.Catalog;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Reads the state of many fleets with few calls: the pages of groups, and of journals.</summary>
public sealed class FleetReports(FleetContext context)
{
    /// <param name="groups">Which node groups, in the order to report.</param>
    /// <param name="known">The groups beside which others that Baker made fleets for are reported too; null: no others.</param>
    /// <param name="withTargets">Whether to look into each target group too: one call for each.</param>
    public async Task<ImmutableArray<FleetReport>> ReadAsync(
        IReadOnlyList<GroupName> groups,
        bool withTargets,
        CancellationToken stop,
        IReadOnlySet<GroupName>? known = null)
    {
        var reader = new FleetReader(context);
        var found = groups.Count == 1 && known is null
            ? await reader.OfNodeGroupWithDeletedAsync(groups[0], stop).ConfigureAwait(false)
            : await reader.OfAllNodeGroupsAsync(stop).ConfigureAwait(false);
        var fleets = found.Select(FleetReader.View).ToLookup(view => view.Tags.GetValueOrDefault(BakerTags.UserGroup, ""));
        var gone = known is null ? [] : fleets
            .Where(each => each.Any(view => view.Tags.ContainsKey(BakerTags.Group)) && GroupName.IsOne(each.Key))
            .Select(each => GroupName.Parse(each.Key))
            .Where(name => !known.Contains(name))
            .OrderBy(name => name.ToString(), StringComparer.Ordinal)
            .ToList();
        groups = [.. groups, .. gone];
        var store = new JournalStore(context);
        var records = await store.ReadAsync(groups, stop).ConfigureAwait(false);

        // The notice of a release is its first group's, and how far it is all of them say.
        var others = records.Journals.Values.SelectMany(journal => journal.Release?.Groups ?? []).Except(groups).ToList();
        var besides = others.Count == 0 ? new FleetRecords() : await store.ReadAsync(others, stop).ConfigureAwait(false);
        var beside = others.ToDictionary(other => other, other => besides.Journals.GetValueOrDefault(other));
        var problems = await new GoodImages(context.Clients, context.Pacer, context.Clock).ProblemsAsync(stop).ConfigureAwait(false);
        var targets = withTargets
            ? await reader.TargetsAsync(
                groups.SelectMany(group => fleets[group]).SelectMany(view => view.TargetGroups).Distinct(),
                stop).ConfigureAwait(false)
            : null;
        return
        [
            .. groups.Select(group => new FleetReport(
                group,
                [.. fleets[group].OrderBy(view => view.Name, StringComparer.Ordinal).Select(view => targets is null ? view : view with
                {
                    Instances = [.. view.Instances.Select(instance => instance with { Targets = [.. targets[instance.Id]] })],
                })],
                records.Journals.GetValueOrDefault(group),
                records.Locks.GetValueOrDefault(group))
            {
                Notice = records.Notices.GetValueOrDefault(group)
                    ?? (records.Journals.GetValueOrDefault(group)?.Release is { } release
                        ? records.Notices.GetValueOrDefault(release.Groups[0]) ?? besides.Notices.GetValueOrDefault(release.Groups[0])
                        : null),
                Silent = records.Silent.GetValueOrDefault(group),
                Beside = beside,
                ImageProblems = problems,
                IsGone = gone.Contains(group),
            }),
        ];
    }
}
