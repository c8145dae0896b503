using Baker.Cloud.Changes;
using Baker.Cloud.Fleets.Steps;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Puts a group's maintenance notice on, or takes it away. Killed anywhere, either goes on, or the other goes back.</summary>
/// <param name="answer">What requests get meanwhile; null to take the notice away.</param>
public sealed class NoticeOperation(FleetContext context, GroupName group, string run, string? answer, bool breakLock)
    : Operation<NoticeStep>
{
    private readonly Noticing _noticing = new(context, group, run);

    public override string Subject => group;

    /// <summary>The notice that is put on or taken away; null where there was none to take away.</summary>
    public NoticeRecord? Notice { get; private set; }

    /// <summary>Looks at several that are to come one after the other, before the first of them.</summary>
    /// <exception cref="BakerException">One of them cannot be, or two would be at one rule.</exception>
    public static async Task CheckTogetherAsync(IReadOnlyList<NoticeOperation> operations, CancellationToken stop)
    {
        var notices = new List<(string, NoticeRecord)>();
        foreach (var operation in operations)
        {
            await operation.PlanAsync(stop).ConfigureAwait(false);
            if (operation.Notice is { } notice)
            {
                notices.Add((operation.Subject, notice));
            }
        }

        RuleOwners.RefuseShared(notices);
    }

    public override async Task<IHold> TakeAsync(CancellationToken stop) => await FleetLock.TakeAsync(
        context,
        group,
        run,
        answer is null ? "maintenance:off" : "maintenance:on",
        interrupts: false,
        breakLock,
        stop).ConfigureAwait(false);

    public override async Task<IReadOnlyList<NoticeStep>> PlanAsync(CancellationToken stop)
    {
        await new JournalStore(context).RefuseDuringReleaseAsync(group, stop).ConfigureAwait(false);
        if (answer is null)
        {
            Notice = await new NoticeStore(context).ReadAsync(group, stop).ConfigureAwait(false);
            return Notice is null ? [] : [.. NoticeStep.Off(Notice)];
        }

        var fleet = FleetReader.View(await new FleetService(context).FindAsync(group, stop).ConfigureAwait(false));
        Notice = await _noticing.FindAsync(answer, fleet.TargetGroups, fleet.Name, stop).ConfigureAwait(false);
        return [.. NoticeStep.On(Notice)];
    }

    public override Task DoAsync(NoticeStep step, CancellationToken stop) => _noticing.DoAsync(step, Notice!, stop);
}
