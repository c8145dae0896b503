using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Planning;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;
using Tag = Amazon.ElasticLoadBalancingV2.Model.Tag;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>
/// Gives a new fleet a share of the requests: it is in target groups of its own, which listeners lead to beside the old ones' by
/// weight. What the listeners did is in the journal.
/// </summary>
internal static class Weighing
{
    /// <summary>ELB forwards to five target groups at most.</summary>
    private const int MostTargetGroups = 5;

    private static readonly string[] s_copied =
    [
        "deregistration_delay.",
        "slow_start.",
        "stickiness.",
        "load_balancing.",
        "target_group_health.",
    ];

    /// <exception cref="BakerException">A rule leads to so many that there is no place for as many again.</exception>
    public static void Check(ImmutableArray<NoticePlace> places, ImmutableArray<string> stood, ImmutableArray<string> targetGroups)
    {
        foreach (var place in places)
        {
            foreach (var action in NoticeActions.Parse(stood[place.Stood]))
            {
                var groups = Of(action);
                var all = groups.Count + groups.Count(each => targetGroups.Contains(each.TargetGroupArn));
                if (all > MostTargetGroups)
                {
                    throw new BakerException(
                        ExitCode.BadInput,
                        FormattableString.Invariant($"{place.Name} leads to {groups.Count} target groups: a canary would make them {all}.")
                            + FormattableString.Invariant($" ELB takes {MostTargetGroups}."),
                        "Have it lead to fewer, or use another --strategy.");
                }
            }
        }
    }

    public static async Task MirrorAsync(FleetRun run, FleetStep.Mirror step, CancellationToken stop)
    {
        foreach (var group in await new FleetPlaces(run.Context).TargetGroupsAsync(run.Journal.TargetGroups, stop).ConfigureAwait(false))
        {
            await CreateAsync(run, group, FleetNames.Mirror(step.Name, group.TargetGroupArn), stop).ConfigureAwait(false);
        }

        await LeadAsync(run, 0, stop).ConfigureAwait(false);
    }

    /// <summary>The new fleet's target group beside each of the old one's, by ARNs.</summary>
    public static async Task<Dictionary<string, string>> MirrorsAsync(
        FleetContext context,
        FleetJournal journal,
        CancellationToken stop)
    {
        var mirrors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var arn in journal.TargetGroups)
        {
            var name = FleetNames.Mirror(journal.New!, arn);
            if (await new FleetPlaces(context).TargetGroupsAsync([name], stop).ConfigureAwait(false) is [var mirror, ..])
            {
                mirrors[arn] = mirror.TargetGroupArn;
            }
        }

