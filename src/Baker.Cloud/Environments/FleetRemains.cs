using System.Collections.Immutable;
using Amazon.CloudWatch.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>
/// What Auto Scaling groups have left that somebody else than Baker has deleted: a launch template, whose name the next one may get, and
/// alarms that nothing rings any more.
/// </summary>
internal static class FleetRemains
{
    public static async Task FindAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var templates = (await new LaunchTemplates(scope.Context).AllAsync(stop).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var alarms = scope.LeftAlarms.ToLookup(each => each.Fleet, each => each.Alarm, StringComparer.Ordinal);
        var left = templates
            .Concat(alarms.Select(each => each.Key))
            .Distinct()
            .Where(name => !scope.AutoScalingGroups.Contains(name))
            .Select(name => (Fleet: name, Group: FleetNames.GroupOf(scope.Context.Scope, name)))
            .Where(each => each.Group is not null)
            .OrderBy(each => each.Fleet, StringComparer.Ordinal)
            .ToList();
        if (left.Count == 0)
        {
            return;
        }

        var (names, used) = await new FleetReader(scope.Context).EverywhereAsync(stop).ConfigureAwait(false);
        var records = await new JournalStore(scope.Context).ReadAsync(
            [.. left.Select(each => each.Group!.Value).Distinct()],
            stop).ConfigureAwait(false);
        foreach (var (fleet, group) in left.Where(each => !names.Contains(each.Fleet)))
        {
            // What a change has begun, or not ended yet, is its own.
            if (!records.Journals.ContainsKey(group!.Value))
            {
                var hasTemplate = templates.Contains(fleet) && !used.Contains(fleet);
                if (hasTemplate || alarms.Contains(fleet))
                {
                    scope.Remains.Add(new EnvironmentStep.Clear(fleet, scope.Region, hasTemplate, [.. alarms[fleet]]));
                }
            }
        }
    }

    /// <summary>Deletes it, unless an Auto Scaling group has the name by now.</summary>
    public static async Task DeleteAsync(EnvironmentScope scope, EnvironmentStep.Clear step, CancellationToken stop)
    {
        var context = scope.Context;
        if (await new FleetReader(context).FindAsync(step.Fleet, stop).ConfigureAwait(false) is not null)
        {
            context.Say($"  {step.Fleet} is there again, and keeps it");
            return;
        }

        foreach (var alarms in step.Alarms.Chunk(100))
        {
            await context.Pacer.SendAsync(
                context.Clients.CloudWatch.DeleteAlarmsAsync,
                new DeleteAlarmsRequest { AlarmNames = [.. alarms] },
                stop).ConfigureAwait(false);
        }

        if (step.HasTemplate)
        {
            await new LaunchTemplates(context).DeleteAsync(step.Fleet, stop).ConfigureAwait(false);
        }
    }
}
