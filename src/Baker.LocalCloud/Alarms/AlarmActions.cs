using System.Collections.Immutable;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Alarms;

/// <summary>CloudWatch's alarm actions.</summary>
internal sealed class AlarmActions(Table<AlarmRecord> alarms, AlarmStates states)
{
    private const int LargestPage = 100;

    public void Register(Router router)
    {
        router.Handle<PutMetricAlarmRequest, PutMetricAlarmResponse>(AlarmService.Name, Put);
        router.Handle<DescribeAlarmsRequest, DescribeAlarmsResponse>(AlarmService.Name, Describe);
        router.Handle<DescribeAlarmsForMetricRequest, DescribeAlarmsForMetricResponse>(AlarmService.Name, DescribeForMetric);
        router.Handle<DescribeAlarmHistoryRequest, DescribeAlarmHistoryResponse>(AlarmService.Name, DescribeHistory);
        router.Handle<DeleteAlarmsRequest, DeleteAlarmsResponse>(AlarmService.Name, Delete);
        router.Handle<SetAlarmStateRequest, SetAlarmStateResponse>(AlarmService.Name, SetState);
        router.Handle<EnableAlarmActionsRequest, EnableAlarmActionsResponse>(AlarmService.Name, (call, request) =>
        {
            Switch(call, request.AlarmNames, true);
            return new();
        });
        router.Handle<DisableAlarmActionsRequest, DisableAlarmActionsResponse>(AlarmService.Name, (call, request) =>
        {
            Switch(call, request.AlarmNames, false);
            return new();
        });
        router.Handle<ListTagsForResourceRequest, ListTagsForResourceResponse>(AlarmService.Name, (_, request) =>
            new() { Tags = [.. ByArn(request.ResourceARN).Tags.Select(each => new Tag { Key = each.Key, Value = each.Value })] });
        router.Handle<TagResourceRequest, TagResourceResponse>(AlarmService.Name, (_, request) =>
        {
            var alarm = ByArn(request.ResourceARN);
            alarms.Put(alarm with { Tags = alarm.Tags.SetItems(TagsOf(request.Tags)) });
            return new();
        });
        router.Handle<UntagResourceRequest, UntagResourceResponse>(AlarmService.Name, (_, request) =>
        {
            var alarm = ByArn(request.ResourceARN);
            alarms.Put(alarm with { Tags = alarm.Tags.RemoveRange(request.TagKeys) });
            return new();
        });
    }

    /// <summary>Makes or changes an alarm, for whoever needs one.</summary>
    public PutMetricAlarmResponse Put(Call call, PutMetricAlarmRequest request)
    {
        if (request.MetricName is null == request.Metrics is not { Count: > 0 })
        {
            throw new CloudException("ValidationError", "Requests must contain either MetricName or Metrics, not both");
        }

        if (request.Threshold is { } threshold && !double.IsFinite(threshold))
        {
            throw new CloudException(
                "ValidationError",
                FormattableString.Invariant($"The value {threshold} for parameter Threshold is invalid."));
        }

        if (request.EvaluationCriteria is { PromQLCriteria.Query: null or "" } or { PromQLCriteria: null })
        {
            throw RequestTags.Missing("ValidationError", "evaluationCriteria.promQLCriteria.query");
        }

        AlarmPeriods.Check(request);
        MetricValues.Check(request.Dimensions, "dimensions");
        AlarmChecks.Check(call, request);
        var id = IdOf(call, request.AlarmName);
        var before = alarms.Find(id);
        alarms.Put(new AlarmRecord
        {
            Id = id,
            Region = call.Region,
            Arn = AlarmService.ArnOf(call, request.AlarmName),
            Settings = request.CopyTo(new PutMetricAlarmRequest()),
            ConfiguredAt = call.Now,
            ActionsEnabled = request.ActionsEnabled ?? true,
            State = before?.State ?? "INSUFFICIENT_DATA",
            Reason = before?.Reason ?? "Unchecked: Initial alarm creation",
            StateSince = before?.StateSince ?? call.Now,
            ReasonData = before?.ReasonData,
            IsSetByHand = before?.IsSetByHand ?? false,
            Changes =
            [
                .. before?.Changes ?? [],
                new AlarmChange(call.Now, "", "", "")
                {
                    Kind = "ConfigurationUpdate",
                    Summary = $"Alarm \"{request.AlarmName}\" {(before is null ? "created" : "updated")}",
                },
            ],
            Tags = before?.Tags ?? TagsOf(request.Tags),
        });
        return new PutMetricAlarmResponse();
    }

    private DescribeAlarmsResponse Describe(Call call, DescribeAlarmsRequest request)
    {
        if (request.AlarmTypes is { Count: > 0 } types && !types.Contains("MetricAlarm"))
        {
            return new DescribeAlarmsResponse { MetricAlarms = [], CompositeAlarms = [] };
        }

        bool IsWanted(AlarmRecord each) =>
            each.Region == call.Region
            && (request.AlarmNames is not { Count: > 0 } names || names.Contains(each.Name))
            && (request.AlarmNamePrefix is null || each.Name.StartsWith(request.AlarmNamePrefix, StringComparison.Ordinal))
            && (request.StateValue is null || request.StateValue.Value == each.State)
            && (request.ActionPrefix is null
                || (each.Settings.AlarmActions ?? []).Exists(action => action.StartsWith(request.ActionPrefix, StringComparison.Ordinal)));
        var (items, next) = Paging.Page(
            after => alarms.After(after).Where(IsWanted),
            each => each.Id,
            request.MaxRecords ?? LargestPage,
            request.NextToken);
        return new DescribeAlarmsResponse { MetricAlarms = [.. items.Select(Show)], CompositeAlarms = [], NextToken = next };
    }

