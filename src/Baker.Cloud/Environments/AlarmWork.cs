using System.Globalization;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>The alarms of fleets and balancers.</summary>
internal sealed class AlarmWork : IResourceWork
{
    private static readonly Dictionary<string, ComparisonOperator> s_comparisons = new(StringComparer.Ordinal)
    {
        [">="] = ComparisonOperator.GreaterThanOrEqualToThreshold,
        [">"] = ComparisonOperator.GreaterThanThreshold,
        ["<"] = ComparisonOperator.LessThanThreshold,
        ["<="] = ComparisonOperator.LessThanOrEqualToThreshold,
    };

    public bool IsOf(ResourceKind kind) => kind == ResourceKind.Alarm;

    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var request = new DescribeAlarmsRequest { AlarmNamePrefix = AlarmResources.Prefix, MaxRecords = 100 };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.CloudWatch.DescribeAlarmsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var alarm in page.MetricAlarms ?? [])
            {
                if (KeyOf(scope, alarm.AlarmName) is var (key, parent))
                {
                    scope.Found.Add(Found(scope, key, parent, alarm));
                }
                else if (FleetOf(scope, alarm.AlarmName) is { } fleet && !scope.AutoScalingGroups.Contains(fleet))
                {
                    scope.LeftAlarms.Add((fleet, alarm.AlarmName));
                }
            }
        }
    }

    public Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var statistic = resource["statistic"];
        var isPercentile = statistic[0] == 'p';
        var request = new PutMetricAlarmRequest
        {
            AlarmName = resource.Name,
            AlarmDescription = resource["description"] is { Length: > 0 } text ? text : null,
            ActionsEnabled = true,
            AlarmActions = Actions(resource["actions.alarm"]),
            OKActions = Actions(resource["actions.ok"]),
            InsufficientDataActions = Actions(resource["actions.insufficient_data"]),
            Namespace = resource["namespace"],
            MetricName = resource["metric"],
            Dimensions =
            [
                .. DimensionText.Split(resource["dimensions"]).Select(each => new Dimension { Name = each.Name, Value = each.Value }),
            ],
            Statistic = isPercentile ? null : Statistic.FindValue(statistic),
            ExtendedStatistic = isPercentile ? statistic : null,
            Period = int.Parse(resource["period"], CultureInfo.InvariantCulture),
            EvaluationPeriods = int.Parse(resource["periods"], CultureInfo.InvariantCulture),
            DatapointsToAlarm = int.Parse(resource["datapoints"], CultureInfo.InvariantCulture),
            Threshold = double.Parse(resource["threshold"], CultureInfo.InvariantCulture),
            ComparisonOperator = s_comparisons[resource["comparison"]],
            TreatMissingData = resource["missing"],
            Tags = [.. scope.Tags(resource).Select(tag => new Tag { Key = tag.Key, Value = tag.Value })],
        };
        return scope.Context.Pacer.SendAsync(scope.Clients.CloudWatch.PutMetricAlarmAsync, request, stop);
    }

    public Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop) =>
        CreateAsync(scope, resource, stop);

    public async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        // An update of the fleet since has taken the alarm along, under the name of the Auto Scaling group that serves now.
        var name = resource.Parent is { } group && scope.Find($"fleet:{group}") is { } fleet
            ? AlarmResources.PrefixOf(fleet) + resource.Key[(group.Length + 1)..]
            : resource.Name;
        try
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.CloudWatch.DeleteAlarmsAsync,
                new DeleteAlarmsRequest { AlarmNames = [name] },
                stop).ConfigureAwait(false);
        }
        catch (ResourceNotFoundException)
        {
            // Gone by a call whose reply was lost.
        }
    }

    private static (string Key, string? Parent)? KeyOf(EnvironmentScope scope, string name)
    {
        var balancers = AlarmResources.PrefixOfBalancers(scope.Environment);
        if (name.StartsWith(balancers, StringComparison.Ordinal))
        {
            return ($"@{name[balancers.Length..]}", null);
        }

        var fleet = scope.Fleets.FirstOrDefault(fleet =>
            fleet.Name is { } asg && name.StartsWith(AlarmResources.PrefixOf(asg), StringComparison.Ordinal));
        return fleet is null ? null : ($"{fleet.Group}/{name[AlarmResources.PrefixOf(fleet.Name!).Length..]}", fleet.Group.ToString());
    }

    /// <summary>The Auto Scaling group of the environment whose alarm it is by its name.</summary>
    private static string? FleetOf(EnvironmentScope scope, string alarm) =>
        alarm[AlarmResources.Prefix.Length..].Split('/', 3) is [var environment, var name, _]
        && $"{environment}/{name}" is var fleet
        && scope.Environment == environment
        && FleetNames.GroupOf(scope.Context.Scope, fleet) is not null
            ? fleet
            : null;

    private static Resource Found(EnvironmentScope scope, string key, string? parent, MetricAlarm alarm)
    {
        var periods = Text(alarm.EvaluationPeriods);
        return new Resource(ResourceKind.Alarm, key, scope.Region, alarm.AlarmName)
        {
            Id = alarm.AlarmArn ?? "",
            Parent = parent,
            Values = Resource.Empty
                .SetItem("description", alarm.AlarmDescription ?? "")
                .SetItem("namespace", alarm.Namespace ?? "")
                .SetItem("metric", alarm.MetricName ?? "")
                .SetItem("dimensions", AlarmResources.Dimensions((alarm.Dimensions ?? []).Select(each => (each.Name, each.Value))))
                .SetItem("comparison", s_comparisons.FirstOrDefault(each => each.Value == alarm.ComparisonOperator).Key ?? "")
                .SetItem("threshold", ScalingResources.Number(alarm.Threshold ?? 0))
                .SetItem("statistic", alarm.ExtendedStatistic is { Length: > 0 } percentile ? percentile : alarm.Statistic?.Value ?? "")
                .SetItem("period", Text(alarm.Period))
                .SetItem("periods", periods)
                .SetItem("datapoints", alarm.DatapointsToAlarm is null ? periods : Text(alarm.DatapointsToAlarm))
                .SetItem("missing", alarm.TreatMissingData is { Length: > 0 } missing ? missing : "missing")
                .SetItem("actions_enabled", alarm.ActionsEnabled == false ? "false" : "true")
                .SetItem("actions.alarm", Sorted(alarm.AlarmActions))
                .SetItem("actions.ok", Sorted(alarm.OKActions))
                .SetItem("actions.insufficient_data", Sorted(alarm.InsufficientDataActions)),
        };
    }

    private static List<string>? Actions(string value) => value.Length == 0 ? null : [.. value.Split(", ")];

    private static string Sorted(List<string>? actions) => string.Join(", ", (actions ?? []).Order(StringComparer.Ordinal));

    private static string Text(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