        return mirrors;
    }

    /// <summary>Has every place lead that much of what the old fleet got to the new one.</summary>
    public static async Task LeadAsync(FleetRun run, int percent, CancellationToken stop)
    {
        var canary = run.Journal.Canary!;
        var mirrors = await MirrorsAsync(run.Context, run.Journal, stop).ConfigureAwait(false);
        if (run.Journal.Action != FleetAction.Rollback // it may have been begun before they were made
            && run.Journal.TargetGroups.FirstOrDefault(arn => !mirrors.ContainsKey(arn)) is { } missing)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"The target group {FleetNames.Mirror(run.Journal.New!, missing)} is gone.",
                $"autoscale:rollback {run.Journal.Group} takes back what was begun.");
        }

        var rules = new ListenerRules(run.Context);
        foreach (var place in canary.Places)
        {
            var actions = NoticeActions.Parse(canary.Stood[place.Stood]).ConvertAll(action => Weighted(action, mirrors, percent));
            await rules.ActAsync(place, actions, stop).ConfigureAwait(false);
        }
    }

    public static async Task RestoreAsync(FleetRun run, CancellationToken stop)
    {
        var canary = run.Journal.Canary!;
        var rules = new ListenerRules(run.Context);
        foreach (var place in canary.Places)
        {
            await rules.ActAsync(place, NoticeActions.Parse(canary.Stood[place.Stood]), stop).ConfigureAwait(false);
        }
    }

    public static async Task UnmirrorAsync(FleetRun run, FleetStep.Unmirror step, CancellationToken stop)
    {
        var mirrors = (await MirrorsAsync(run.Context, run.Journal, stop).ConfigureAwait(false)).Values.ToList();
        var group = await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false);
        var attached = (group?.TargetGroupARNs ?? []).Intersect(mirrors).ToList();
        await Traffic.DetachAsync(run, step.Name, attached, stop).ConfigureAwait(false);
        if (!await run.Context.UntilAsync(AreDrainedAsync, run.Context.RetireLimit, stop).ConfigureAwait(false))
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"{step.Name} has not left {string.Join(", ", mirrors.Select(ArnText.Name))} after "
                    + $"{DurationText.Of(run.Context.RetireLimit)}.",
                "Look at the target groups' deregistration delay; the same command goes on from here.");
        }

        foreach (var arn in mirrors)
        {
            if (!await run.Context.UntilAsync(() => IsDeletedAsync(arn), run.Context.RetireLimit, stop).ConfigureAwait(false))
            {
                throw new BakerException(
                    ExitCode.TimedOut,
                    $"The target group {ArnText.Name(arn)} is in use still, by a rule that Baker did not change.",
                    "Remove what leads to it; the same command goes on.");
            }
        }

        async Task<bool> AreDrainedAsync()
        {
            var targets = await run.Reader.TargetsAsync(mirrors, stop).ConfigureAwait(false);
            return targets.Count == 0;
        }

        async Task<bool> IsDeletedAsync(string arn)
        {
            try
            {
                await run.Context.Pacer.SendAsync(
                    run.Context.Clients.ELBv2.DeleteTargetGroupAsync,
                    new DeleteTargetGroupRequest { TargetGroupArn = arn },
                    stop).ConfigureAwait(false);
                return true;
            }
            catch (TargetGroupNotFoundException)
            {
                return true;
            }
            catch (ResourceInUseException)
            {
                return false;
            }
        }
    }

    internal static Action Weighted(Action action, Dictionary<string, string> mirrors, int percent)
    {
        var groups = Of(action);
        if (!groups.Exists(each => mirrors.ContainsKey(each.TargetGroupArn)))
        {
            return action;
        }

        var weights = CanaryWeights.Of([.. groups.Select(each => (mirrors.ContainsKey(each.TargetGroupArn), each.Weight ?? 1))], percent);
        var led = new List<TargetGroupTuple>();
        foreach (var (group, weight) in groups.Zip(weights))
        {
            led.Add(new TargetGroupTuple { TargetGroupArn = group.TargetGroupArn, Weight = weight.Stays });
            if (mirrors.TryGetValue(group.TargetGroupArn, out var mirror))
            {
                led.Add(new TargetGroupTuple { TargetGroupArn = mirror, Weight = weight.Moves });
            }
        }

        return new Action
        {
            Type = action.Type,
            Order = action.Order,
            ForwardConfig = new ForwardActionConfig
            {
                TargetGroups = led,
                TargetGroupStickinessConfig = action.ForwardConfig?.TargetGroupStickinessConfig,
            },
        };
    }

    private static List<TargetGroupTuple> Of(Action action) => action.ForwardConfig?.TargetGroups is { Count: > 0 } groups ? groups
        : action.TargetGroupArn is { Length: > 0 } arn ? [new TargetGroupTuple { TargetGroupArn = arn, Weight = 1 }]
        : [];

    /// <summary>Again with the same name and settings ELB gives what is there.</summary>
    private static async Task CreateAsync(FleetRun run, TargetGroup like, string name, CancellationToken stop)
    {
        var context = run.Context;
        string arn;
        if (await new FleetPlaces(context).TargetGroupsAsync([name], stop).ConfigureAwait(false) is [var there, ..])
        {
            arn = there.TargetGroupArn; // by an earlier run
        }
        else
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.ELBv2.CreateTargetGroupAsync,
                new CreateTargetGroupRequest
                {
                    Name = name,
                    Protocol = like.Protocol,
                    ProtocolVersion = Text(like.ProtocolVersion),
                    Port = like.Port,
                    VpcId = like.VpcId,
                    TargetType = like.TargetType,
                    IpAddressType = like.IpAddressType,
                    HealthCheckEnabled = like.HealthCheckEnabled,
                    HealthCheckProtocol = like.HealthCheckProtocol,
                    HealthCheckPort = Text(like.HealthCheckPort),
                    HealthCheckPath = Text(like.HealthCheckPath),
                    HealthCheckIntervalSeconds = like.HealthCheckIntervalSeconds,
                    HealthCheckTimeoutSeconds = like.HealthCheckTimeoutSeconds,
                    HealthyThresholdCount = like.HealthyThresholdCount,
                    UnhealthyThresholdCount = like.UnhealthyThresholdCount,
                    Matcher = like.Matcher,
                    Tags =
                    [
                        new Tag { Key = BakerTags.Group, Value = run.Journal.Group },
                        new Tag { Key = BakerTags.Run, Value = run.Journal.Run },
                        .. context.TagsOf(run.Journal.Group).Select(tag => new Tag { Key = tag.Key, Value = tag.Value }),
                    ],
                },
                stop).ConfigureAwait(false);
            arn = reply.TargetGroups[0].TargetGroupArn;
        }

        var (wanted, has) = (
            await AttributesAsync(context, like.TargetGroupArn, stop).ConfigureAwait(false),
            await AttributesAsync(context, arn, stop).ConfigureAwait(false));
        var other = wanted
            .Where(each => s_copied.Any(start => each.Key.StartsWith(start, StringComparison.Ordinal))
                && has.GetValueOrDefault(each.Key) != each.Value)
            .Select(each => new TargetGroupAttribute { Key = each.Key, Value = each.Value })
            .ToList();
        if (other.Count > 0)
        {
            await context.Pacer.SendAsync(
                context.Clients.ELBv2.ModifyTargetGroupAttributesAsync,
                new ModifyTargetGroupAttributesRequest { TargetGroupArn = arn, Attributes = other },
                stop).ConfigureAwait(false);
        }
    }

    private static async Task<Dictionary<string, string>> AttributesAsync(FleetContext context, string arn, CancellationToken stop)
    {
        var reply = await context.Pacer.SendAsync(
            context.Clients.ELBv2.DescribeTargetGroupAttributesAsync,
            new DescribeTargetGroupAttributesRequest { TargetGroupArn = arn },
            stop).ConfigureAwait(false);
        return (reply.Attributes ?? []).ToDictionary(each => each.Key, each => each.Value ?? "", StringComparer.Ordinal);
    }

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