    private DescribeAlarmsForMetricResponse DescribeForMetric(Call call, DescribeAlarmsForMetricRequest request) => new()
    {
        MetricAlarms = [.. alarms.All.Where(each => each.Region == call.Region
            && each.Settings.MetricName == request.MetricName
            && each.Settings.Namespace == request.Namespace
            && (request.Dimensions is not { Count: > 0 } || Dimensions(each.Settings.Dimensions).SetEquals(Dimensions(request.Dimensions)))
            && (request.Statistic is null || each.Settings.Statistic?.Value == request.Statistic.Value)
            && (request.ExtendedStatistic is null || each.Settings.ExtendedStatistic == request.ExtendedStatistic)
            && (request.Period is null || each.Settings.Period == request.Period)).Select(Show)],
    };

    private DescribeAlarmHistoryResponse DescribeHistory(Call call, DescribeAlarmHistoryRequest request)
    {
        var items = alarms.All
            .Where(each => each.Region == call.Region && (request.AlarmName is null || each.Name == request.AlarmName))
            .SelectMany(alarm => alarm.Changes.Select(change => (alarm.Name, Change: change)))
            .Where(each => request.HistoryItemType is null || each.Change.Kind == request.HistoryItemType.Value)
            .Where(each => (request.StartDate is not { } start || each.Change.At >= start.ToUniversalTime())
                && (request.EndDate is not { } end || each.Change.At <= end.ToUniversalTime()))
            .Reverse()
            .OrderByDescending(each => each.Change.At)
            .Take(request.MaxRecords ?? LargestPage);
        return new DescribeAlarmHistoryResponse
        {
            AlarmHistoryItems =
            [
                .. (request.ScanBy?.Value == "TimestampAscending" ? items.Reverse() : items).Select(each => new AlarmHistoryItem
                {
                    AlarmName = each.Name,
                    AlarmType = "MetricAlarm",
                    Timestamp = each.Change.At.UtcDateTime,
                    HistoryItemType = each.Change.Kind,
                    HistorySummary = each.Change.Summary ?? $"Alarm updated from {each.Change.From} to {each.Change.To}",
                    HistoryData = each.Change.Reason,
                }),
            ],
        };
    }

    private DeleteAlarmsResponse Delete(Call call, DeleteAlarmsRequest request)
    {
        if (request.AlarmNames.Find(name => alarms.Find(IdOf(call, name)) is null) is { } missing)
        {
            throw new CloudException("ResourceNotFound", $"Unknown: alarm {missing} does not exist", 404);
        }

        request.AlarmNames.ForEach(name => alarms.Remove(IdOf(call, name)));
        return new DeleteAlarmsResponse();
    }

    private SetAlarmStateResponse SetState(Call call, SetAlarmStateRequest request)
    {
        if (request.StateValue.Value is not ("OK" or "ALARM" or "INSUFFICIENT_DATA"))
        {
            throw new CloudException(
                "ValidationError",
                $"1 validation error detected: Value '{request.StateValue.Value}' at 'stateValue' failed to satisfy "
                    + "constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]");
        }

        states.Set(Find(call, request.AlarmName), request.StateValue.Value, request.StateReason, request.StateReasonData, call.Now);
        return new SetAlarmStateResponse();
    }

    private static HashSet<(string, string)> Dimensions(List<Dimension>? dimensions) =>
        [.. (dimensions ?? []).Select(each => (each.Name, each.Value))];

    /// <summary>Removes those that are there.</summary>
    public void Remove(string region, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            alarms.Remove(AlarmService.IdOf(region, name));
        }
    }

    private void Switch(Call call, List<string> names, bool enabled)
    {
        foreach (var alarm in names.Select(name => alarms.Find(IdOf(call, name))).OfType<AlarmRecord>())
        {
            alarms.Put(alarm with { ActionsEnabled = enabled });
        }
    }

    private AlarmRecord Find(Call call, string name) =>
        alarms.Find(IdOf(call, name)) ?? throw new CloudException("ResourceNotFound", $"Unknown: alarm {name} does not exist", 404);

    private AlarmRecord ByArn(string arn) => alarms.All.FirstOrDefault(each => each.Arn == arn)
        ?? throw new CloudException("ResourceNotFoundException", $"Unknown: {arn} does not exist", 404);

    private static ImmutableSortedDictionary<string, string> TagsOf(List<Tag>? tags) =>
        RequestTags.Check("ValidationError", (tags ?? []).Select(tag => ((string?)tag.Key, (string?)tag.Value)));

    private static string IdOf(Call call, string name) => AlarmService.IdOf(call.Region, name);

    private static MetricAlarm Show(AlarmRecord alarm)
    {
        var shown = alarm.Settings.CopyTo(new MetricAlarm());
        shown.AlarmArn = alarm.Arn;
        shown.AlarmConfigurationUpdatedTimestamp = alarm.ConfiguredAt.UtcDateTime;
        shown.ActionsEnabled = alarm.ActionsEnabled;
        shown.AlarmActions ??= [];
        shown.OKActions ??= [];
        shown.InsufficientDataActions ??= [];
        shown.Dimensions ??= [];
        shown.StateValue = alarm.State;
        shown.StateReason = alarm.Reason;
        shown.StateReasonData = alarm.ReasonData;
        shown.StateUpdatedTimestamp = alarm.StateSince.UtcDateTime;
        shown.StateTransitionedTimestamp = alarm.StateSince.UtcDateTime;
        return shown;
    }
}
