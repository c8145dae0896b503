using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Parameters;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>Where the journals are: one SSM parameter for each group that something is under way for.</summary>
public sealed class JournalStore(FleetContext context)
{
    /// <summary>SSM gives that many parameters at once by their names.</summary>
    private const int NamesPerCall = 10;

    /// <summary>And that many where it only names them.</summary>
    private const int PageSize = 50;

    private readonly SsmParameters _parameters = new(context.Clients, context.Pacer);

    /// <summary>The journal and when its step began, by the cloud's clock; null where nothing is under way.</summary>
    public async Task<(FleetJournal Journal, DateTimeOffset Written)?> ReadAsync(GroupName group, CancellationToken stop)
    {
        var name = FleetNames.Journal(context.Scope, group);
        return await _parameters.FindAsync(name, stop).ConfigureAwait(false) is { } found
            ? (FleetJournal.Parse(found.Value, name), Written(found))
            : null;
    }

    /// <exception cref="BakerException">A change of the group is under way; the message says whose and since when.</exception>
    public async Task RefuseDuringChangeAsync(GroupName group, CancellationToken stop)
    {
        if (await ReadAsync(group, stop).ConfigureAwait(false) is var (journal, _))
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"A change of {group} is under way, begun by {journal.Owner} at {journal.Since} (step {journal.Step}).",
                $"Finish it first; autoscale:status {group} shows it.");
        }
    }

    /// <exception cref="BakerException">
    /// The group is being released, and with it goes its notice; or its rules have a canary's weights.
    /// </exception>
    public async Task RefuseDuringReleaseAsync(GroupName group, CancellationToken stop)
    {
        if (await ReadAsync(group, stop).ConfigureAwait(false) is not var (journal, _))
        {
            return;
        }

        if (journal.Release is { } release)
        {
            throw Released(journal, release);
        }

        if (journal.Canary is { HasWeights: true })
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"A canary of {group} is under way, begun by {journal.Owner} at {journal.Since} (step {journal.Step}): "
                    + "the rules have its weights.",
                $"Finish it with autoscale:update {group}, or take it back with autoscale:rollback {group}.");
        }
    }

    internal static BakerException Released(FleetJournal journal, FleetRelease release)
    {
        var names = string.Join(' ', release.Groups.Select(each => each.ToString()));
        var isBack = journal.Action == FleetAction.Rollback;
        return new BakerException(
            ExitCode.CloudFailed,
            $"A release of {names} is {(isBack ? "rolled back" : "under way")}, begun by {journal.Owner} at {journal.Since} "
                + $"(step {journal.Step}).",
            isBack ? $"Finish it with autoscale:rollback {names}."
                : $"Finish it with autoscale:update {names}, or take it back with autoscale:rollback {names}.");
    }

    /// <summary>
    /// What is written down of changes of the groups. Nobody holds the lock of a run that is dead, or silent for too long.
    /// </summary>
    public async Task<FleetRecords> ReadAsync(IReadOnlyCollection<GroupName> groups, CancellationToken stop)
    {
        var records = new FleetRecords();
        var groupOf = groups.ToDictionary(group => FleetNames.Folder(context.Scope, group), StringComparer.Ordinal);
        var names = groups.SelectMany(group => new[]
        {
            FleetNames.Journal(context.Scope, group), FleetNames.Lock(context.Scope, group), FleetNames.Notice(context.Scope, group),
        });
        if (groups.Count > NamesPerCall / 3)
        {
            // Few groups are being changed: which ones costs three calls, while channels and configuration lie beside in any number.
            var wanted = names.ToHashSet(StringComparer.Ordinal);
            var found = await Task.WhenAll(NamesAsync("/journal", stop), NamesAsync("/lock", stop), NamesAsync("/notice", stop))
                .ConfigureAwait(false);
            names = found.SelectMany(each => each).Where(wanted.Contains);
        }

        foreach (var chunk in names.Chunk(NamesPerCall))
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.SSM.GetParametersAsync,
                new GetParametersRequest { Names = [.. chunk] },
                stop).ConfigureAwait(false);
            foreach (var parameter in reply.Parameters ?? [])
            {
                var cut = parameter.Name.LastIndexOf('/');
                var group = groupOf[parameter.Name[..cut]];
                if (parameter.Name[cut..] == "/journal")
                {
                    records.Journals[group] = FleetJournal.Parse(parameter.Value, parameter.Name);
                }
                else if (parameter.Name[cut..] == "/notice")
                {
                    records.Notices[group] = NoticeRecord.Parse(parameter.Value, parameter.Name);
                }
                else if (LockRecord.TryParse(parameter.Value) is { } record && !IsAbandoned(record, parameter))
                {
                    records.Locks[group] = record;
                    records.Silent[group] = context.Clock.Now - Written(parameter);
                }
            }
        }

        return records;
    }

    private bool IsAbandoned(LockRecord record, Parameter parameter) => LockRules.Judge(
        record,
        context.Clock.Now - Written(parameter),
        Operator.IsGone(record.Process),
        interrupts: false,
        breakLock: false) == LockClaim.Abandoned;

    public async Task WriteAsync(FleetJournal journal, CancellationToken stop)
    {
        var name = FleetNames.Journal(context.Scope, journal.Group);
        await _parameters.WriteAsync(name, journal.ToText(), stop).ConfigureAwait(false);
        if (journal.Step == FleetJournal.Opening)
        {
            var tags = new AddTagsToResourceRequest
            {
                ResourceType = ResourceTypeForTagging.Parameter,
                ResourceId = name,
                Tags =
                [
                    new Tag { Key = BakerTags.Group, Value = journal.Group },
                    new Tag { Key = BakerTags.Run, Value = journal.Run },
                    .. context.TagsOf(journal.Group).Select(tag => new Tag { Key = tag.Key, Value = tag.Value }),
                ],
            };
            await context.Pacer.SendAsync(context.Clients.SSM.AddTagsToResourceAsync, tags, stop).ConfigureAwait(false);
        }
    }

    public Task DeleteAsync(GroupName group, CancellationToken stop) =>
        _parameters.RemoveAsync(FleetNames.Journal(context.Scope, group), stop);

    private async Task<List<string>> NamesAsync(string part, CancellationToken stop)
    {
        var names = new List<string>();
        var request = new DescribeParametersRequest
        {
            ParameterFilters = [new ParameterStringFilter { Key = "Name", Option = "Contains", Values = [part] }],
            MaxResults = PageSize,
        };
        var pages = context.Pacer.PagesAsync(
            context.Clients.SSM.DescribeParametersAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            names.AddRange((page.Parameters ?? []).Select(parameter => parameter.Name));
        }

        return names;
    }

    private static DateTimeOffset Written(Parameter parameter) =>
        new(parameter.LastModifiedDate?.ToUniversalTime() ?? default, TimeSpan.Zero);
}
