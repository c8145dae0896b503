using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Target groups, one for each group that joins a balancer.</summary>
internal sealed class TargetGroupWork : IResourceWork
{
    /// <summary>Each is asked for its attributes by itself, so many at a time.</summary>
    private const int AtOnce = 8;

    public bool IsOf(ResourceKind kind) => kind == ResourceKind.TargetGroup;

    public Task ObserveAsync(EnvironmentScope scope, CancellationToken stop) => ReadAsync(scope, stop);

    /// <returns>The balancers that forward to those which were found: the key of each in the manifest, and its ARN.</returns>
    public static async Task<List<(string Balancer, string Arn)>> ReadAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var all = new List<TargetGroup>();
        var request = new DescribeTargetGroupsRequest();
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.ELBv2.DescribeTargetGroupsAsync,
            request,
            reply => request.Marker = reply.NextMarker,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            all.AddRange(page.TargetGroups ?? []);
        }

        scope.TargetGroups = all.Select(each => each.TargetGroupArn).ToHashSet(StringComparer.Ordinal);
        var tags = await BalancingTags.ReadAsync(scope, all.Select(each => each.TargetGroupArn), stop).ConfigureAwait(false);
        var ours = all
            .Select(group => (Group: group, Key: scope.KeyOf(ResourceKind.TargetGroup, BalancingTags.MarkOf(tags[group.TargetGroupArn]))))
            .Where(each => each.Key is not null)
            .ToList();
        var found = new Resource[ours.Count];
        await Parallel.ForAsync(0, ours.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop },
            async (index, token) =>
        {
            Know(scope, ours[index].Key!, ours[index].Group.TargetGroupArn);
            var there = await FoundAsync(scope, ours[index].Key!, ours[index].Group, token).ConfigureAwait(false);
            found[index] = scope.Tagged(there, tags[there.Id]);
        }).ConfigureAwait(false);
        scope.Found.AddRange(found);

        Obstacles.Names(scope, ResourceKind.TargetGroup, all.Select(each => each.TargetGroupName));

        return
        [
            .. ours.SelectMany(each => (each.Group.LoadBalancerArns ?? []).Select(arn => (each.Key!.Split('/')[0], arn))),
        ];
    }

    public async Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var request = new CreateTargetGroupRequest
        {
            Name = resource.Name,
            Protocol = resource["protocol"],
            Port = Number(resource["port"]),
            VpcId = await VpcAsync(scope, resource["balancer"], stop).ConfigureAwait(false),
            TargetType = "instance",
            HealthCheckProtocol = resource["health_check.protocol"],
            HealthCheckPort = resource["health_check.port"],
            HealthCheckPath = Text(resource["health_check.path"]),
            HealthCheckIntervalSeconds = Number(resource["health_check.interval"]),
            HealthCheckTimeoutSeconds = Number(resource["health_check.timeout"]),
            HealthyThresholdCount = Number(resource["health_check.healthy"]),
            UnhealthyThresholdCount = Number(resource["health_check.unhealthy"]),
            Matcher = resource["health_check.codes"] is { Length: > 0 } codes ? new Matcher { HttpCode = codes } : null,
            Tags = BalancingTags.Of(scope, resource),
        };
        try
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.CreateTargetGroupAsync,
                request,
                stop).ConfigureAwait(false);
            Know(scope, resource.Key, reply.TargetGroups[0].TargetGroupArn);
            await AttributesAsync(scope, reply.TargetGroups[0].TargetGroupArn, resource, stop).ConfigureAwait(false);
        }
        catch (DuplicateTargetGroupNameException)
        {
            throw ForeignName.Taken(resource);
        }
    }

    public async Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop)
    {
        if (resource.Values.Any(each => each.Key.StartsWith("health_check.", StringComparison.Ordinal) && found[each.Key] != each.Value))
        {
            var request = new ModifyTargetGroupRequest
            {
                TargetGroupArn = found.Id,
                HealthCheckProtocol = resource["health_check.protocol"],
                HealthCheckPort = resource["health_check.port"],
                HealthCheckPath = Text(resource["health_check.path"]),
                HealthCheckIntervalSeconds = Number(resource["health_check.interval"]),
                HealthCheckTimeoutSeconds = Number(resource["health_check.timeout"]),
                HealthyThresholdCount = Number(resource["health_check.healthy"]),
                UnhealthyThresholdCount = Number(resource["health_check.unhealthy"]),
                Matcher = resource["health_check.codes"] is { Length: > 0 } codes ? new Matcher { HttpCode = codes } : null,
            };
            await scope.Context.Pacer.SendAsync(scope.Clients.ELBv2.ModifyTargetGroupAsync, request, stop).ConfigureAwait(false);
        }

        await AttributesAsync(scope, found.Id, resource, stop).ConfigureAwait(false);
    }

    /// <summary>A balancer that has just been deleted may hold it for a moment.</summary>
    public async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var isGone = await scope.Context.UntilAsync(
            async () =>
            {
                try
                {
                    await scope.Context.Pacer.SendAsync(
                        scope.Clients.ELBv2.DeleteTargetGroupAsync,
                        new DeleteTargetGroupRequest { TargetGroupArn = resource.Id },
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
            },
            TimeSpan.FromMinutes(5),
            stop).ConfigureAwait(false);
        if (!isGone)
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"The target group {resource.Name} is in use still, by a listener that Baker did not make.",
                "Remove the rule or the listener that forwards to it; the same command goes on.");
        }
    }

    private static void Know(EnvironmentScope scope, string key, string arn)
    {
        scope.Know($"target_group:{key}", arn);
        scope.Know($"target_group_dimension:{key}", BalancerWork.Dimension(arn));
    }

    private static async Task<Resource> FoundAsync(EnvironmentScope scope, string key, TargetGroup group, CancellationToken stop)
    {
        var values = Resource.Empty
            .SetItem("health_check.protocol", group.HealthCheckProtocol?.Value ?? "")
            .SetItem("health_check.port", group.HealthCheckPort ?? "")
            .SetItem("health_check.path", group.HealthCheckPath ?? "")
            .SetItem("health_check.codes", group.Matcher?.HttpCode ?? "")
            .SetItem("health_check.interval", Text(group.HealthCheckIntervalSeconds))
            .SetItem("health_check.timeout", Text(group.HealthCheckTimeoutSeconds))
            .SetItem("health_check.healthy", Text(group.HealthyThresholdCount))
            .SetItem("health_check.unhealthy", Text(group.UnhealthyThresholdCount));
        if (scope.Desired.Any(each => each.Kind == ResourceKind.TargetGroup && each.Key == key))
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.DescribeTargetGroupAttributesAsync,
                new DescribeTargetGroupAttributesRequest { TargetGroupArn = group.TargetGroupArn },
                stop).ConfigureAwait(false);
            foreach (var attribute in reply.Attributes ?? [])
            {
                values = values.SetItem(BalancingTags.Attribute + attribute.Key, attribute.Value ?? "");
            }
        }

        return new Resource(ResourceKind.TargetGroup, key, scope.Region, group.TargetGroupName)
        {
            Id = group.TargetGroupArn,
            Values = values,
            Fixed = Resource.Empty.SetItem("protocol", group.Protocol?.Value ?? "").SetItem("port", Text(group.Port)),
        };
    }

    private static async Task AttributesAsync(EnvironmentScope scope, string arn, Resource resource, CancellationToken stop)
    {
        var attributes = resource.Values
            .Where(each => each.Key.StartsWith(BalancingTags.Attribute, StringComparison.Ordinal))
            .Select(each => new TargetGroupAttribute { Key = each.Key[BalancingTags.Attribute.Length..], Value = each.Value })
            .ToList();
        await scope.Context.Pacer.SendAsync(
            scope.Clients.ELBv2.ModifyTargetGroupAttributesAsync,
            new ModifyTargetGroupAttributesRequest { TargetGroupArn = arn, Attributes = attributes },
            stop).ConfigureAwait(false);
    }

    private static async Task<string?> VpcAsync(EnvironmentScope scope, string balancer, CancellationToken stop)
    {
        var reply = await scope.Context.Pacer.SendAsync(
            scope.Clients.ELBv2.DescribeLoadBalancersAsync,
            new DescribeLoadBalancersRequest { LoadBalancerArns = [scope.Find($"balancer:{balancer}")] },
            stop).ConfigureAwait(false);
        return reply.LoadBalancers?.FirstOrDefault()?.VpcId;
    }

    private static string? Text(string value) => value.Length == 0 ? null : value;

    private static string Text(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
