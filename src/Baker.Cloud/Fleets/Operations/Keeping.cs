using Amazon.AutoScaling.Model;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>
/// Keeps the nodes for which an update is taken back, in quarantine. What cannot be kept is said, and goes with its group: nothing here
/// keeps the old group from serving.
/// </summary>
internal static class Keeping
{
    /// <summary>A person looks at one or two; more of them cost.</summary>
    private const int Most = 3;

    public static async Task DoAsync(FleetRun run, FleetStep.KeepSick step, CancellationToken stop)
    {
        var context = run.Context;
        var groups = await run.Health.TargetGroupsAsync(step.Name, stop).ConfigureAwait(false);
        if (await run.Reader.LookAsync(step.Name, groups, stop).ConfigureAwait(false) is not { } view)
        {
            return;
        }

        // No balancer asks for the health of targets that no rule leads to: that they are not healthy says nothing of the nodes.
        var unused = view.Instances
            .SelectMany(each => each.Targets)
            .Where(each => each.IsNotUsed)
            .Select(each => each.TargetGroup)
            .ToHashSet(StringComparer.Ordinal);
        var sick = HealthVerdict.Of(view, [.. groups.Where(each => !unused.Contains(each))]).Stragglers;
        if (sick.IsEmpty)
        {
            context.Say($"  no node of {step.Name} is sick: there is none to keep");
            return;
        }

        // Below its minimum a group lets no member go without another in its place.
        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.UpdateAutoScalingGroupAsync,
            new UpdateAutoScalingGroupRequest { AutoScalingGroupName = step.Name, MinSize = 0 },
            stop).ConfigureAwait(false);
        var nodes = await new InstanceReader(context).ReadWithKeptAsync([run.Journal.Group.ToString()], stop).ConfigureAwait(false);
        foreach (var (id, reason) in sick.Take(Most))
        {
            if (nodes.Find(each => each.Id == id) is not { } node)
            {
                context.Say($"  {id} is gone already");
                continue;
            }

            var note = $"{TimeText.Of(context.Clock.UtcNow)} {context.Operator.Name}: {reason}";
            var quarantine = new QuarantineOperation(
                context,
                node,
                run.Target.Group,
                run.Target.Services,
                run.Journal.Run,
                note[..Math.Min(256, note.Length)],
                isOfChange: true);
            try
            {
                foreach (var each in await quarantine.PlanAsync(stop).ConfigureAwait(false))
                {
                    await quarantine.DoAsync(each, stop).ConfigureAwait(false);
                }

                context.Say($"  {id} is in quarantine; {context.Suggested.Package($"instance:terminate {id}")} ends it");
            }
            catch (Exception error) when (!stop.IsCancellationRequested && (error is BakerException || CloudFailure.IsOutside(error)))
            {
                context.Say($"  {id} is not kept: {error.Message}");
            }
        }

        if (sick.Length > Most)
        {
            context.Say($"  {sick.Length - Most} more are not healthy, and go with {step.Name}");
        }
    }
}
