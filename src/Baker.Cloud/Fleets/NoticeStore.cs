using Baker.Cloud.Parameters;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>Where maintenance notices are written down: one SSM parameter for each group that has one.</summary>
public sealed class NoticeStore(FleetContext context)
{
    private readonly SsmParameters _parameters = new(context.Clients, context.Pacer);

    /// <summary>Null where the group has none.</summary>
    public async Task<NoticeRecord?> ReadAsync(GroupName group, CancellationToken stop)
    {
        var name = FleetNames.Notice(context.Scope, group);
        return await _parameters.FindAsync(name, stop).ConfigureAwait(false) is { } found ? NoticeRecord.Parse(found.Value, name) : null;
    }

    /// <summary>That of the release, where the group is being released with others: their first one has it for all.</summary>
    public async Task<NoticeRecord?> OfReleaseAsync(GroupName group, CancellationToken stop)
    {
        if (await ReadAsync(group, stop).ConfigureAwait(false) is { } own)
        {
            return own;
        }

        return await new JournalStore(context).ReadAsync(group, stop).ConfigureAwait(false) is { Journal.Release: { } release }
            ? await ReadAsync(release.Groups[0], stop).ConfigureAwait(false)
            : null;
    }

    /// <summary>Says that the group has one, where it has.</summary>
    public async Task WarnAsync(GroupName group, CancellationToken stop)
    {
        if (await ReadAsync(group, stop).ConfigureAwait(false) is { } notice)
        {
            // That of a release goes with it, and nothing else may take it away.
            var isReleased = await new JournalStore(context).ReadAsync(group, stop).ConfigureAwait(false) is not null;
            context.Say($"WARNING {group}: a maintenance notice is on since {notice.Since}, by {notice.Owner}; "
                + (isReleased ? "it goes with the change that is under way" : $"maintenance:off {group} takes it away"));
        }
    }

    /// <exception cref="BakerException">There is more than can be written down.</exception>
    public static void Check(NoticeRecord notice, GroupName group)
    {
        if (notice.ToText().Length > NoticeRecord.LongestText)
        {
            throw new BakerException(
                ExitCode.BadInput,
                FormattableString.Invariant(
                    $"{notice.Places.Length} rules lead to {group}: more than one notice can give back."),
                "Use a shorter page, or fewer rules with more hosts and paths each.");
        }
    }

    public Task WriteAsync(NoticeRecord notice, GroupName group, CancellationToken stop) =>
        _parameters.WriteAsync(FleetNames.Notice(context.Scope, group), notice.ToText(), stop);

    public Task RemoveAsync(GroupName group, CancellationToken stop) =>
        _parameters.RemoveAsync(FleetNames.Notice(context.Scope, group), stop);
}
