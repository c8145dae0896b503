using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
using Baker.Core.Resources;
using CloudWatchTag = Amazon.CloudWatch.Model.Tag;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Carries over what belongs to a group but not to its description. Suspended processes are left behind on purpose.</summary>
internal static class FleetCopy
{
    public static async Task NotificationsAndMetricsAsync(FleetRun run, AutoScalingGroup from, string to, CancellationToken stop)
    {
        var context = run.Context;
        var asked = new DescribeNotificationConfigurationsRequest { AutoScalingGroupNames = [from.AutoScalingGroupName], MaxRecords = 100 };
        var notifications = await context.Pacer.SendAsync(
            context.Clients.AutoScaling.DescribeNotificationConfigurationsAsync,
            asked,
            stop).ConfigureAwait(false);
        foreach (var topic in (notifications.NotificationConfigurations ?? []).GroupBy(each => each.TopicARN))
        {
            var put = new PutNotificationConfigurationRequest
            {
                AutoScalingGroupName = to,
                TopicARN = topic.Key,
                NotificationTypes = [.. topic.Select(each => each.NotificationType)],
            };
            await context.Pacer.SendAsync(context.Clients.AutoScaling.PutNotificationConfigurationAsync, put, stop).ConfigureAwait(false);
        }

        foreach (var granularity in (from.EnabledMetrics ?? []).GroupBy(each => each.Granularity))
        {
            var enable = new EnableMetricsCollectionRequest
            {
                AutoScalingGroupName = to,
                Granularity = granularity.Key ?? "1Minute",
                Metrics = [.. granularity.Select(each => each.Metric)],
            };
            await context.Pacer.SendAsync(context.Clients.AutoScaling.EnableMetricsCollectionAsync, enable, stop).ConfigureAwait(false);
        }
    }

    public static async Task ScalingAsync(FleetRun run, string from, string to, CancellationToken stop)
    {
        var context = run.Context;
        if (await run.Reader.FindAsync(from, stop).ConfigureAwait(false) is not { } old)
        {
            return;
        }

        await WarmPoolAsync(run, old, to, stop).ConfigureAwait(false);
        var moved = new Dictionary<string, string>(StringComparer.Ordinal);
        var rung = new List<string>();
        var policies = new DescribePoliciesRequest { AutoScalingGroupName = from, MaxRecords = 100 };
        var pages = context.Pacer.PagesAsync(
            context.Clients.AutoScaling.DescribePoliciesAsync,
            policies,
            reply => policies.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var policy in page.ScalingPolicies ?? [])
            {
                var put = await context.Pacer.SendAsync(
                    context.Clients.AutoScaling.PutScalingPolicyAsync,
                    Copy(policy, to),
                    stop).ConfigureAwait(false);
                moved[policy.PolicyARN] = put.PolicyARN;

                // Target tracking makes its own alarms; step and simple policies are rung by alarms that somebody made.
                if (policy.TargetTrackingConfiguration is null)
                {
                    rung.Add(policy.PolicyARN);
                }
            }
        }

