using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
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
        if (await run.Reader.FindAsync(from, stop).ConfigureAwait(false) is null)
        {
            return;
        }

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

                // Target tracking makes its own alarms; step and simple policies are rung by alarms that somebody made.
                if (policy.TargetTrackingConfiguration is null)
                {
                    await AlarmsAsync(run, policy, put.PolicyARN, from, to, stop).ConfigureAwait(false);
                }
            }
        }

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

    /// <summary>Deletes the alarms that were copied for an Auto Scaling group: deleting it deletes its policies and leaves these.</summary>
    public static async Task DeleteAlarmsAsync(FleetContext context, string fleet, CancellationToken stop)
    {
        var reply = await context.Pacer.SendAsync(
            context.Clients.CloudWatch.DescribeAlarmsAsync,
            new DescribeAlarmsRequest { AlarmNamePrefix = Prefix(fleet), MaxRecords = 100 },
            stop).ConfigureAwait(false);
        if (reply.MetricAlarms is { Count: > 0 } alarms)
        {
            try
            {
                await context.Pacer.SendAsync(
                    context.Clients.CloudWatch.DeleteAlarmsAsync,
                    new DeleteAlarmsRequest { AlarmNames = [.. alarms.Select(alarm => alarm.AlarmName)] },
                    stop).ConfigureAwait(false);
            }
            catch (Amazon.CloudWatch.Model.ResourceNotFoundException)
            {
                // Deleted by a call whose reply was lost.
            }
        }
    }

    private static string Prefix(string fleet) => $"baker/{fleet}/";

    private static async Task AlarmsAsync(
        FleetRun run,
        ScalingPolicy policy,
        string newPolicy,
        string from,
        string to,
        CancellationToken stop)
    {
        var context = run.Context;
        var reply = await context.Pacer.SendAsync(
            context.Clients.CloudWatch.DescribeAlarmsAsync,
            new DescribeAlarmsRequest { ActionPrefix = policy.PolicyARN, MaxRecords = 100 },
            stop).ConfigureAwait(false);
        foreach (var alarm in reply.MetricAlarms ?? [])
        {
            var plain = alarm.AlarmName.StartsWith(Prefix(from), StringComparison.Ordinal)
                ? alarm.AlarmName[Prefix(from).Length..]
                : alarm.AlarmName;
            var request = new PutMetricAlarmRequest
            {
                AlarmName = Prefix(to) + plain,
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
                Tags =
                [
                    new CloudWatchTag { Key = BakerTags.Group, Value = run.Journal.Group },
                    new CloudWatchTag { Key = BakerTags.Run, Value = run.Journal.Run },
                ],
            };
            await context.Pacer.SendAsync(context.Clients.CloudWatch.PutMetricAlarmAsync, request, stop).ConfigureAwait(false);
        }

        List<string>? Actions(List<string>? actions) =>
            actions is { Count: > 0 } ? [.. actions.Select(action => action == policy.PolicyARN ? newPolicy : action)] : null;
        Dimension Moved(Dimension dimension) => dimension is { Name: "AutoScalingGroupName" } && dimension.Value == from
            ? new Dimension { Name = dimension.Name, Value = to }
            : dimension;
    }

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
