using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Scheduled actions and notifications (which are kept, not sent).</summary>
internal sealed class ScheduleActions(AutoScalingService service)
{
    private const int DefaultPage = 50;
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<PutScheduledUpdateGroupActionRequest, PutScheduledUpdateGroupActionResponse>(
            AutoScalingService.Name,
            (call, request) =>
            {
                Put(call, request.AutoScalingGroupName, request.CopyTo(new ScheduledUpdateGroupAction()));
                return new();
            });
        router.Handle<BatchPutScheduledUpdateGroupActionRequest, BatchPutScheduledUpdateGroupActionResponse>(
            AutoScalingService.Name,
            (call, request) =>
            {
                request.ScheduledUpdateGroupActions.ForEach(each =>
                    Put(call, request.AutoScalingGroupName, each.CopyTo(new ScheduledUpdateGroupAction())));
                return new() { FailedScheduledUpdateGroupActions = [] };
            });
        router.Handle<DeleteScheduledActionRequest, DeleteScheduledActionResponse>(AutoScalingService.Name, (call, request) =>
        {
            Delete(call, request.AutoScalingGroupName, request.ScheduledActionName);
            return new();
        });
        router.Handle<BatchDeleteScheduledActionRequest, BatchDeleteScheduledActionResponse>(AutoScalingService.Name, (call, request) =>
        {
            request.ScheduledActionNames.ForEach(each => Delete(call, request.AutoScalingGroupName, each));
            return new() { FailedScheduledActions = [] };
        });
        router.Handle<DescribeScheduledActionsRequest, DescribeScheduledActionsResponse>(AutoScalingService.Name, Describe);
        router.Handle<PutNotificationConfigurationRequest, PutNotificationConfigurationResponse>(AutoScalingService.Name, PutNotification);
        router.Handle<DeleteNotificationConfigurationRequest, DeleteNotificationConfigurationResponse>(
            AutoScalingService.Name,
            DeleteNotification);
        router.Handle<DescribeNotificationConfigurationsRequest, DescribeNotificationConfigurationsResponse>(
            AutoScalingService.Name,
            DescribeNotifications);
    }

    private void Put(Call call, string groupName, ScheduledUpdateGroupAction action)
    {
        var group = service.Changeable(call, groupName);
        if (action.MinSize is null && action.MaxSize is null && action.DesiredCapacity is null)
        {
            throw new CloudException("ValidationError", "At least one of MinSize, MaxSize or DesiredCapacity must be specified");
        }

        var recurrence = action.Recurrence is null ? null : new Recurrence(action.Recurrence, action.TimeZone);
        var start = action.StartTime ?? action.Time;
        if (start <= call.Now.UtcDateTime)
        {
            throw new CloudException("ValidationError", "Given start time is in the past");
        }

        if (action.EndTime <= call.Now.UtcDateTime || action.EndTime <= start)
        {
            throw new CloudException(
                "ValidationError",
                action.EndTime <= call.Now.UtcDateTime ? "Given end time is in the past" : "Given end time is not after the start time");
        }

        start ??= recurrence?.After(call.Now)?.UtcDateTime ?? throw new CloudException("ValidationError", "Given start time is null");
        action.AutoScalingGroupName = group.Name;
        action.ScheduledActionARN =
            $"arn:aws:autoscaling:{call.Region}:{call.AccountId}:scheduledUpdateGroupAction:{Guid.NewGuid()}:"
            + $"autoScalingGroupName/{group.Name}:scheduledActionName/{action.ScheduledActionName}";
        var put = Schedules.At(action, start.Value);
        _tables.Groups.Put(
            group with { Schedules = [.. group.Schedules.Where(each => each.ScheduledActionName != put.ScheduledActionName), put] });
    }

    private void Delete(Call call, string groupName, string name)
    {
        var group = service.Changeable(call, groupName);
        if (group.Schedules.All(each => each.ScheduledActionName != name))
        {
            throw new CloudException(
                "ValidationError",
                $"Scheduled action name not found - no scheduled action {name} in group {group.Name}");
        }

        _tables.Groups.Put(group with { Schedules = [.. group.Schedules.Where(each => each.ScheduledActionName != name)] });
    }

    private DescribeScheduledActionsResponse Describe(Call call, DescribeScheduledActionsRequest request)
    {
        var groups = request.AutoScalingGroupName is { } name
            ? [_tables.Group(call, name)]
            : _tables.Groups.All.Where(each => each.Region == call.Region);
        var actions = groups.SelectMany(each => each.Schedules)
            .Where(each => request.ScheduledActionNames is not { Count: > 0 } names || names.Contains(each.ScheduledActionName))
            .ToList();
        var (items, next) = Paging.Page(
            after => after is null ? actions : actions.SkipWhile(each => each.ScheduledActionARN != after).Skip(1),
            each => each.ScheduledActionARN,
            request.MaxRecords ?? DefaultPage,
            request.NextToken);
        return new DescribeScheduledActionsResponse { ScheduledUpdateGroupActions = items, NextToken = next };
    }

    private PutNotificationConfigurationResponse PutNotification(Call call, PutNotificationConfigurationRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var others = group.Notifications.Where(each => each.TopicARN != request.TopicARN);
        var put = request.NotificationTypes.Select(type =>
            new NotificationConfiguration { AutoScalingGroupName = group.Name, TopicARN = request.TopicARN, NotificationType = type });
        _tables.Groups.Put(group with { Notifications = [.. others, .. put] });
        return new PutNotificationConfigurationResponse();
    }

    private DeleteNotificationConfigurationResponse DeleteNotification(Call call, DeleteNotificationConfigurationRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        _tables.Groups.Put(group with { Notifications = [.. group.Notifications.Where(each => each.TopicARN != request.TopicARN)] });
        return new DeleteNotificationConfigurationResponse();
    }

    private DescribeNotificationConfigurationsResponse DescribeNotifications(
        Call call,
        DescribeNotificationConfigurationsRequest request) => new()
        {
            NotificationConfigurations = [.. _tables.Groups.All
                .Where(each => each.Region == call.Region
                    && (request.AutoScalingGroupNames is not { Count: > 0 } names || names.Contains(each.Name)))
                .SelectMany(each => each.Notifications)],
        };
}
