using System.Globalization;
using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>The policies, schedules and warm pools of fleets.</summary>
internal sealed class ScalingWork : IResourceWork
{
    public bool IsOf(ResourceKind kind) => kind is ResourceKind.Policy or ResourceKind.Schedule or ResourceKind.WarmPool;

    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        if (scope.Fleets.Count == 0)
        {
            return;
        }

        var fleets = scope.Fleets
            .Where(fleet => fleet.Name is not null)
            .ToDictionary(fleet => fleet.Name!, fleet => fleet.Group.ToString(), StringComparer.Ordinal);
        await PoliciesAsync(scope, fleets, stop).ConfigureAwait(false);
        await SchedulesAsync(scope, fleets, stop).ConfigureAwait(false);
    }

    /// <summary>The warm pool that an Auto Scaling group has by the manifest.</summary>
    public static Resource? WarmPoolOf(EnvironmentScope scope, string group, AutoScalingGroup fleet) =>
        fleet.WarmPoolConfiguration is not { } pool
        || pool.Status == WarmPoolStatus.PendingDelete
        || fleet.Tags?.Exists(tag => tag.Key == FleetTags.WarmPool) != true
            ? null
            : new Resource(ResourceKind.WarmPool, group, scope.Region, $"warm pool of {group}")
            {
                Parent = group,
                Values = Resource.Empty
                    .SetItem("min", Text(pool.MinSize ?? 0))
                    .SetItem("max_prepared", pool.MaxGroupPreparedCapacity is null or -1 ? "" : Text(pool.MaxGroupPreparedCapacity))
                    .SetItem("state", (pool.PoolState?.Value ?? "Stopped").ToLowerInvariant())
                    .SetItem("reuse", pool.InstanceReusePolicy?.ReuseOnScaleIn == true ? "true" : "false"),
                Fixed = Resource.Empty.SetItem("fleet", fleet.AutoScalingGroupName),
            };

    public Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop) => resource.Kind switch
    {
        ResourceKind.Policy => PutPolicyAsync(scope, resource, stop),
        ResourceKind.Schedule => PutScheduleAsync(scope, resource, stop),
        _ => PutWarmPoolAsync(scope, resource, stop),
    };

    public Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop) =>
        CreateAsync(scope, resource, stop);

    public async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var fleet = scope.Find($"fleet:{resource.Parent}") ?? resource["fleet"];
        switch (resource.Kind)
        {
            case ResourceKind.Policy:
                await scope.Context.Pacer.SendAsync(
                    scope.Clients.AutoScaling.DeletePolicyAsync,
                    new DeletePolicyRequest { AutoScalingGroupName = fleet, PolicyName = resource["name"] },
                    stop).ConfigureAwait(false);
                break;
            case ResourceKind.Schedule:
                try
                {
                    await scope.Context.Pacer.SendAsync(
                        scope.Clients.AutoScaling.DeleteScheduledActionAsync,
                        new DeleteScheduledActionRequest { AutoScalingGroupName = fleet, ScheduledActionName = resource["name"] },
                        stop).ConfigureAwait(false);
                }
                catch (AmazonAutoScalingException error) when (error.ErrorCode == "ValidationError"
                    && error.Message.Contains("not found", StringComparison.OrdinalIgnoreCase))
                {
                    // Gone by a call whose reply was lost.
                }

                break;
            default:
                await WarmPools.DeleteAsync(scope.Context, fleet, stop).ConfigureAwait(false);
                await scope.Context.Pacer.SendAsync(
                    scope.Clients.AutoScaling.DeleteTagsAsync,
                    new DeleteTagsRequest { Tags = [FleetTags.Of(fleet, FleetTags.WarmPool, "1")] },
                    stop).ConfigureAwait(false);
                break;
        }
    }

    private static async Task PoliciesAsync(EnvironmentScope scope, Dictionary<string, string> fleets, CancellationToken stop)
    {
        var request = new DescribePoliciesRequest { MaxRecords = 100 };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.AutoScaling.DescribePoliciesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var policy in page.ScalingPolicies ?? [])
            {
                if (fleets.TryGetValue(policy.AutoScalingGroupName, out var group)
                    && policy.PolicyName.StartsWith(ScalingResources.Prefix, StringComparison.Ordinal))
                {
                    var name = policy.PolicyName[ScalingResources.Prefix.Length..];
                    scope.Know($"policy:{group}/{name}", policy.PolicyARN);
                    scope.Found.Add(new Resource(ResourceKind.Policy, $"{group}/{name}", scope.Region, $"{name} of {group}")
                    {
                        Id = policy.PolicyARN,
                        Parent = group,
                        Values = ScalingPolicies.Values(policy),
                        Fixed = Resource.Empty.SetItem("fleet", policy.AutoScalingGroupName).SetItem("name", policy.PolicyName),
                    });
                }
            }
        }
    }

    private static async Task SchedulesAsync(EnvironmentScope scope, Dictionary<string, string> fleets, CancellationToken stop)
    {
        var request = new DescribeScheduledActionsRequest { MaxRecords = 100 };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.AutoScaling.DescribeScheduledActionsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var action in page.ScheduledUpdateGroupActions ?? [])
            {
                if (!fleets.TryGetValue(action.AutoScalingGroupName, out var group)
                    || !action.ScheduledActionName.StartsWith(ScalingResources.Prefix, StringComparison.Ordinal))
                {
                    continue;
                }

                var name = action.ScheduledActionName[ScalingResources.Prefix.Length..];
                var key = $"{group}/{name}";
                var wanted = scope.Desired.FirstOrDefault(each => each.Kind == ResourceKind.Schedule && each.Key == key);

                // A recurring action shows when it is due next, in place of when it began.
                var start = string.IsNullOrEmpty(action.Recurrence) || wanted is null ? Time(action.StartTime) : wanted["start"];
                scope.Found.Add(new Resource(ResourceKind.Schedule, key, scope.Region, $"{name} of {group}")
                {
                    Id = action.ScheduledActionARN ?? "",
                    Parent = group,
                    Values = Resource.Empty
                        .SetItem("recurrence", action.Recurrence ?? "")
                        .SetItem("time_zone", action.TimeZone ?? "")
                        .SetItem("start", start)
                        .SetItem("end", Time(action.EndTime))
                        .SetItem("min", Text(action.MinSize))
                        .SetItem("max", Text(action.MaxSize))
                        .SetItem("desired", Text(action.DesiredCapacity)),
                    Fixed = Resource.Empty
                        .SetItem("fleet", action.AutoScalingGroupName)
                        .SetItem("name", action.ScheduledActionName),
                });
            }
        }

        // Of a fleet that is there it has done its work.
        var there = fleets.Values.ToHashSet(StringComparer.Ordinal);
        scope.Found.AddRange(scope.Missing(ResourceKind.Schedule)
            .Where(each => IsOver(scope, each) && each.Parent is { } group && there.Contains(group))
            .Select(each => each.Resolve(scope.Find))
            .ToList());
    }

    private static async Task PutPolicyAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var reply = await scope.Context.Pacer.SendAsync(
            scope.Clients.AutoScaling.PutScalingPolicyAsync,
            ScalingPolicies.Request(resource),
            stop).ConfigureAwait(false);
        scope.Know($"policy:{resource.Key}", reply.PolicyARN);
    }

    /// <summary>Whether it is due once, and that time is over: AWS removes it then, and takes none that would be.</summary>
    private static bool IsOver(EnvironmentScope scope, Resource schedule) => schedule["recurrence"].Length == 0
        && Time(schedule["start"]) is { } start
        && start <= (scope.Context.Clock.Now ?? scope.Context.Time.GetUtcNow()).UtcDateTime;

    private static async Task PutScheduleAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        if (IsOver(scope, resource))
        {
            scope.Context.Say($"  {resource.Name} was due at {resource["start"]}, which is over: it is passed over");
            return;
        }

        await scope.Context.Pacer.SendAsync(
            scope.Clients.AutoScaling.PutScheduledUpdateGroupActionAsync,
            new PutScheduledUpdateGroupActionRequest
            {
                AutoScalingGroupName = resource["fleet"],
                ScheduledActionName = resource["name"],
                Recurrence = resource["recurrence"] is { Length: > 0 } recurrence ? recurrence : null,
                TimeZone = resource["time_zone"] is { Length: > 0 } zone ? zone : null,
                StartTime = Time(resource["start"]),
                EndTime = Time(resource["end"]),
                MinSize = Number(resource["min"]),
                MaxSize = Number(resource["max"]),
                DesiredCapacity = Number(resource["desired"]),
            },
            stop).ConfigureAwait(false);
    }

    private static async Task PutWarmPoolAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var fleet = resource["fleet"];
        await scope.Context.Pacer.SendAsync(
            scope.Clients.AutoScaling.CreateOrUpdateTagsAsync,
            new CreateOrUpdateTagsRequest { Tags = [FleetTags.Of(fleet, FleetTags.WarmPool, "1")] },
            stop).ConfigureAwait(false);
        var request = new PutWarmPoolRequest
        {
            AutoScalingGroupName = fleet,
            MinSize = Number(resource["min"]),
            MaxGroupPreparedCapacity = Number(resource["max_prepared"]) ?? -1,
            PoolState = resource["state"] switch
            {
                "running" => WarmPoolState.Running,
                "hibernated" => WarmPoolState.Hibernated,
                _ => WarmPoolState.Stopped,
            },
            InstanceReusePolicy = new InstanceReusePolicy { ReuseOnScaleIn = resource["reuse"] == "true" },
        };
        await scope.Context.Pacer.SendAsync(scope.Clients.AutoScaling.PutWarmPoolAsync, request, stop).ConfigureAwait(false);
    }

    private static string Text(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static int? Number(string value) => value.Length == 0 ? null : int.Parse(value, CultureInfo.InvariantCulture);

    private static string Time(DateTime? time) =>
        time?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    private static DateTime? Time(string value) => value.Length == 0
        ? null
        : DateTime.Parse(value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
}