        await AlarmsAsync(run, rung, moved, from, to, stop).ConfigureAwait(false);
        var schedules = new DescribeScheduledActionsRequest { AutoScalingGroupName = from, MaxRecords = 100 };
        var scheduledActionPages = context.Pacer.PagesAsync(
            context.Clients.AutoScaling.DescribeScheduledActionsAsync,
            schedules,
            reply => schedules.NextToken = reply.NextToken,
            stop);
        await foreach (var page in scheduledActionPages.ConfigureAwait(false))
        {
            foreach (var action in page.ScheduledUpdateGroupActions ?? [])
            {
                await context.Pacer.SendAsync(
                    context.Clients.AutoScaling.PutScheduledUpdateGroupActionAsync,
                    Copy(action, to, context.Clock.Now),
                    stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Deletes the alarms that were copied for an Auto Scaling group, and the manifest's: deleting it deletes its policies and leaves
    /// these.
    /// </summary>
    public static async Task DeleteAlarmsAsync(FleetContext context, string fleet, CancellationToken stop)
    {
        var names = new List<string>();
        foreach (var prefix in new[] { Prefix(fleet), AlarmResources.PrefixOf(fleet) })
        {
            names.AddRange((await FindAsync(context, new DescribeAlarmsRequest { AlarmNamePrefix = prefix }, stop).ConfigureAwait(false))
                .Select(alarm => alarm.AlarmName));
        }

        await DeleteAsync(context, names, stop).ConfigureAwait(false);
    }

    /// <summary>Deletes the copies of these alarms that an Auto Scaling group has.</summary>
    internal static async Task DeleteCopiesAsync(
        FleetContext context,
        string fleet,
        IReadOnlyCollection<string> alarms,
        CancellationToken stop)
    {
        var copies = await FindAsync(context, new DescribeAlarmsRequest { AlarmNamePrefix = Prefix(fleet) }, stop).ConfigureAwait(false);
        await DeleteAsync(
            context,
            copies.Select(copy => copy.AlarmName).Where(name => alarms.Contains(name[Prefix(fleet).Length..])),
            stop).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(FleetContext context, IEnumerable<string> names, CancellationToken stop)
    {
        foreach (var some in names.Chunk(100))
        {
            try
            {
                await context.Pacer.SendAsync(
                    context.Clients.CloudWatch.DeleteAlarmsAsync,
                    new DeleteAlarmsRequest { AlarmNames = [.. some] },
                    stop).ConfigureAwait(false);
            }
            catch (Amazon.CloudWatch.Model.ResourceNotFoundException)
            {
                // Deleted by a call whose reply was lost.
            }
        }
    }

    private static string Prefix(string fleet) => $"baker/{fleet}/";

    internal static async Task<List<MetricAlarm>> FindAsync(FleetContext context, DescribeAlarmsRequest request, CancellationToken stop)
    {
        var found = new List<MetricAlarm>();
        request.MaxRecords = 100;
        var pages = context.Pacer.PagesAsync(
            context.Clients.CloudWatch.DescribeAlarmsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            found.AddRange(page.MetricAlarms ?? []);
        }

        return found;
    }

    private static async Task WarmPoolAsync(FleetRun run, AutoScalingGroup from, string to, CancellationToken stop)
    {
        if (from.WarmPoolConfiguration is not { } pool || pool.Status == Amazon.AutoScaling.WarmPoolStatus.PendingDelete)
        {
            return;
        }

        if (from.Tags?.Exists(tag => tag.Key == FleetTags.WarmPool) == true)
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.CreateOrUpdateTagsAsync,
                new CreateOrUpdateTagsRequest { Tags = [FleetTags.Of(to, FleetTags.WarmPool, "1")] },
                stop).ConfigureAwait(false);
        }

        var request = new PutWarmPoolRequest
        {
            AutoScalingGroupName = to,
            MinSize = pool.MinSize,
            MaxGroupPreparedCapacity = pool.MaxGroupPreparedCapacity,
            PoolState = pool.PoolState,
            InstanceReusePolicy = pool.InstanceReusePolicy,
        };
        await run.Context.Pacer.SendAsync(run.Context.Clients.AutoScaling.PutWarmPoolAsync, request, stop).ConfigureAwait(false);
    }

    /// <summary>The alarms that ring the policies, and those that the manifest gives the fleet.</summary>
    private static async Task AlarmsAsync(
        FleetRun run,
        List<string> policies,
        Dictionary<string, string> moved,
        string from,
        string to,
        CancellationToken stop)
    {
        var context = run.Context;
        var asked = policies.Select(policy => new DescribeAlarmsRequest { ActionPrefix = policy })
            .Append(new DescribeAlarmsRequest { AlarmNamePrefix = AlarmResources.PrefixOf(from) });
        var alarms = new Dictionary<string, MetricAlarm>(StringComparer.Ordinal);
        foreach (var request in asked)
        {
            foreach (var alarm in await FindAsync(context, request, stop).ConfigureAwait(false))
            {
                alarms[alarm.AlarmName] = alarm;
            }
        }

        foreach (var alarm in alarms.Values)
        {
            var request = Request(alarm, moved, from, to);
            request.Tags =
            [
                new CloudWatchTag { Key = BakerTags.Group, Value = run.Journal.Group },
                new CloudWatchTag { Key = BakerTags.Run, Value = run.Journal.Run },
                .. context.TagsOf(run.Journal.Group).Select(tag => new CloudWatchTag { Key = tag.Key, Value = tag.Value }),
            ];
            await context.Pacer.SendAsync(context.Clients.CloudWatch.PutMetricAlarmAsync, request, stop).ConfigureAwait(false);
        }
    }

    /// <summary>An alarm like another, of another group and with other policies in place of those.</summary>
    internal static PutMetricAlarmRequest Request(MetricAlarm alarm, Dictionary<string, string> policies, string from, string to)
    {
        foreach (var metric in (alarm.Metrics ?? []).Select(each => each.MetricStat?.Metric).OfType<Amazon.CloudWatch.Model.Metric>())
        {
            metric.Dimensions = metric.Dimensions is { } those ? [.. those.Select(Moved)] : null;
        }

        return new PutMetricAlarmRequest
        {
            AlarmName = NameOf(alarm.AlarmName, from, to),
            AlarmDescription = alarm.AlarmDescription,
            ActionsEnabled = alarm.ActionsEnabled,
            AlarmActions = Actions(alarm.AlarmActions),
            OKActions = Actions(alarm.OKActions),
            InsufficientDataActions = Actions(alarm.InsufficientDataActions),
            MetricName = alarm.MetricName,
            Namespace = alarm.Namespace,
            Statistic = alarm.Statistic,
            ExtendedStatistic = alarm.ExtendedStatistic,
            Dimensions = alarm.Dimensions is { Count: > 0 } dimensions ? [.. dimensions.Select(Moved)] : null,
            Period = alarm.Period,
            Unit = alarm.Unit,
            EvaluationPeriods = alarm.EvaluationPeriods,
            DatapointsToAlarm = alarm.DatapointsToAlarm,
            Threshold = alarm.Threshold,
            ComparisonOperator = alarm.ComparisonOperator,
            TreatMissingData = alarm.TreatMissingData,
            EvaluateLowSampleCountPercentile = alarm.EvaluateLowSampleCountPercentile,
            Metrics = alarm.Metrics is { Count: > 0 } metrics ? metrics : null,
            ThresholdMetricId = alarm.ThresholdMetricId,
        };
        List<string>? Actions(List<string>? actions) =>
            actions is { Count: > 0 } ? [.. actions.Select(action => policies.GetValueOrDefault(action, action))] : null;
        Dimension Moved(Dimension dimension) => dimension is { Name: "AutoScalingGroupName" } && dimension.Value == from
            ? new Dimension { Name = dimension.Name, Value = to }
            : dimension;
    }

    private static string NameOf(string name, string from, string to) =>
        name.StartsWith(AlarmResources.PrefixOf(from), StringComparison.Ordinal)
            ? AlarmResources.PrefixOf(to) + name[AlarmResources.PrefixOf(from).Length..]
            : Prefix(to) + (name.StartsWith(Prefix(from), StringComparison.Ordinal) ? name[Prefix(from).Length..] : name);

    private static PutScalingPolicyRequest Copy(ScalingPolicy policy, string to) => new()
    {
        AutoScalingGroupName = to,
        PolicyName = policy.PolicyName,
        PolicyType = policy.PolicyType,
        AdjustmentType = Text(policy.AdjustmentType),
        MinAdjustmentMagnitude = policy.MinAdjustmentMagnitude,
        ScalingAdjustment = policy.StepAdjustments is { Count: > 0 } || policy.TargetTrackingConfiguration is not null
            ? null
            : policy.ScalingAdjustment,
        Cooldown = policy.Cooldown,
        MetricAggregationType = Text(policy.MetricAggregationType),
        StepAdjustments = policy.StepAdjustments is { Count: > 0 } steps ? steps : null,
        EstimatedInstanceWarmup = policy.EstimatedInstanceWarmup,
        TargetTrackingConfiguration = policy.TargetTrackingConfiguration,
        PredictiveScalingConfiguration = policy.PredictiveScalingConfiguration,
        Enabled = policy.Enabled,
    };

    private static PutScheduledUpdateGroupActionRequest Copy(ScheduledUpdateGroupAction action, string to, DateTimeOffset? now) => new()
    {
        AutoScalingGroupName = to,
        ScheduledActionName = action.ScheduledActionName,
        Recurrence = Text(action.Recurrence),

        // A recurring action shows when it starts next; a start in the past is refused.
        StartTime = action.StartTime is { } start && start.ToUniversalTime() > (now?.UtcDateTime ?? DateTime.MinValue) ? start : null,
        EndTime = action.EndTime,
        MinSize = action.MinSize,
        MaxSize = action.MaxSize,
        DesiredCapacity = action.DesiredCapacity,
        TimeZone = Text(action.TimeZone),
    };

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
